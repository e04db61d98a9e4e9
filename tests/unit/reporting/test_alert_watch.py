"""What is an alert: each kind from the one thing in the code it stands for, and none from what did not change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.alert_rows import AlertRow
from astra_actors.ledger.store import LedgerStore
from astra_actors.reporting.alert_watch import AlertWatch, Barrier
from astra_actors.reporting.alerts import Alert, AlertKind, of_hold
from astra_actors.reporting.daily_summary import gate_text, summary_text
from astra_actors.reporting.truth_report import build_report
from astra_actors.risk.authority_state import RiskEvent
from astra_actors.risk.trading_state import Trigger

RUN = "11111111-1111-4111-8111-111111111111"
HOUR_NS = 3_600 * NS_PER_S
CALM = Barrier(now_ns=0)


def watch(began: Barrier = CALM) -> AlertWatch:
    return AlertWatch(began, uptime_min=0.95, uptime_window_s=3_600, errors=3, errors_window_s=300)


def kinds(alerts: list[Alert]) -> list[tuple[AlertKind, str]]:
    return [(alert.kind, alert.scope) for alert in alerts]


def held(**holds: str) -> dict[Trigger, str]:
    return {Trigger[name]: said for name, said in holds.items()}


HOLDS = [
    pytest.param("BREAKER", AlertKind.BREAKER_ON, AlertKind.BREAKER_OFF, id="breaker"),
    pytest.param("DAILY_LOSS", AlertKind.HALT, AlertKind.HALT_LIFTED, id="day's loss"),
    pytest.param("DRAWDOWN", AlertKind.HALT, AlertKind.HALT_LIFTED, id="drawdown halt"),
    pytest.param("KILL", AlertKind.KILL, AlertKind.KILL_LIFTED, id="kill"),
    pytest.param("PAUSE", AlertKind.PAUSE, AlertKind.RESUME, id="pause"),
    pytest.param("SHARD_OUT", AlertKind.BUDGET_SPENT, AlertKind.RESUME, id="a shard is out"),
    pytest.param("SUPERVISION", AlertKind.BUDGET_SPENT, AlertKind.RESUME, id="supervision gave up"),
    pytest.param("FEED_DOWN", AlertKind.FEED_DOWN, AlertKind.FEED_BACK, id="feed down"),
]


@pytest.mark.parametrize(("name", "comes", "goes"), HOLDS)
def test_a_hold_is_told_when_it_comes_and_when_it_goes_and_not_between(
    name: str, comes: AlertKind, goes: AlertKind
) -> None:
    made, hold = watch(), held(**{name: "why (who)"})
    scope = Trigger[name].value
    first = made.at_barrier(Barrier(now_ns=1, decided=hold, standing=hold))
    assert (kinds(first), first[0].message) == ([(comes, scope)], "why (who)")
    assert made.at_barrier(Barrier(now_ns=2, decided=hold, standing=hold)) == []
    assert kinds(made.at_barrier(Barrier(now_ns=3))) == [(goes, scope)]


def test_a_breaker_under_a_pause_is_told_although_the_state_names_the_pause() -> None:
    made = watch(Barrier(now_ns=0, decided=held(PAUSE="p"), standing=held(PAUSE="p")))
    both = held(PAUSE="p", BREAKER="b")
    assert kinds(made.at_barrier(Barrier(now_ns=1, decided=both, standing=both))) == [
        (AlertKind.BREAKER_ON, "drawdown breaker")
    ]


def test_what_comes_and_goes_at_one_barrier_is_told_as_well() -> None:
    """An unattended run acknowledges a day's loss at once."""
    seen = Barrier(now_ns=1, decided=held(DAILY_LOSS="lost"), standing={})
    assert [kind for kind, _ in kinds(watch().at_barrier(seen))] == [AlertKind.HALT, AlertKind.HALT_LIFTED]


def test_what_stands_when_the_watch_begins_is_not_told_again() -> None:
    stands = Barrier(now_ns=5, decided=held(KILL="k"), standing=held(KILL="k"), breaches=2, quarantined=("m1",))
    assert watch(stands).at_barrier(replace(stands, now_ns=6)) == []


def test_every_hold_there_is_has_a_word() -> None:
    for trigger in Trigger:
        comes, goes = of_hold(trigger)
        assert comes is not goes


COUNTED = [
    pytest.param({"breaches": 1}, AlertKind.CAP_BREACH, "account", id="a cap was passed"),
    pytest.param({"quarantined": ("m7",)}, AlertKind.MARKET_QUARANTINED, "m7", id="a market's engine raised"),
    pytest.param({"reject_pauses": 2}, AlertKind.REJECT_STORM, "account", id="rejects in a row"),
    pytest.param(
        {"events": (RiskEvent(kind="kill_rule", scope="rule:6.6", observed=0, limit=0, detail="x"),)},
        AlertKind.KILL_RULE,
        "rule:6.6",
        id="a kill rule",
    ),
    pytest.param(
        {"events": (RiskEvent(kind="promise_broken", scope="account", observed=0, limit=0, detail="x"),)},
        AlertKind.PROMISE_BROKEN,
        "account",
        id="a promise",
    ),
]


