"""A shard as a process of a simulated house: it runs windows when asked, lives through a past, and can be killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from astra_actors.engine.market_engine import MarketEngine
from astra_actors.engine.messages import (
    MarketHistory,
    OpenMarket,
    WindowCommand,
    WindowRecords,
    WindowResult,
)
from astra_actors.engine.shard import Shard
from astra_actors.kernel.errors import Fenced, OutOfStep
from astra_actors.market.events import Event
from astra_actors.risk.report import MarketReport
from astra_actors.simulation.harness.faults import Fault
from astra_actors.simulation.harness.small_world import SmallWorld
from astra_actors.simulation.harness.storm import StormyVenue
from astra_actors.simulation.harness.watch import Watch
from astra_actors.simulation.harness.wire import Died, Wire

Answer = tuple[WindowResult, WindowRecords]
Refusal = OutOfStep | Fenced


class WatchedFeed:
    """The small world, with the watcher told of each word once its market has taken it."""

    def __init__(self, world: SmallWorld, watch: Watch) -> None:
        self._world, self._watch = world, watch
        self.name, self.start_ns, self.end_ns = world.name, world.start_ns, world.end_ns
        self.listings = world.listings

    def events(self, market_id: str, from_ns: int, to_ns: int) -> Iterator[Event]:
        """The events of a stretch, one by one."""
        for event in self._world.events(market_id, from_ns, to_ns):
            yield event
            self._watch.event(market_id, event)


class WatchedShard(Shard):
    """A shard whose markets trade at the stormy venue."""

    def __init__(
        self,
        index: int,
        *,
        world: SmallWorld,
        watch: Watch,
        weather: Sequence[Fault],
        fired: dict[Fault, None],
        **parts: Any,
    ) -> None:
        super().__init__(index, feed=WatchedFeed(world, watch), spot=None, **parts)
        self._world, self._watch, self._fired = world, watch, fired
        self._weather: dict[int, dict[int, Fault]] = {}
        for fault in weather:
            self._weather.setdefault(fault.slot, {})[fault.nth] = fault

    def _engine(self, opened: OpenMarket) -> MarketEngine:
        engine = super()._engine(opened)
        faults = self._weather.get(self._world.slot_of(engine.market_id), {})
        engine.venue = StormyVenue(engine, self._watch, faults, self._fired)
        return engine


class ShardActor:
    """One process that owns one shard."""

    def __init__(self, shard: Shard, wire: Wire) -> None:
        self.shard, self._wire = shard, wire
        self.alive = True
        self.superseded = False  # a successor was put in its place; cut off, it may not know

    def die(self) -> None:
        """SIGKILL: whatever is sent to it from now on is lost."""
        self.alive = False

    def on_window(self, command: WindowCommand, reply: Callable[[Answer | Refusal], None]) -> None:
        """Run the window; one that is out of step, or asked by whom it may not hear, says so."""
        if not self.alive:
            return
        answer: Answer | Refusal
        watch = self._wire.watch
        watch.muted = self.superseded  # what an owner without a say does in its own process touches nobody
        try:
            if self._is_new(command):
                watch.command(self.shard.index, command)
            answer = self.shard.run_window(command)
        except (OutOfStep, Fenced) as refusal:
            answer = refusal
        except Died as death:
            if type(death) is not Died:
                raise
            self.die()
            return
        finally:
            watch.muted = False
        reply(answer)

    def _is_new(self, command: WindowCommand) -> bool:
        memory = self.shard.memory
        heard = command.incarnation == memory.incarnation and command.epoch >= memory.epoch
        return heard and (memory.window is None or command.window == memory.window + 1)

    def on_recover(self, histories: Sequence[MarketHistory], reply: Callable[[tuple[MarketReport, ...]], None]) -> None:
        """Live through the past; nothing of it is said again."""
        if not self.alive:
            return
        watch = self._wire.watch
        for history in histories:
            watch.opened(self.shard.index, history.opened)
        watch.muted = True
        try:
            reports = self.shard.recover(histories)
        finally:
            watch.muted = False
        reply(reports)
