"""The phases of a market and what each allows (methods §18.3, reading 30 of §19.2)."""

from __future__ import annotations

import math

import pytest

from astra_actors.market.phase import PHASE_RULES, MarketPhase, phase_of

P = MarketPhase


@pytest.mark.parametrize(
    ("hours", "phase"),
    [
        pytest.param(-0.001, P.POST_CLOSE, id="the close is over"),
        pytest.param(0.0, P.CLOSE_WINDOW, id="at the close"),
        pytest.param(23.999, P.CLOSE_WINDOW, id="under a day"),
        pytest.param(24.0, P.WATCH, id="a day"),
        pytest.param(71.999, P.WATCH, id="under three days"),
        pytest.param(72.0, P.NORMAL, id="three days"),
        pytest.param(None, P.RESOLVED, id="no date counts as resolved"),
        pytest.param(math.nan, P.UNKNOWN, id="a date that is no number"),
    ],
)
def test_the_phase_by_hours_to_close(hours: float | None, phase: MarketPhase) -> None:
    assert phase_of(hours) is phase
    assert phase_of(hours, "") is phase


@pytest.mark.parametrize(
    ("note", "age_hours", "phase"),
    [
        pytest.param("clarified", 1.9, P.CHALLENGE_WINDOW, id="a clarification was posted"),
        pytest.param("clarified", 2.0, P.NORMAL, id="a clarification is answered after two hours"),
        pytest.param("proposed", 0.0, P.CHALLENGE_WINDOW, id="a resolution was proposed"),
        pytest.param("proposed", 2.0, P.PROPOSED, id="a proposal stands until somebody settles it"),
        pytest.param("disputed", 0.0, P.PROPOSED, id="a proposal is disputed"),
        pytest.param("closed", 0.0, P.POST_CLOSE, id="the venue closed the book"),
        pytest.param("resolved", 0.0, P.RESOLVED, id="the outcome is known"),
        pytest.param("paused", 0.0, P.UNKNOWN, id="a note nobody taught us"),
    ],
)
def test_a_note_outranks_the_calendar(note: str, age_hours: float, phase: MarketPhase) -> None:
    assert phase_of(1000.0, note, note_age_hours=age_hours) is phase


@pytest.mark.parametrize(
    ("phase", "quote", "accumulate", "cap_multiplier", "cancel_all"),
    [
        pytest.param(P.NORMAL, True, True, 1.0, False, id="normal"),
        pytest.param(P.WATCH, True, False, 0.8, False, id="watch"),
        pytest.param(P.CLOSE_WINDOW, False, False, 0.5, False, id="close window is vetoed"),
        pytest.param(P.POST_CLOSE, False, False, 0.0, True, id="post close"),
        pytest.param(P.PROPOSED, False, False, 0.0, True, id="proposed"),
        pytest.param(P.CHALLENGE_WINDOW, False, False, 0.0, True, id="challenge window"),
        pytest.param(P.RESOLVED, False, False, 0.0, True, id="resolved"),
        pytest.param(P.UNKNOWN, False, False, 0.0, True, id="unknown"),
    ],
)
def test_what_a_phase_allows(
    phase: MarketPhase, quote: bool, accumulate: bool, cap_multiplier: float, cancel_all: bool
) -> None:
    rule = PHASE_RULES[phase]
    assert (rule.quote, rule.accumulate, rule.cap_multiplier, rule.cancel_all) == (
        quote,
        accumulate,
        cap_multiplier,
        cancel_all,
    )


def test_every_phase_has_a_rule() -> None:
    assert list(PHASE_RULES) == list(MarketPhase)
