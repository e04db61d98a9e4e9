"""Breaker, halts, and people: what they do to leases, and how trading comes back."""

from __future__ import annotations

import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_HOUR
from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.risk.authority import AuthorityDecision, MarketScope, RiskAuthority
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.report import MarketReport
from astra_actors.risk.trading_state import TradingMode, Trigger
from astra_actors.risk.veto import Refused, Veto


class One:
    """An account with one market that moves equity by its cash."""

    def __init__(self, *, daily_loss: float = 1.0) -> None:
        self.authority = RiskAuthority(RiskLimits(daily_loss=daily_loss), 5000 * USD, 0)
        self.authority.register_market(MarketScope(market_id="a", clusters=("c",), category="sports"), 1)
        self.now_ns = 0

    def at(self, equity_usd: int, *, hours: int = 1, worst_usd: int = 10) -> AuthorityDecision:
        self.now_ns += hours * NS_PER_HOUR
        last = self.authority.last
        report = MarketReport(
            market_id="a",
            incarnation=1,
            at_ns=self.now_ns,
            worst_case_e10=worst_usd * USD,
            cash_e10=(equity_usd - 5000) * USD,
            wanted_e10=50 * USD,
            hours_to_close=500.0,
            lease_id=last.leases[0].lease_id if last and last.leases else "",
        )
        return self.authority.on_window(self.now_ns, [report], self.now_ns + 2 * NS_PER_HOUR)


def test_the_breaker_leaves_only_what_stands_and_only_to_reduce() -> None:
    one = One()
    assert one.at(5000).leases[0].limit_e10 == 50 * USD
    assert one.at(4500).state.mode is TradingMode.ACTIVE  # exactly 10 %
    decision = one.at(4499)
    assert (decision.state.mode, decision.state.trigger) == (TradingMode.REDUCING, Trigger.BREAKER)
    assert (decision.leases[0].limit_e10, decision.leases[0].reduce_only) == (10 * USD, Veto.DRAWDOWN_BREAKER)
    assert one.at(4750).state.veto is Veto.DRAWDOWN_BREAKER  # 5 % is not yet below 5 %
    back = one.at(4751)
    assert back.state.veto is None
    assert back.leases[0].reduce_only is None
    assert back.leases[0].limit_e10 == 47_51 * USD // 100  # 1 % of 4751


def test_fifteen_percent_halts_until_an_operator_rebases_the_peak() -> None:
    one = One()
    one.at(5000)
    decision = one.at(4250)
    assert (decision.state.mode, decision.state.trigger) == (TradingMode.HALTED, Trigger.DRAWDOWN)
    assert decision.leases[0].limit_e10 == 0
    assert decision.revoked == ("a",)
    assert one.at(4900).state.mode is TradingMode.HALTED
    with pytest.raises(BadInput, match="reason"):
        one.authority.reset_drawdown("ann", " ")
    assert one.authority.reset_drawdown("ann", "reviewed the fills").mode is TradingMode.ACTIVE
    after = one.at(4900)
    assert after.equity.peak_e10 == 4900 * USD
    assert [(e.kind, e.author, e.detail) for e in after.events] == [("reset_drawdown", "ann", "reviewed the fills")]
    assert (after.events[0].observed, after.events[0].limit) == (4900 * USD, 5000 * USD)


def test_a_flat_account_between_five_and_ten_percent_down_waits_for_an_operator() -> None:
    one = One()
    one.at(5000)
    one.at(4400, worst_usd=0)
    for _ in range(3):
        assert one.at(4600, worst_usd=0).state.mode is TradingMode.REDUCING
    one.authority.reset_drawdown("ann", "flat, nothing can recover it")
    assert one.at(4600, worst_usd=0).leases[0].limit_e10 == 46 * USD


def test_a_days_loss_ends_with_the_next_day_and_a_persons_word() -> None:
    one = One(daily_loss=0.05)
    assert one.at(4750, hours=20).state.mode is TradingMode.ACTIVE  # exactly 5 %
    decision = one.at(4749)
    assert (decision.state.mode, decision.state.veto) == (TradingMode.HALTED, Veto.DAILY_LOSS)
    assert one.at(5000).state.mode is TradingMode.HALTED  # winning it back does not end it
    one.authority.acknowledge("ann")
    assert one.at(5000).state.mode is TradingMode.HALTED  # still the same day
    assert one.at(5000, hours=3).state.mode is TradingMode.ACTIVE
    assert one.now_ns // NS_PER_DAY == 1


