"""DESIGN §4: a window is run once, however often it is asked for, and an owner takes no word of a Supervisor that is over."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from astra_actors.engine.messages import WindowCommand
from astra_actors.kernel.errors import Fenced, OutOfStep
from astra_actors.kernel.facts import OrderChanged, OrderIntended
from astra_actors.lockstep.local_ports import LocalShard
from astra_actors.risk.veto import Veto
from astra_actors.simulation.harness.house import House, lively

BUSY = 10


class Tapped(LocalShard):
    """Keeps every command that a shard is given."""

    def __init__(self, shard):
        super().__init__(shard)
        self.commands: list[WindowCommand] = []

    def begin(self, command):
        self.commands.append(command)
        super().begin(command)


@pytest.fixture
def made(tmp_path):
    house = House(lively(tmp_path), audited=False)
    house.tapped = Tapped(house.shards[0])
    house.coordinator.shards[0] = house.tapped
    house.run_to(BUSY)
    yield house
    house.store.close()


def state_of(shard):
    return [
        (e.market_id, e.seq, e.now_ns, e.position.cash_e10, e.blotter.open_orders()) for e in shard.engines.values()
    ]


@pytest.mark.parametrize("ago", [0, 1], ids=["the last", "the one before"])
def test_the_same_question_gets_the_same_answer_and_changes_nothing(made, ago):
    shard, command = made.shards[0], made.tapped.commands[-1 - ago]
    before = state_of(shard)
    first, second = shard.run_window(command), shard.run_window(command)
    assert first[0].window == command.window and first[1].facts
    assert first[0] is second[0] and first[1] is second[1]
    assert state_of(shard) == before
    made.coordinator.shards[0] = LocalShard(shard)
    made.run_to(BUSY + 2)


@pytest.mark.parametrize(
    "change",
    [{"veto": Veto.PAUSED}, {"cancel_all": True}, {"leases": ()}, {"to_ns": 1}],
    ids=lambda change: next(iter(change)),
)
def test_another_command_for_a_window_already_run_is_out_of_step(made, change):
    shard = made.shards[0]
    command = next(c for c in reversed(made.tapped.commands[-2:]) if c.leases)
    before = state_of(shard)
    with pytest.raises(OutOfStep, match=next(iter(change))):
        shard.run_window(replace(command, **change))
    assert state_of(shard) == before
    assert shard.run_window(command)[0].window == command.window, "the right question is still answered"


@pytest.mark.parametrize("skip", [-3, -BUSY + 1, 2, 5])
def test_a_window_long_ago_or_too_far_ahead_is_out_of_step(made, skip):
    shard, last = made.shards[0], made.tapped.commands[-1]
    with pytest.raises(OutOfStep, match=f"window {last.window + skip}"):
        shard.run_window(replace(last, window=last.window + skip))


def test_a_supervisor_that_is_over_and_a_word_for_another_owner_are_refused(made):
    shard, last = made.shards[0], made.tapped.commands[-1]
    newer = replace(last, epoch=3)
    result, records = shard.run_window(newer)
    assert (result.epoch, records.epoch) == (3, 3), "the answer goes to whoever asks now"
    with pytest.raises(Fenced, match="epoch 2"):
        shard.run_window(replace(last, epoch=2))
    with pytest.raises(Fenced, match="incarnation 9"):
        shard.run_window(replace(newer, incarnation=9))


@pytest.mark.parametrize("behind", [0, 1, 2])
def test_a_new_supervisor_takes_it_over_where_the_ledger_ends(made, behind):
    shard, commands = made.shards[0], made.tapped.commands
    then = shard.run_window(commands[-2])[0].counters, shard.run_window(commands[-1])[0].counters
    base = shard.adopt(7, BUSY - behind)
    if behind < 2:
        assert base == then[1 - behind]
    for command in commands[len(commands) - behind :]:
        assert shard.run_window(replace(command, epoch=7))[0].window == command.window
    with pytest.raises(Fenced):
        shard.adopt(6, BUSY)


@pytest.mark.parametrize("window", [BUSY - 3, BUSY + 1, 0])
def test_it_cannot_be_taken_over_from_anywhere_else(made, window):
    with pytest.raises(OutOfStep):
        made.shards[0].adopt(7, window)


def test_a_window_that_ended_in_the_middle_is_not_run_again_on_what_it_left(made, monkeypatch):
    shard = made.shards[0]
    honest, served = shard._serve, []

    def serve(engine, command):
        served.append(engine.market_id)
        if len(served) == 3:
            raise MemoryError
        return honest(engine, command)

    monkeypatch.setattr(shard, "_serve", serve)
    with pytest.raises(MemoryError):
        made.step()
    monkeypatch.undo()
    with pytest.raises(OutOfStep, match="in the middle"):
        shard.run_window(made.tapped.commands[-1])
    shard.start_over()
    assert not shard.engines and shard.counters.events == 0


def test_an_owner_that_sees_a_lease_of_its_successor_sends_nothing_but_cancels(made):
    shard, last = made.shards[0], made.tapped.commands[-1]
    engine = next(engine for engine in shard.engines.values() if engine.blotter.open_orders())
    given = [lease for lease in made.coordinator.last.leases if lease.market_id == engine.market_id]
    assert given[0].limit_e10 > 0
    theirs = msgspec.structs.replace(given[0], incarnation=engine.incarnation + 1)
    hour = last.to_ns - last.from_ns
    facts = []
    for number in (1, 2, 3):
        from_ns = last.to_ns + (number - 1) * hour
        command = replace(
            last, window=last.window + number, from_ns=from_ns, to_ns=from_ns + hour, lease_until_ns=from_ns + 2 * hour,
            leases=(theirs,) if number == 1 else (), opens=(),
        )  # fmt: skip
        facts += [fact for fact in shard.run_window(command)[1].facts if fact.market_id == engine.market_id]
    assert not [fact for fact in facts if isinstance(fact, OrderIntended)]
    assert [fact for fact in facts if isinstance(fact, OrderChanged) and fact.event_type in ("cancel", "stale_cancel")]
    assert not engine.blotter.open_orders()
