"""The kill rules in the running authority: each fires once, does what its row says, and goes away as its row says."""

from __future__ import annotations

import json

import pytest
from fair import Fair

from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.risk.authority import AuthorityDecision
from astra_actors.risk.kill_rules import Measurements
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.trading_state import TradingMode, Trigger


def rules(decision: AuthorityDecision) -> list[tuple[str, float, float]]:
    """The rules that began to fire, with what they compared."""
    found = [event for event in decision.events if event.kind == "kill_rule"]
    return [(event.scope, round(event.observed, 6), event.limit) for event in found]


def test_a_loss_fires_its_three_rules_at_their_own_depths() -> None:
    fair = Fair()
    fair.open("m").fields["cash_e10"] = -251 * USD
    assert rules(fair.window()) == [("rule:6.1", 0.0502, 0.05)]
    fair.stalls["m"].fields["cash_e10"] = -501 * USD
    assert rules(fair.window()) == [("rule:6.2", 0.1002, 0.10)]
    fair.stalls["m"].fields["cash_e10"] = -750 * USD
    decision = fair.window()
    assert rules(decision) == [("rule:6.2b", 0.15, 0.15)]
    assert rules(fair.window()) == [], "said once"
    assert {Trigger.DAILY_LOSS, Trigger.BREAKER, Trigger.DRAWDOWN} <= set(fair.authority.holds)


def test_a_kill_fires_its_rule() -> None:
    fair = Fair()
    fair.open("m")
    fair.authority.kill("ann", "smoke")
    assert rules(fair.window()) == [("rule:6.5", 1.0, 0.0)]


@pytest.mark.parametrize(
    ("windows", "fires"),
    [
        pytest.param([(0, 1), (0, 1), (0, 1)], True, id="three in a row, whatever the markets"),
        pytest.param([(0, 3)], True, id="three at once"),
        pytest.param([(0, 2), (1, 0), (0, 2)], False, id="one that is taken ends the row"),
        pytest.param([(1, 5)], False, id="the venue takes orders, so the way to it is open"),
        pytest.param([(0, 2), (0, 0), (0, 0)], False, id="two are not three"),
    ],
)
def test_failed_submissions(windows: list[tuple[int, int]], fires: bool) -> None:
    fair = Fair()
    fair.open("a")
    stall = fair.open("b")
    for accepted, failed in windows:
        stall.fields |= {"accepted": accepted, "failed": failed}
        fair.window()
    assert (fair.authority.state.trigger is Trigger.COOLDOWN) is fires


def test_the_cooldown_ends_by_its_timer_and_a_new_failure_starts_it_again() -> None:
    fair = Fair(failures_pause_s=900.0)
    stall = fair.open("a")
    stall.fields["failed"] = 3
    halted = fair.window()
    assert rules(halted) == [("rule:6.3", 3.0, 3.0)]
    assert (halted.state.mode, halted.leases[0].limit_e10) == (TradingMode.HALTED, 0)
    stall.fields["failed"] = 0  # nothing is sent, so nothing fails: that does not lengthen it
    assert fair.window().state.trigger is Trigger.COOLDOWN
    assert fair.window().state.mode is TradingMode.ACTIVE
    stall.fields["failed"] = 1
    assert fair.window().state.trigger is Trigger.COOLDOWN
    stall.fields |= {"failed": 0, "accepted": 1}
    fair.window()
    assert fair.window().state.mode is TradingMode.ACTIVE


def test_a_feed_that_is_down_halts_after_two_minutes_and_comes_back_by_itself() -> None:
    fair = Fair()
    first, second = fair.open("a"), fair.open("b")
    second.fields["feed_down_ns"] = 999 * 10**9
    first.fields["feed_down_ns"] = 120 * 10**9
    assert fair.window().state.mode is TradingMode.ACTIVE  # exactly two minutes is not more than two minutes
    first.fields["feed_down_ns"] = 121 * 10**9
    decision = fair.window()
    assert (decision.state.mode, decision.state.trigger) == (TradingMode.HALTED, Trigger.FEED_DOWN)
    assert rules(decision) == []
    first.fields["feed_down_ns"] = 301 * 10**9
    assert rules(fair.window()) == [("rule:6.4", 301.0, 300.0)]
    second.fields["feed_down_ns"] = 0  # one market has a book again
    assert fair.window().state.mode is TradingMode.ACTIVE