def test_a_days_loss_nobody_acknowledged_outlasts_the_day() -> None:
    one = One(daily_loss=0.05)
    one.at(4700, hours=20)
    assert one.at(4700, hours=10).state.mode is TradingMode.HALTED
    assert one.authority.acknowledge("ann").mode is TradingMode.ACTIVE


@pytest.mark.parametrize(
    ("equity", "veto", "limit"),
    [
        pytest.param(4499, Veto.DRAWDOWN_BREAKER, 0.05, id="the breaker is on"),
        pytest.param(4200, Veto.HALTED, 0.15, id="the drawdown halt stands"),
    ],
)
def test_resume_is_refused_while_a_breaker_holds(equity: int, veto: Veto, limit: float) -> None:
    one = One()
    one.at(5000)
    one.at(equity)
    answer = one.authority.resume("ann")
    assert isinstance(answer, Refused)
    assert (answer.veto, answer.limit) == (veto, limit)
    assert answer.observed == pytest.approx(1 - equity / 5000)


def test_resume_is_refused_after_a_days_loss() -> None:
    one = One(daily_loss=0.05)
    one.at(4700)
    answer = one.authority.resume("ann")
    assert isinstance(answer, Refused)
    assert (answer.veto, answer.observed, answer.limit) == (Veto.DAILY_LOSS, 300.0, 250.0)


def test_pause_and_resume() -> None:
    one = One()
    one.at(5000)
    assert one.authority.pause("ann", "lunch").veto is Veto.PAUSED
    paused = one.at(5000)
    assert (paused.leases[0].limit_e10, paused.revoked) == (0, ("a",))
    assert [(event.kind, event.author) for event in paused.events] == [("pause", "ann")]
    one.authority.resume("ben")
    assert one.at(5000).leases[0].limit_e10 == 50 * USD


def test_a_kill_outlives_resume_and_restart_and_its_revival_is_a_pause() -> None:
    one = One()
    one.at(5000)
    one.authority.kill("ann", "smoke")
    assert isinstance(one.authority.resume("ann"), Refused)
    twin = RiskAuthority(RiskLimits(daily_loss=1.0), 5000 * USD, 0)
    twin.restore(one.authority.snapshot())
    assert (twin.state.mode, twin.state.author, twin.state.detail) == (TradingMode.KILLED, "ann", "smoke")
    assert twin.revive("ben", "no smoke").veto is Veto.PAUSED
    assert twin.revive("ben", "again").veto is Veto.PAUSED
    resumed = twin.resume("ben")
    assert not isinstance(resumed, Refused)
    assert resumed.mode is TradingMode.ACTIVE


def test_a_technical_halt_ends_by_its_timer_and_supervisions_by_a_person() -> None:
    one = One()
    one.at(5000)
    one.authority.halt("gateway", "five rejects", until_ns=one.now_ns + 2 * NS_PER_HOUR)
    assert one.at(5000).state.trigger is Trigger.COOLDOWN
    assert one.at(5000).state.mode is TradingMode.ACTIVE
    one.authority.halt("supervisor", "three shards out")
    assert one.at(5000, hours=100).state.trigger is Trigger.SUPERVISION
    one.authority.resume("ann")
    one.authority.reduce("supervisor", "shard 2 out")
    decision = one.at(5000)
    assert (decision.state.mode, decision.leases[0].limit_e10) == (TradingMode.REDUCING, 10 * USD)


def test_a_halt_revokes_markets_that_do_not_speak_too() -> None:
    one = One()
    one.at(5000)
    one.authority.kill("ann", "smoke")
    decision = one.authority.on_window(one.now_ns + 1, [], one.now_ns + 2)
    assert decision.revoked == ("a",)
    assert decision.equity.granted_e10 == 50 * USD  # and what they hold stays spent
