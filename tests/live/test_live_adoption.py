"""DESIGN §5 on a live feed: what a shard told a Supervisor that died before its ledger had it, it tells the next one, once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from live_harness import ActorPort, LiveRun

from astra_actors.kernel.errors import Fenced, OutOfStep
from astra_actors.kernel.units import NS_PER_S


class Tapped(ActorPort):
    """Keeps every question and answer."""

    def __init__(self, actor: Any) -> None:
        super().__init__(actor)
        self.said: list[tuple[Any, Any, Any]] = []

    def begin(self, command: Any) -> None:
        super().begin(command)
        self.said.append((command, *super().finish()))


@pytest.fixture
def tapped(run: LiveRun) -> Tapped:
    port = run.coordinator.shards[0] = Tapped(run.actor)
    run.start()
    for _ in range(60):
        if port.said[-1][2].facts:
            return port
        run.advance(1.0)
    pytest.fail("nothing happened for a minute")


def numbers(facts: Any) -> Counter[tuple[str, str, int]]:
    return Counter((fact.table, fact.market_id, fact.seq) for fact in facts)


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_nothing_is_lost_with_a_supervisor_and_nothing_told_twice(run: LiveRun, tapped: Tapped, lost: int) -> None:
    command, result, _ = tapped.said[-1 - lost]
    assert run.actor.on_adopt(2, command.window) == result.counters
    now_ns = run.clock()
    fresh = replace(
        command, window=command.window + 1, from_ns=command.to_ns, to_ns=now_ns, epoch=2, leases=(), opens=()
    )
    told, records = run.actor.on_window(fresh)
    before = [fact for _, _, part in tapped.said[len(tapped.said) - lost :] for fact in part.facts]
    heard = numbers(records.facts)
    assert (lost == 0) or before, "windows in which nothing happened prove nothing"
    assert numbers(before) <= heard and max(heard.values(), default=1) == 1
    assert {msgspec.json.decode(raw)["window"] for _, _, raw in records.artifacts} <= {command.window + 1}
    assert len(records.artifacts) >= sum(len(part.artifacts) for _, _, part in tapped.said[len(tapped.said) - lost :])
    assert told.window == command.window + 1 and told.counters.events >= result.counters.events
    assert len(told.reports) == len(result.reports)
    again, same = run.actor.on_window(fresh)
    assert (again, same) == (told, records), "asked again, the same answer"


def test_an_older_supervisor_is_not_heard_and_the_markets_go_on(run: LiveRun, tapped: Tapped) -> None:
    command = tapped.said[-1][0]
    run.actor.on_adopt(3, command.window)
    with pytest.raises(Fenced):
        run.actor.on_window(replace(command, window=command.window + 1, epoch=2))
    with pytest.raises(OutOfStep):
        run.actor.on_adopt(4, command.window - 9)
    assert run.open_orders(), "quotes rest on: their lease stands"


def test_without_a_supervisor_leases_lapse_quotes_leave_and_come_back(run: LiveRun, tapped: Tapped) -> None:
    last = tapped.said[-1][0]
    lease_s = run.settings.supervision.lease_s
    run.advance(lease_s + 2.0, windows=False)
    assert run.open_orders() == 0, "nobody renewed the permission"
    run.actor.on_adopt(2, last.window)
    now_ns = run.clock()
    window = replace(
        last,
        window=last.window + 1,
        from_ns=now_ns,
        to_ns=now_ns,
        lease_until_ns=now_ns + int(lease_s * NS_PER_S),
        epoch=2,
    )
    run.actor.on_window(replace(window, opens=(), leases=()))
    for _ in range(40):
        run.advance(1.0, windows=False)
        if run.open_orders():
            return
    pytest.fail("nothing rests again although the lease was renewed")
