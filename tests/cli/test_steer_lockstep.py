"""A word meets a run in lock-step: what it stops has stopped when it is answered, and the ledger has who and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from astra_actors.kernel.units import NS_PER_S
from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.lockstep.coordinator import STOP_GRACE_NS
from astra_actors.risk.trading_state import TradingMode, Trigger
from astra_actors.simulation.harness.house import House, lively
from supervision.control import KILL, PAUSE, RESUME, Answer, Word
from supervision.desk import open_orders, take_up
from supervision.pace import LockStep

BUSY = 10  # orders rest at the end of this window


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(lively(tmp_path)).run_to(BUSY)
    assert open_orders(made.coordinator) > 0
    yield made
    made.store.close()


class Wall:
    """A clock on the wall that nobody moves, so that a throttled run would wait for ever."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now_ns(self) -> int:
        return 10**18

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def say(house: House, action: str, why: str = "because", *, speed: float = 0.0, **more: bool) -> Answer:
    wall = Wall()
    pace = LockStep(now_ns=wall.now_ns, sleep=wall.sleep, speed=speed)
    word = Word(action=action, author="ann@desk", why=why, **more)
    answer = take_up(word, house.coordinator, pace)
    assert wall.slept == [], "a word waits for no schedule"
    return answer


def said(house: House, *kinds: str) -> list[tuple[Any, ...]]:
    """What the ledger has of people's words."""
    marks = ",".join("?" * len(kinds))
    query = f"SELECT kind, author, detail FROM risk_events WHERE kind IN ({marks}) ORDER BY rowid"
    return house.store.connection.execute(query, kinds).fetchall()


@pytest.mark.parametrize("speed", [0.0, 1.0], ids=["at full speed", "one second a second"])
@pytest.mark.parametrize(("action", "mode"), [(PAUSE, TradingMode.HALTED), (KILL, TradingMode.KILLED)])
def test_every_quote_is_gone_when_the_word_is_answered(
    house: House, action: str, mode: TradingMode, speed: float
) -> None:
    before, began_ns = open_orders(house.coordinator), house.coordinator.state.now_ns
    answer = say(house, action, "smoke", speed=speed)
    house.check()
    house.check_nothing_rests()
    print(f"MEASURED {action} in lock-step: {answer.took_ms:.1f} ms from the word to the last of {before} quotes gone")
    assert (answer.done, answer.orders_before, answer.orders_after) == (True, before, 0)
    assert answer.text == f"{'paused' if action == PAUSE else 'killed'}: {before} orders cancelled"
    assert house.coordinator.state.now_ns - began_ns == STOP_GRACE_NS, "a slow run is not thrown ahead of its schedule"
    assert house.coordinator.authority.state.mode is mode
    assert said(house, action.removeprefix("astra_")) == [(action.removeprefix("astra_"), "ann@desk", "smoke")]


def test_nothing_is_placed_while_it_stands_and_trading_goes_on_after(house: House) -> None:
    say(house, PAUSE, "lunch")
    orders = house.coordinator.counters.orders
    house.run_to(BUSY + 5)
    assert house.coordinator.counters.orders == orders
    answer = say(house, RESUME, "back")
    assert (answer.done, answer.text, answer.state) == (True, "trading again", "ACTIVE")
    house.run_to(BUSY + 14)
    assert house.coordinator.counters.orders > orders
    assert said(house, "pause", "resume") == [("pause", "ann@desk", "lunch"), ("resume", "ann@desk", "back")]


def test_it_survives_a_crash_right_after_the_answer(house: House) -> None:
    say(house, KILL, "smoke")
    again = house.crash()
    try:
        authority = again.coordinator.authority
        assert (authority.state.mode, authority.state.author) == (TradingMode.KILLED, "ann@desk")
        orders = again.coordinator.counters.orders
        again.run_to(BUSY + 6)
        assert again.coordinator.counters.orders == orders
        assert say(again, RESUME).done is False
        assert say(again, RESUME, "mended", revive=True).text.startswith("no longer killed, and paused")
        assert say(again, RESUME).text == "trading again"
        again.run_to(BUSY + 16)
        assert again.coordinator.counters.orders > orders
    finally:
        again.store.close()


def test_a_run_that_was_paused_and_resumed_is_rebuilt_from_its_ledger(house: House) -> None:
    say(house, PAUSE)
    house.run_to(BUSY + 3)
    say(house, RESUME)
    house.run_to(BUSY + 8)
    places, state = house.places_in_queue(), house.coordinator.authority
    again = house.crash()
    try:
        assert again.places_in_queue() == places
        assert again.coordinator.authority == state
        again.run_to(BUSY + 10)
    finally:
        again.store.close()


