"""The resolution-risk score (methods §18.7; priors as in §19.2, 32)."""

from __future__ import annotations

from typing import Any

import pytest

from astra_actors.gates.params import ResolutionRiskParams
from astra_actors.gates.resolution_risk import RiskScore, ambiguity, prior, resolution_risk
from astra_actors.market.instrument import Category

PARAMS = ResolutionRiskParams()
LONG = "Will the company be acquired before the first of March?"


def score(**changes: Any) -> RiskScore:
    inputs: dict[str, Any] = {
        "question": LONG,
        "rules": "This market resolves by the announcement.",
        "category": Category.CRYPTO,
        "hours_to_close": 1_000.0,
        "clarified": False,
        "history_known": True,
        "params": PARAMS,
    }
    return resolution_risk(**{**inputs, **changes})


def test_o18_1a() -> None:
    got = score(
        rules="This market resolves by an official and publicly available statement.",
        hours_to_close=100,
        params=ResolutionRiskParams(prior_crypto=0.15),
    )
    assert got.score == pytest.approx(0.325, rel=1e-8)
    assert got.parts == {"ambiguity": 0.4, "dispute": 0.15, "time": 0.5, "clarification": 0.2}


def test_o18_1b() -> None:
    question = "Will the bill pass today?"
    assert len(question) == 25
    got = score(question=question, rules="", hours_to_close=40, clarified=True, history_known=False)
    assert got.score == pytest.approx(0.62, rel=1e-8)


@pytest.mark.parametrize(
    ("question", "rules", "expected"),
    [
        pytest.param(LONG, "It resolves YES.", 0.0, id="plain words"),
        pytest.param(LONG, "Determined by the league.", 0.0, id="determined is as good as resolved"),
        pytest.param(LONG, "Pays on Monday.", 0.3, id="rules that say neither"),
        pytest.param("Will it rain?", "It resolves YES.", 0.4, id="a short question"),
        pytest.param("Will it rain?", "Pays on Monday.", 0.4, id="the higher floor counts, not the sum"),
        pytest.param(LONG, "It resolves by a major, official report.", 0.4, id="two markers"),
        pytest.param(LONG, "It resolves official, Official, OFFICIAL.", 0.2, id="a word counts once, in any case"),
        pytest.param(LONG, "It resolves unofficially; majority decides.", 0.0, id="markers are whole words"),
        pytest.param(LONG, "Resolves by end of year.", 0.4, id="phrases may overlap: by end of, end of year"),
        pytest.param(
            LONG,
            "resolves materially significantly substantially official major publicly widely",
            1.0,
            id="never above one",
        ),
    ],
)
def test_ambiguity(question: str, rules: str, expected: float) -> None:
    assert ambiguity(question, rules, PARAMS) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("hours", "time"),
    [
        pytest.param(47.9, 1.0, id="under two days"),
        pytest.param(48.0, 0.5, id="two days"),
        pytest.param(167.9, 0.5, id="under a week"),
        pytest.param(168.0, 0.3, id="a week"),
        pytest.param(None, 0.5, id="unknown"),
    ],
)
def test_time(hours: float | None, time: float) -> None:
    assert score(hours_to_close=hours).parts["time"] == time


@pytest.mark.parametrize(
    ("hours", "known", "dispute"),
    [
        pytest.param(71.9, False, 0.6, id="unknown history and soon"),
        pytest.param(72.0, False, 0.2, id="unknown history, but not soon"),
        pytest.param(10.0, True, 0.2, id="known history"),
        pytest.param(None, False, 0.2, id="unknown date"),
    ],
)
def test_dispute(hours: float | None, known: bool, dispute: float) -> None:
    assert score(hours_to_close=hours, history_known=known).parts["dispute"] == dispute


def test_priors_are_the_higher_of_the_two_tables() -> None:
    assert {category.value: prior(category, PARAMS) for category in Category} == {
        "crypto": 0.20,
        "sports": 0.20,
        "politics": 0.30,
        "macro": 0.25,
        "weather": 0.05,
        "entertainment": 0.25,
        "other": 0.25,
    }
