"""The readiness gates: every row of methods §18.12 and §18.13 against its limit, as §19.1 reads it."""

from __future__ import annotations

import pytest

from astra_actors.gates.readiness import GateStatus, live_gate, paper_gate, verdict
from astra_actors.gates.readiness_table import LIVE, PAPER
from astra_actors.metrics.stat import Stat

GOOD = {
    **dict.fromkeys(("clean_stop", "ledger_wal", "empty_metrics_null", "same_seed_same_fills"), True),
    **dict.fromkeys(("environment_overrides", "api_key_validated", "drawdown_recomputed"), True),
    **dict.fromkeys(("crashes", "unhandled_exceptions", "duplicates"), 0),
    **dict.fromkeys(("market_cap_breaches", "cluster_cap_breaches", "aggregate_cap_breaches"), 0),
    **dict.fromkeys(("trades_with_pnl", "learning_processed", "metrics_defined"), 1.0),
    **dict.fromkeys(("near_resolution_fired", "rrs_veto_fired"), 1),
    "loop_hours": 24,
    "heartbeat_gap_s": 60,
    "resolved_trades": 200,
    "categories": 3,
    "strategies_30": 2,
    "span_days": 21.0,
    "estimates": 300,
    "brier_observations": 50,
    "sharpe_per_trade": Stat(0.2, 200, 0.06, 0.34),
    "win_rate": Stat(0.57, 200, 0.5007, 0.636),
    "win_rate_over_cost": Stat(0.02, 200, -0.01, 0.05),
    "profit_factor": Stat(1.2, 200),
    "expectancy_usd": Stat(0.6, 200),
    "brier": Stat(0.2, 200),
    "brier_skill": Stat(0.1, 200),
    "max_drawdown": Stat(0.1, 200),
    "worst_month": Stat(-0.01, 200),
    "fill_rate": Stat(0.2, 1000, 0.18, 0.22),
    "feed_uptime": 0.91,
    "memory_mb_max": 499,
}


def line(name: str, found: object):
    return next(line for line in paper_gate({**GOOD, name: found}) if line.name == name)


def test_everything_at_its_limit_passes():
    lines = paper_gate(GOOD)
    assert [(each.item, each.reason) for each in lines if each.status is not GateStatus.PASS] == []
    said = verdict(lines)
    assert (said.passed, said.advice, said.blockers) == (True, "ready for live evaluation", ())


def test_a_row_for_every_item_of_the_table():
    rows = [*(f"1.{i}" for i in range(1, 9)), *(f"2.{i}" for i in range(1, 7)), *(f"3.{i}" for i in range(1, 11))]
    rows += [*(f"4.{i}" for i in range(1, 8)), *(f"5.{i}" for i in range(1, 7))]
    assert set(rows) <= {row.item for row in PAPER}
    live = [*(f"1.{i}" for i in range(1, 4)), *(f"2.{i}" for i in range(1, 13)), *(f"3.{i}" for i in range(1, 11))]
    assert {*live, *(f"4.{i}" for i in range(1, 11))} <= {row.item for row in LIVE}


@pytest.mark.parametrize(
    ("name", "worse"),
    [
        pytest.param("loop_hours", 23.9, id="1.1 a loop shorter than a day"),
        pytest.param("crashes", 1, id="1.1 one death"),
        pytest.param("clean_stop", False, id="1.2 an order rests after the stop"),
        pytest.param("heartbeat_gap_s", 61, id="1.3 a beat too late"),
        pytest.param("resolved_trades", 199, id="2.1 one trade short"),
        pytest.param("categories", 2, id="2.2 two categories"),
        pytest.param("strategies_30", 1, id="2.3 one strategy"),
        pytest.param("span_days", 20.99, id="2.4 three weeks, not two (§19.1 #2)"),
        pytest.param("estimates", 299, id="2.5 too few estimates"),
        pytest.param("brier_observations", 49, id="2.6 too few scores"),
        pytest.param("sharpe_per_trade", Stat(0.05, 200, 0.01, 0.1), id="3.1 the limit itself is not above it"),
        pytest.param("win_rate", Stat(0.52, 200, 0.51, 0.53), id="3.3 52% is not above 52%"),
        pytest.param("profit_factor", Stat(1.1, 200), id="3.5"),
        pytest.param("expectancy_usd", Stat(0.5, 200), id="3.6"),
        pytest.param("brier", Stat(0.22, 200), id="3.7"),
        pytest.param("max_drawdown", Stat(0.2, 200), id="3.8"),
        pytest.param("worst_month", Stat(-0.08, 200), id="3.9"),
        pytest.param("fill_rate", Stat(0.049, 1000), id="3.10 too few fills"),
        pytest.param("fill_rate", Stat(0.401, 1000), id="3.10 too many fills"),
        pytest.param("unhandled_exceptions", 1, id="4.1"),
        pytest.param("feed_uptime", 0.9, id="4.2"),
        pytest.param("memory_mb_max", 500, id="4.3"),
        pytest.param("trades_with_pnl", 0.99, id="4.4"),
        pytest.param("duplicates", 1, id="4.5"),
        pytest.param("market_cap_breaches", 1, id="5.1"),
        pytest.param("cluster_cap_breaches", 1, id="5.2"),
        pytest.param("aggregate_cap_breaches", 1, id="5.3"),
        pytest.param("near_resolution_fired", 0, id="5.4"),
        pytest.param("rrs_veto_fired", 0, id="5.5"),
        pytest.param("drawdown_recomputed", False, id="5.6"),
    ],
)
def test_beyond_its_limit_a_row_fails_and_so_does_the_gate(name, worse):
    assert line(name, worse).status is GateStatus.FAIL
    assert not verdict(paper_gate({**GOOD, name: worse})).passed