def lose(house: House, share: float) -> None:
    """Money goes, as far as the authority can see: a market that is done leaves less cash than there was."""
    saved = house.coordinator.authority._saved
    saved.settled_cash_e10 -= round(share * 5_000 * USD)
    house.audited = False  # the auditor's books know nothing of that
    house.step()


@pytest.mark.parametrize(
    ("share", "state", "named"),
    [
        pytest.param(0.12, Trigger.DAILY_LOSS, ("usd, limit 250", "00:00 UTC"), id="the day's loss"),
        pytest.param(0.16, Trigger.DRAWDOWN, ("of the peak, limit 0.15", "--reset-drawdown"), id="the drawdown halt"),
    ],
)
def test_resume_is_refused_with_the_numbers(house: House, share: float, state: Trigger, named: tuple[str, ...]) -> None:
    lose(house, share)
    assert state in house.coordinator.authority.holds
    answer = say(house, RESUME)
    assert answer.done is False
    assert all(part in answer.text for part in named), answer.text
    assert said(house, "resume_refused")[0][1] == "ann@desk"


def test_the_breaker_refuses_and_a_reset_needs_a_drawdown(house: House) -> None:
    assert say(house, RESUME, "no reason", reset_drawdown=True).text.startswith("refused: no drawdown holds trading")
    limits = house.coordinator.authority.limits
    house.coordinator.authority.limits = type(limits)(daily_loss=1.0)
    lose(house, 0.11)
    answer = say(house, RESUME)
    assert answer.done is False
    assert "0.1" in answer.text and "limit 0.05" in answer.text and "--reset-drawdown" in answer.text
    assert say(house, RESUME, " ", reset_drawdown=True).text.startswith("refused: reason")
    reset = say(house, RESUME, "reviewed the fills", reset_drawdown=True)
    assert (reset.done, reset.text, reset.state) == (True, "trading again", "ACTIVE")
    assert said(house, "reset_drawdown") == [("reset_drawdown", "ann@desk", "reviewed the fills")]


def test_a_refusal_says_what_was_done_all_the_same(house: House) -> None:
    lose(house, 0.16)
    answer = say(house, RESUME, "reviewed", reset_drawdown=True)
    assert not answer.done
    assert answer.text.startswith("the peak is rebased; refused: the day's loss limit is reached")
    assert list(house.coordinator.authority.holds) == [Trigger.DAILY_LOSS]


def test_nothing_but_a_revival_is_done_after_a_kill(house: House) -> None:
    lose(house, 0.16)
    say(house, KILL, "smoke")
    peak_e10 = house.coordinator.authority.equity.peak_e10
    answer = say(house, RESUME, "reviewed", reset_drawdown=True)
    assert (answer.done, answer.text.startswith("refused: trading was killed")) == (False, True)
    assert {Trigger.DRAWDOWN, Trigger.DAILY_LOSS, Trigger.KILL} <= set(house.coordinator.authority.holds)
    assert house.coordinator.authority.equity.peak_e10 == peak_e10
    assert said(house, "reset_drawdown", "acknowledge") == []


def test_words_that_change_nothing_say_so(house: House) -> None:
    assert say(house, RESUME).text == "nothing held trading, it goes on"
    assert say(house, RESUME, revive=True).text == "refused: nothing was killed here"
    assert say(house, PAUSE).done and say(house, PAUSE).text == "paused: 0 orders cancelled"
    assert house.coordinator.authority.state.since_ns < house.coordinator.state.now_ns
    assert len(said(house, "pause")) == 1, "what stands already is not put on record twice"


def test_a_word_before_the_first_window_and_after_the_last(tmp_path: Path) -> None:
    house = House(lively(tmp_path), audited=False)
    assert say(house, PAUSE).done
    house.run_to(6)
    assert house.coordinator.counters.orders == 0
    house.coordinator.plan = type(house.coordinator.plan)(
        **{
            name: getattr(house.coordinator.plan, name) for name in house.coordinator.plan.__slots__ if name != "end_ns"
        },
        end_ns=house.coordinator.state.now_ns,
    )
    assert say(house, KILL).done
    assert house.coordinator.state.now_ns % NS_PER_S == 0
    house.store.close()