def test_a_word_between_two_windows_does_not_tell_of_the_feed_anew() -> None:
    fair = Fair()
    fair.open("a").fields["feed_down_ns"] = 301 * 10**9
    assert rules(fair.window()) == [("rule:6.4", 301.0, 300.0)]
    fair.authority.pause("ann", "lunch")
    assert rules(fair.authority.reconsider(fair.now_ns)) == []
    assert rules(fair.window()) == []


def test_markets_that_never_had_a_book_say_nothing_of_the_feed() -> None:
    fair = Fair()
    fair.open("a").fields["feed_down_ns"] = None
    fair.open("b").fields["feed_down_ns"] = 500 * 10**9
    assert fair.window().state.trigger is Trigger.FEED_DOWN


def losing(fair: Fair, count: int, cents: int = -10) -> AuthorityDecision:
    """Trades of 25 dollars that lose a little on average, and swing around it."""
    for number in range(count):
        swing = 100 if number % 2 else -100
        trade = (fair.now_ns, f"t{fair.now_ns}-{number}", (cents + swing) * USD // 100, 25 * USD)
        fair.stalls["m"].fields["trade_returns"] = (trade,)
        decision = fair.window()
    return decision


def test_a_hundred_trades_that_lose_halve_every_cap_until_a_person_has_looked() -> None:
    fair = Fair()
    stall = fair.open("m")
    assert rules(losing(fair, 99)) == []
    assert stall.lease is not None and stall.lease.limit_e10 == 50 * USD
    decision = losing(fair, 1)
    assert [(scope, limit) for scope, _, limit in rules(decision)] == [("rule:6.6", 0.0)]
    assert stall.lease.limit_e10 == 25 * USD
    losing(fair, 50, cents=+500)  # what is won back does not end it
    assert stall.lease.limit_e10 == 25 * USD
    fair.authority.resume("ann", "the book of that week was thin")
    after = fair.window()
    assert [(event.kind, event.author, event.detail) for event in after.events] == [
        ("resume", "ann", "the book of that week was thin")
    ]
    assert stall.lease.limit_e10 == 50 * USD
    assert rules(losing(fair, 99)) == [], "trades are counted anew"


def test_what_only_others_can_measure_is_handed_in() -> None:
    fair = Fair(satellite_strategies=("bets",))
    fair.open("core")
    fair.open("bet", strategy="bets")

    def window(**beside: float) -> tuple[list[str], int, int]:
        decision = fair.window(Measurements(**beside))
        limits = {lease.market_id: lease.limit_e10 // USD for lease in decision.leases}
        return [scope for scope, _, _ in rules(decision)], limits["core"], limits["bet"]

    assert window(brier=0.31, brier_observations=49) == ([], 50, 50)
    assert window(brier=0.31, brier_observations=50) == (["rule:6.8"], 50, 0)
    assert window() == ([], 50, 0), "until it is validated again"
    fair.authority.resume("ann", "validated")
    assert window() == ([], 50, 50)
    assert window(fill_rate_ratio=3.5) == (["rule:6.7"], 25, 25)
    assert window() == ([], 50, 50), "recalibrated: that one needs no person"


def test_cuts_and_counts_survive_a_restart() -> None:
    fair = Fair()
    fair.open("m").fields["failed"] = 2
    losing(fair, 100)
    saved = json.loads(json.dumps(fair.authority.snapshot()))
    twin = Fair().authority
    twin.restore(saved)
    assert twin == fair.authority
    assert (saved["cuts"], saved["rules"], saved["sample"]["trades"]) == (["6.6"], ["6.3", "6.6"], 100)


def test_limits_of_the_rules_are_those_of_the_settings() -> None:
    fair = Fair(failures_max=2, sharpe_trades_min=10, exposure_cut=0.1)
    stall = fair.open("m")
    losing(fair, 10)
    assert stall.lease is not None and stall.lease.limit_e10 == 5 * USD
    stall.fields["failed"] = 2
    assert fair.window().state.trigger is Trigger.COOLDOWN
    assert RiskLimits().failures_max == 3
