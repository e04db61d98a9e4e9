"""The table of the trading state, and several holds at once."""

from __future__ import annotations

import pytest

from astra_actors.kernel.errors import IllegalTransition
from astra_actors.risk.trading_state import (
    HOLDS,
    TRADING_LIFE,
    Hold,
    TradingEvent,
    TradingHolds,
    TradingMode,
    TradingState,
    Trigger,
)
from astra_actors.risk.veto import Veto

ALL = [(mode, event) for mode in TradingMode for event in TradingEvent]


def _holds() -> TradingHolds:
    return TradingHolds(TradingState(mode=TradingMode.ACTIVE, trigger=Trigger.START, since_ns=0, author="authority"))


def _hold(trigger: Trigger, at_ns: int = 1, until_ns: int | None = None) -> Hold:
    return Hold(trigger=trigger, at_ns=at_ns, author="a", detail=trigger.name, until_ns=until_ns)


@pytest.mark.parametrize(("mode", "event"), ALL)
def test_every_row_steps_and_every_absent_pair_raises(mode: TradingMode, event: TradingEvent) -> None:
    if (mode, event) in TRADING_LIFE.rows:
        assert TRADING_LIFE.step(mode, event) is TRADING_LIFE.rows[mode, event]
    else:
        with pytest.raises(IllegalTransition):
            TRADING_LIFE.step(mode, event)


def test_every_mode_is_reached_and_left() -> None:
    assert {mode for mode, _ in TRADING_LIFE.rows} == set(TRADING_LIFE.rows.values()) == set(TradingMode)


def test_a_kill_leads_nowhere_but_to_a_halt() -> None:
    assert [target for (mode, _), target in TRADING_LIFE.rows.items() if mode is TradingMode.KILLED] == [
        TradingMode.HALTED
    ]


def test_every_trigger_but_the_start_holds_with_a_mode_and_a_veto() -> None:
    assert set(HOLDS) == set(Trigger) - {Trigger.START}
    assert all(mode is not TradingMode.ACTIVE for mode, _ in HOLDS.values())


def test_the_most_severe_hold_names_the_state_and_the_rest_is_not_forgotten() -> None:
    holds = _holds()
    holds.raise_hold(_hold(Trigger.BREAKER, 1))
    assert (holds.state.mode, holds.state.veto) == (TradingMode.REDUCING, Veto.DRAWDOWN_BREAKER)
    holds.raise_hold(_hold(Trigger.PAUSE, 2))
    assert (holds.state.mode, holds.state.veto, holds.state.since_ns) == (TradingMode.HALTED, Veto.PAUSED, 2)
    holds.lift(Trigger.PAUSE, 3, "a")
    assert (holds.state.mode, holds.state.trigger) == (TradingMode.REDUCING, Trigger.BREAKER)
    holds.lift(Trigger.BREAKER, 4, "a", "back under 5 %")
    assert (holds.state.mode, holds.state.veto, holds.state.detail) == (TradingMode.ACTIVE, None, "back under 5 %")


def test_of_equal_holds_the_first_cause_stands() -> None:
    holds = _holds()
    holds.raise_hold(_hold(Trigger.DAILY_LOSS, 5, until_ns=10))
    holds.raise_hold(_hold(Trigger.DRAWDOWN, 6))
    assert holds.state.trigger is Trigger.DAILY_LOSS


def test_the_same_hold_again_only_moves_its_timer_and_asks_for_a_new_acknowledgement() -> None:
    holds = _holds()
    assert holds.raise_hold(_hold(Trigger.DAILY_LOSS, 5, until_ns=10))
    holds.holds["DAILY_LOSS"].acknowledged = True
    assert not holds.raise_hold(_hold(Trigger.DAILY_LOSS, 6, until_ns=10))
    assert holds.holds["DAILY_LOSS"].acknowledged
    assert not holds.raise_hold(_hold(Trigger.DAILY_LOSS, 7, until_ns=20))
    assert (holds.holds["DAILY_LOSS"].until_ns, holds.holds["DAILY_LOSS"].acknowledged) == (20, False)
    assert holds.state.since_ns == 5


def test_lifting_what_does_not_stand_changes_nothing() -> None:
    holds = _holds()
    before = holds.state
    assert not holds.lift(Trigger.PAUSE, 9, "a")
    assert holds.state is before
