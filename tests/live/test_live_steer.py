"""A word meets the live feed: quotes are gone within a second of the clock, although no window was due for a long time."""

from __future__ import annotations

from typing import Any

import pytest
from live_harness import LiveRun

from astra_actors.kernel.units import NS_PER_MS
from supervision.control import KILL, PAUSE, RESUME, Answer, Word
from supervision.desk import open_orders, take_up
from supervision.pace import WallClock


def say(run: LiveRun, action: str, **more: Any) -> tuple[Answer, float]:
    """Say it; the answer, and how long it took by the clock of the run."""

    def sleep(seconds: float) -> None:
        run.clock.move(seconds)
        run.settle()

    pace = WallClock(now_ns=run.clock, sleep=sleep, scout=None, admitted=lambda plan: None, grace_ns=0)  # type: ignore[arg-type]
    began_ns = run.clock()
    answer = take_up(Word(action=action, author="ann@desk", why="because", **more), run.coordinator, pace)
    return answer, (run.clock() - began_ns) / NS_PER_MS


@pytest.mark.parametrize("action", [PAUSE, KILL])
def test_quotes_are_gone_within_a_second_of_the_word(run: LiveRun, action: str) -> None:
    run.start()
    run.advance(3.0)
    before = open_orders(run.coordinator)
    assert before == 4
    run.clock.move(0.3)  # in the middle of a window
    answer, ms = say(run, action)
    print(
        f"MEASURED {action} live: {ms:.0f} ms of the run's clock and {answer.took_ms:.1f} ms of ours, {before} quotes"
    )
    assert (answer.done, answer.orders_after, answer.text.split(": ")[1]) == (True, 0, "4 orders cancelled")
    assert ms < 1_000
    assert sum(run.open_orders(number) for number in (1, 2)) == 0
    run.advance(5.0)
    assert sum(run.open_orders(number) for number in (1, 2)) == 0
    if action == KILL:
        say(run, RESUME, revive=True)
    assert say(run, RESUME)[0].text == "trading again"
    run.advance(40.0)  # thirty seconds lie between two orders of one market
    assert open_orders(run.coordinator) == 4