@pytest.mark.parametrize(("change", "kind", "scope"), COUNTED)
def test_what_is_counted_is_told_when_it_grows(change: dict, kind: AlertKind, scope: str) -> None:
    made, seen = watch(), replace(CALM, now_ns=1, **change)
    assert kinds(made.at_barrier(seen)) == [(kind, scope)]
    assert made.at_barrier(replace(seen, now_ns=2, events=())) == []


def test_an_event_of_another_kind_is_no_alert() -> None:
    quiet = RiskEvent(kind="volatility_scale", scope="account", observed=1, limit=1)
    assert watch().at_barrier(replace(CALM, now_ns=1, events=(quiet,))) == []


def test_three_failures_within_five_minutes_are_a_spike_and_three_in_an_hour_are_not() -> None:
    made = watch()
    told = [
        kinds(made.failed("market-0", "died", now_ns=second * NS_PER_S, run_ns=0, child=True))
        for second in (0, 400, 500, 600)
    ]
    restart, spike = (AlertKind.CHILD_RESTARTED, "market-0"), (AlertKind.ERROR_SPIKE, "account")
    assert told == [[restart], [restart], [restart], [restart, spike]]
    assert kinds(watch().failed("discovery", "no answer", now_ns=0, run_ns=0, child=False)) == []


def test_uptime_is_judged_over_the_last_hour_and_told_once_until_it_has_recovered() -> None:
    """Two markets watched: 2 h of market time an hour; 6 minutes down in one of them is exactly 95 %, a second more is not."""
    made = watch()

    def hour(number: int, down_s: float) -> list[AlertKind]:
        seen = Barrier(now_ns=number * HOUR_NS, feed_open_ns=2 * number * HOUR_NS, feed_down_ns=int(down_s * NS_PER_S))
        return [alert.kind for alert in made.at_barrier(seen)]

    assert hour(1, 360) == []
    assert hour(2, 360 + 361) == [AlertKind.UPTIME_LOW]
    assert hour(3, 360 + 361 + 400) == [], "still low: it was told"
    assert hour(4, 360 + 361 + 400) == []
    assert hour(5, 360 + 361 + 400 + 7_200) == [AlertKind.UPTIME_LOW]


def test_uptime_is_not_judged_before_there_is_an_hour_of_it() -> None:
    made = watch()
    assert made.at_barrier(Barrier(now_ns=HOUR_NS - 1, feed_open_ns=HOUR_NS, feed_down_ns=HOUR_NS)) == []


TRUTH = {
    "date": "2026-03-01",
    "equity": {"start_usd": 5_000.0, "end_usd": 5_012.5, "max_drawdown": 0.0123, "trading_state": "ACTIVE"},
    "trades": {"closed": 3, "pnl_usd": -4.25},
    "orders": {"quote_count": 120, "fill_count": 9},
    "risk": {"cap_breach": 0},
}


def test_a_day_is_a_short_text() -> None:
    assert summary_text(TRUTH, restarts=2).splitlines() == [
        "2026-03-01: equity 5,012.50 USD, +12.50 USD on the day, trading ACTIVE",
        "120 orders, 9 fills, 3 trades closed (−4.25 USD)",
        "drawdown 1.23% at worst, cap breaches 0, restarts 2",
    ]


def test_a_day_on_which_nothing_was_marked_has_no_figures() -> None:
    empty = {"start_usd": None, "end_usd": None, "max_drawdown": None, "trading_state": None}
    nothing = {**TRUTH, "equity": empty, "trades": {"closed": 0, "pnl_usd": None}}
    text = summary_text(nothing, restarts=0)
    assert "no equity was marked" in text and "drawdown - at worst" in text and "0 trades closed\n" in text


def test_the_gate_is_its_counts_and_the_first_of_what_is_open() -> None:
    outcomes = {"PASS": 31, "FAIL": 2, "UNKNOWN": 0, "passed": False, "blockers": list("abcdef")}
    assert gate_text(outcomes) == "paper gate not passed: 31 pass, 2 fail; open: a, b, c, d, e …"


@pytest.mark.parametrize(("delivered", "status"), [(True, "PASS"), (False, "UNKNOWN")])
def test_the_live_gate_knows_that_an_alert_was_delivered(ledger: Path, delivered: bool, status: str) -> None:
    row = AlertRow(
        alert_id="a",
        run_id=RUN,
        kind="test",
        severity="info",
        scope="account",
        message="",
        count=1,
        run_ns=0,
        raised_ns=1,
        delivered=delivered,
        delivered_ns=2 if delivered else None,
        attempts=1,
        outcome="sent" if delivered else "no target took it",
        detail="",
    )
    with LedgerStore.open(ledger) as store:
        store.record_alerts([row])
    assert build_report(ledger, RUN, extra={})["live_gate"]["alerting"]["status"] == status
