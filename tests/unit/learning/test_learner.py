"""methods §11.5–11.6: who teaches, who judges, when an alarm counts, and the way back; a fit is written down whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from astra_actors.kernel.errors import BadInput, LedgerHeld
from astra_actors.kernel.rng import stream
from astra_actors.kernel.units import NS_PER_DAY
from astra_actors.learning.holdout import is_held_out
from astra_actors.learning.judging import verdict_of
from astra_actors.learning.learner import EVERYTHING, categories_of, fit_calibration, standing_maps
from astra_actors.learning.records import Judgement, Outcome, Verdict
from astra_actors.ledger.calibration_rows import read_calibrations
from astra_actors.ledger.connection import open_reader
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from supervision.learning_jobs import put_on_record

CUT = 10 * NS_PER_DAY
RUN = RunIdentity(
    run_id="r1", git_sha="abc", started_at="2026-01-01T00:00:00.000Z", python_version="3.11", config_hash="c" * 64,
    prompt_bundle_hash="d" * 64, paper_mode=True, feed="world", venue="paper", seed=1,
)  # fmt: skip


def overconfident(count: int, *, category: str = "crypto", seed: int = 1) -> list[Outcome]:
    """Forecasts whose log-odds are twice what they should be."""
    dice = stream(seed, "outcomes")
    truth = dice.uniform(-2.0, 2.0, count)
    said = 1.0 / (1.0 + np.exp(-2.0 * truth))
    came = dice.random(count) < 1.0 / (1.0 + np.exp(-truth))
    return [
        Outcome(
            market_id=f"m{i}", event_id=f"{category}-{i}", category=category, p=float(p), y=int(y), resolved_ns=i + 1
        )
        for i, (p, y) in enumerate(zip(said, came, strict=True))
    ]


def test_overconfidence_is_found_and_taken_back():
    found = fit_calibration(overconfident(2_000), [], "platt", CUT, "crypto")
    assert found.verdict is Verdict.ACCEPTED
    assert found.candidate["a"] == pytest.approx(0.5, abs=0.06), "log-odds were twice too large"
    assert found.candidate["b"] == pytest.approx(0.0, abs=0.12)
    assert found.in_force == found.candidate


def test_the_holdout_teaches_nothing_and_the_future_is_not_known():
    outcomes = overconfident(400)
    found = fit_calibration(outcomes, [], "platt", CUT, "crypto")
    changed = [replace(one, y=1 - one.y) if is_held_out(one.event_id) else one for one in outcomes]
    changed += [replace(one, market_id=f"late{one.market_id}", resolved_ns=CUT) for one in outcomes]
    again = fit_calibration(changed, [], "platt", CUT, "crypto")
    assert again.candidate == found.candidate
    assert again.judgement.log_candidate != found.judgement.log_candidate
    assert found.judgement.n_train + found.judgement.n_holdout == 400


def test_only_what_was_resolved_since_the_last_accepted_fit_judges():
    outcomes = overconfident(2_000)
    first = fit_calibration(outcomes, [], "platt", 1_501, "crypto")
    assert first.verdict is Verdict.ACCEPTED
    second = fit_calibration(outcomes, [first], "platt", CUT, "crypto")
    late = sum(is_held_out(one.event_id) for one in outcomes[1_501:])
    assert second.judgement.n_holdout == late
    assert second.judgement.n_train > first.judgement.n_train


@pytest.mark.parametrize(("method", "needed"), [("platt", 50), ("temperature", 50), ("beta", 150), ("isotonic", 300)])
def test_a_family_waits_for_its_outcomes(method, needed):
    taught = [one for one in overconfident(600) if not is_held_out(one.event_id)]
    short = fit_calibration(taught[: needed - 1], [], method, CUT, "crypto")
    assert (short.verdict, short.in_force) == (Verdict.TOO_FEW, {"method": "identity"})
    enough = fit_calibration(taught[:needed], [], method, CUT, "crypto")
    assert enough.verdict is Verdict.NO_HOLDOUT, "fitted, and nobody there to judge it"
    assert enough.candidate["method"] == method


SCORES = Judgement(
    n_train=200, n_holdout=50, brier_train=0.15, brier_holdout=0.2, gap_se=0.02, log_candidate=0.5, log_identity=0.6,
    log_active=0.55,
)  # fmt: skip


@pytest.mark.parametrize(
    ("named", "change", "before", "expected"),
    [
        ("better than what was said", {}, False, Verdict.ACCEPTED),
        ("no better", {"log_candidate": 0.6}, False, Verdict.NOT_BETTER),
        ("an alarm alone does not refuse", {"alarm": True}, False, Verdict.ACCEPTED),
        ("an alarm, and worse than what stands", {"alarm": True, "worse_than_active": True}, False, Verdict.KEPT),
        ("worse than what stands without an alarm", {"worse_than_active": True}, False, Verdict.ACCEPTED),
        ("a second alarm in a row", {"alarm": True}, True, Verdict.ROLLED_BACK),
        ("an alarm before, and none now", {}, True, Verdict.ACCEPTED),
        ("nobody judged", {"log_candidate": None, "log_identity": None}, True, Verdict.NO_HOLDOUT),
    ],
)
def test_what_follows_from_the_scores(named, change, before, expected):
    assert verdict_of(replace(SCORES, **change), alarm_before=before) is expected, named


def test_an_alarm_needs_forty_in_the_holdout_and_more_than_chance():
    """Training is right every time; the holdout is a coin that the map is sure about."""
    held = [f"e{i}" for i in range(2_000) if is_held_out(f"e{i}")]
    taught = [f"e{i}" for i in range(2_000) if not is_held_out(f"e{i}")]

    def outcomes(events: int) -> list[Outcome]:
        rows = [(event, 0.9, int(i % 10 != 0)) for i, event in enumerate(taught[:400])]
        rows += [(event, 0.9, i % 2) for i, event in enumerate(held[:events])]
        return [
            Outcome(market_id=event, event_id=event, category="c", p=p, y=y, resolved_ns=i)
            for i, (event, p, y) in enumerate(rows)
        ]

    few, many = (fit_calibration(outcomes(count), [], "platt", CUT, "c").judgement for count in (39, 80))
    assert (few.warning, few.alarm) == (True, False)
    assert (many.warning, many.alarm) == (True, True)


def test_a_rollback_brings_the_map_before_the_last():
    first = fit_calibration(overconfident(600, seed=1), [], "platt", CUT, "crypto")
    second = replace(first, cut_ns=CUT + 1, candidate={"method": "temperature", "t": 2.0})
    back = replace(first, cut_ns=CUT + 2, verdict=Verdict.ROLLED_BACK)
    assert [
        standing_maps(past, CUT + 3)[-1].terms()["method"] for past in ([first, second], [first, second, back])
    ] == [
        "temperature",
        "platt",
    ]
    assert standing_maps([first], CUT + 30 * NS_PER_DAY) == [], "after a month nothing learned holds any more"


def test_categories_are_fitted_apart_and_together():
    both = [*overconfident(80), *overconfident(80, category="macro", seed=2)]
    assert categories_of(both) == [EVERYTHING, "crypto", "macro"]
    counts = [fit_calibration(both, [], "platt", CUT, name).judgement for name in categories_of(both)]
    assert [one.n_train + one.n_holdout for one in counts] == [160, 80, 80]


def test_an_unknown_family_is_refused():
    with pytest.raises(BadInput, match="--method"):
        fit_calibration(overconfident(60), [], "spline", CUT, "crypto")


def test_every_fit_is_on_record_once_and_comes_back_whole(tmp_path: Path):
    ledger = tmp_path / "ledger.db"
    fits = [fit_calibration(overconfident(count), [], "platt", CUT + count, "crypto") for count in (30, 600)]
    with LedgerStore.open(ledger) as store:
        store.begin_run(RUN, "{}")
        before = store.digest()
        store.record_calibrations("r1", fits)
        with pytest.raises(LedgerHeld):
            put_on_record(ledger, "r1", fits)
        assert store.digest() == before, "what is learned is no part of a window"
    put_on_record(ledger, "r1", fits)
    reader = open_reader(ledger)
    assert read_calibrations(reader, "r1") == fits
    reader.close()