@pytest.mark.parametrize("name", sorted({row.source for row in PAPER}))
def test_what_was_not_measured_does_not_pass(name):
    measures = {key: value for key, value in GOOD.items() if key != name}
    lines = [each for each in paper_gate(measures) if each.status is GateStatus.UNKNOWN]
    assert lines
    assert all(each.reason for each in lines)
    assert verdict(paper_gate(measures)).passed is not any(each.binding for each in lines)


def test_a_good_figure_of_a_small_sample_is_unknown():
    found = line("sharpe_per_trade", Stat(0.9, 29, 0.5, 1.3))
    assert (found.status, found.value) == (GateStatus.UNKNOWN, 0.9)
    assert found.reason == "SampleGate_sharpe_per_trade: insufficient data (29 of 30)"


def test_an_undefined_figure_says_why():
    found = line("profit_factor", Stat.none(200, "no losses"))
    assert (found.status, found.value, found.reason) == (GateStatus.UNKNOWN, None, "no losses")


def test_the_lower_bound_binds_beside_the_figure():
    lines = {each.name: each for each in paper_gate({**GOOD, "win_rate": Stat(0.56, 200, 0.4906, 0.627)})}
    assert lines["win_rate"].status is GateStatus.PASS
    assert (lines["win_rate_lower"].status, lines["win_rate_lower"].value) == (GateStatus.FAIL, 0.4906)


def test_only_true_counts_as_yes():
    assert line("ledger_wal", 1).status is GateStatus.FAIL


@pytest.mark.parametrize(
    ("changes", "days", "synthetic", "advice"),
    [
        pytest.param(
            {"sharpe_per_trade": Stat(0.12, 200, -0.02, 0.26)}, 30, False,
            "marginal: collect 100 more trades, the bounds are not there yet", id="only a bound is missing",
        ),
        pytest.param(
            {"profit_factor": Stat(0.9, 200)}, 30, False,
            "find the root cause of profit_factor before going on", id="a figure of section 3 fails",
        ),
        pytest.param(
            {"profit_factor": Stat(0.9, 200)}, 60, False,
            "still failing after 60 days: question the edge itself", id="after 60 days",
        ),
        pytest.param(
            {"resolved_trades": 10}, 30, False,
            "go on until every row is measured and passes", id="no figure fails, something is missing",
        ),
        pytest.param(
            {}, 30, True, "all rows pass, on synthetic markets: repeat on a real feed", id="synthetic is no evidence",
        ),
    ],
)  # fmt: skip
def test_advice(changes, days, synthetic, advice):
    said = verdict(paper_gate({**GOOD, **changes}), span_days=days, synthetic=synthetic)
    assert (said.advice, said.passed) == (advice, False)


def test_a_shown_row_does_not_block():
    lines = paper_gate({**GOOD, "brier_skill": Stat(-0.5, 200)})
    assert next(each for each in lines if each.name == "brier_skill").status is GateStatus.FAIL
    assert verdict(lines).passed


def test_the_live_gate_decides_on_psr_and_shows_the_annual_ratio():
    measures = {
        "psr_0": Stat(0.96, 300),
        "trades_over_min_trl": Stat(20.0, 300),
        "sharpe_annual": Stat(1.5, 300, -3.0, 6.0),
        "sharpe_annual_width": Stat(9.0, 300),
    }
    lines = {each.name: each for each in live_gate(measures)}
    assert [lines[name].status.value for name in measures] == ["PASS", "PASS", "FAIL", "FAIL"]
    assert [lines[name].binding for name in measures] == [True, True, False, False]


def test_what_only_a_rehearsal_shows_stays_unknown():
    lines = {each.name: each for each in live_gate({})}
    assert {each.status for each in lines.values()} == {GateStatus.UNKNOWN}
    assert lines["kill_tested"].reason == "rehearse against `astra exchange`"


def test_limits_read_as_a_person_writes_them():
    limits = {row.name: row.limit_text for row in PAPER}
    assert limits["fill_rate"] == "5% to 40%"
    assert limits["sharpe_per_trade"] == "> 0.05 (n ≥ 30)"
    assert limits["expectancy_usd"] == "> $0.50 (n ≥ 10)"
    assert limits["win_rate_lower"] == "lower bound > 50% (n ≥ 20)"
    assert limits["memory_mb_max"] == "< 500 MB"
    assert limits["ledger_wal"] == "yes"
