"""A house on a wall clock that is handed in: owners act by themselves between windows, leases run out, clocks jump."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from astra_actors.engine.live_shard import LiveShard
from astra_actors.engine.market_engine import MarketEngine
from astra_actors.engine.messages import OpenMarket, WindowCommand
from astra_actors.engine.shard import Shard
from astra_actors.feeds.port import ReplayableFeed
from astra_actors.kernel.units import NS_PER_S
from astra_actors.lockstep.carrying import LedgerCarrier
from astra_actors.lockstep.run_plan import RunPlan
from astra_actors.market.events import Event
from astra_actors.simulation.harness.auditor import hold
from astra_actors.simulation.harness.faults import Fault
from astra_actors.simulation.harness.live_feed import TICK_NS, Exchange, OwnerStream
from astra_actors.simulation.harness.lockstep_house import CALM_NS, RUN_ID, LockstepHouse
from astra_actors.simulation.harness.parts import Setup, parts
from astra_actors.simulation.harness.shard_actor import ShardActor
from astra_actors.simulation.harness.small_world import SmallWorld
from astra_actors.simulation.harness.storm import StormyVenue
from astra_actors.simulation.harness.watch import FAIL_CLOSED
from astra_actors.simulation.harness.wire import Died, SupervisorDied

WINDOW_NS: Final = 5 * NS_PER_S
LEASE_NS: Final = 12 * NS_PER_S  # two windows and a little
OUTAGE_NS: Final = 20 * NS_PER_S  # how long nobody is there after a supervisor's death: longer than any lease
CUT_OFF_NS: Final = 60 * NS_PER_S  # how long an owner that was replaced is still looked at
_FRAMES_PER_NTH: Final = 3


class WatchedLiveShard(LiveShard):
    """A live shard whose markets trade at the stormy venue."""

    def __init__(self, index: int, house: LiveHouse, **known: Any) -> None:
        super().__init__(index, spot=None, **known)
        self._house = house
        self.venues: list[StormyVenue] = []

    def _engine(self, opened: OpenMarket) -> MarketEngine:
        engine = super()._engine(opened)
        house = self._house
        faults = {f.nth: f for f in house.weather if f.slot == house.world.slot_of(engine.market_id)}
        engine.venue = venue = StormyVenue(engine, house.watch, faults, house.fired)
        self.venues.append(venue)
        return engine

    def _take(self, engine: MarketEngine, event: Event, link: Any) -> None:
        super()._take(engine, event, link)
        self._house.watch.event(event.market_id, event)


class LiveActor(ShardActor):
    """One process that owns a live shard: it goes on between windows, and may not know that it was replaced."""

    def __init__(self, house: LiveHouse, shard: LiveShard) -> None:
        super().__init__(shard, house.wire)
        self.live, self._house = shard, house
        self.stream = OwnerStream(shard, house.exchange, house.spoil)
        self.leased_until_ns = 0  # the longest lease it may have heard of until then
        self.sent = -1  # how many orders it had sent when its last lease ended

    def on_window(self, command: WindowCommand, reply: Any) -> None:
        """A window that cancels everything is answered when nothing rests any more."""
        if command.cancel_all and self.alive and not self.superseded and self._is_new(command):
            self._house.watch.command(self.shard.index, command)
            self.live.memory.recall(command)
            self.live.begin(command)
            self._house.rest(self.live)
            reply(self.live.finish(command, self._house.clock(self._house.exchange.now_ns)))
        else:
            super().on_window(command, reply)

    def pass_time(self, house: LiveHouse) -> None:
        """Let it act up to now; what is done without a say is looked at, and counts for nobody."""
        if not self.alive:
            return
        watch = house.watch
        watch.muted = self.superseded
        try:
            self.stream.advance(house.clock)
        except Died as death:
            if isinstance(death, SupervisorDied):
                raise
            self.die()
        finally:
            watch.muted = False

    def stops_by_itself(self, house: LiveHouse) -> None:
        """A cut-off owner sends nothing once its leases are over."""
        assert isinstance(self.live, WatchedLiveShard), "every shard here is watched"
        sent = sum(venue.adding for venue in self.live.venues)
        over = house.clock(house.exchange.now_ns) > self.leased_until_ns + WINDOW_NS
        if over and self.sent < 0:
            self.sent = sent
        elif over:
            told = f"an owner that was cut off added risk {sent - self.sent} times after its last lease"
            hold(FAIL_CLOSED, sent == self.sent, told)


class LiveHouse(LockstepHouse):
    """One run on a clock of its own under one list of faults."""

    live = True

    def __init__(self, setup: Setup, faults: Sequence[Fault], folder: Path) -> None:
        self.skew_ns = 0
        self.world = SmallWorld(setup.shape)
        self.exchange = Exchange(self.world)
        self._spoiling = sorted(fault for fault in faults if fault.kind.startswith("feed."))
        self._jumps = sorted(fault for fault in faults if fault.kind.startswith("clock."))
        self._frames = 0
        self._cut_off: list[LiveActor] = []
        super().__init__(setup, [fault for fault in faults if not fault.kind.startswith("feed.")], folder)

    def clock(self, true_ns: int) -> int:
        """What the host's clock shows at a moment; it may have jumped."""
        return true_ns + self.skew_ns

    def spoil(self) -> Fault | None:
        """What happens to the next frame."""
        self._frames += 1
        due = self._spoiling and self._spoiling[0].nth * _FRAMES_PER_NTH <= self._frames and not self.watch.muted
        if not due or self.watch.calm:
            return None
        fault = self._spoiling.pop(0)
        self.fired[fault] = None
        return fault

    # -- the run ------------------------------------------------------------------------------------------------------

    def _step(self) -> None:
        self._let_pass(WINDOW_NS)
        self._jump()
        self.coordinator.step_to(self.clock(self.exchange.now_ns))

    def _end(self) -> None:
        for _ in range(CALM_NS // WINDOW_NS):
            self._step()
            self._check_barrier()
        self._let_pass(WINDOW_NS)
        self.exchange.asleep = True
        self.coordinator.stop("the end", grace_ns=CALM_NS)

    def _let_pass(self, length_ns: int) -> None:
        until_ns = self.exchange.now_ns + length_ns
        while self.exchange.now_ns < until_ns:
            self.exchange.advance(self.exchange.now_ns + TICK_NS)
            for port in self.ports:
                assert isinstance(port.actor, LiveActor), "every owner here is live"
                port.actor.pass_time(self)
            for actor in self._cut_off:
                actor.pass_time(self)
                actor.stops_by_itself(self)
            now_ns = self.clock(self.exchange.now_ns)
            self._cut_off = [actor for actor in self._cut_off if now_ns < actor.leased_until_ns + CUT_OFF_NS]
            self.watch.all_caps()

    def rest(self, shard: LiveShard) -> None:
        """Wait until nothing of a shard's rests any more, a minute at most."""
        until_ns = self.exchange.now_ns + CALM_NS
        while shard.open_orders and self.exchange.now_ns < until_ns:
            self._let_pass(TICK_NS)

    def _jump(self) -> None:
        while self._jumps and self._jumps[0].nth <= self.watch.steps and not self.watch.calm:
            fault = self._jumps.pop(0)
            self.fired[fault] = None
            sign = 1 if fault.kind == "clock.forward" else -1
            self.skew_ns += sign * fault.amount * (10 if sign > 0 else 3) * NS_PER_S

    # -- inside -------------------------------------------------------------------------------------------------------

    def _plan(self, world: ReplayableFeed) -> RunPlan:
        plan = super()._plan(world)
        return replace(plan, window_ns=WINDOW_NS, live=True, lease_ns=LEASE_NS, end_ns=1 << 62)

    def _carry(self) -> LedgerCarrier:
        return LedgerCarrier(self.folder / "ledger.db", RUN_ID)

    def _spawn(self, index: int) -> Shard:
        known = parts()
        return WatchedLiveShard(
            index,
            self,
            params=replace(self.setup.params, live=True),
            strategies=known.strategies,
            stream=known.settings.stream,
        )

    def _actor(self, shard: Shard) -> ShardActor:
        assert isinstance(shard, LiveShard), "every shard here is live"
        return LiveActor(self, shard)

    def _owner_lost(self, index: int) -> None:
        super()._owner_lost(index)
        port = self.ports[index]
        if port.is_cut_off and isinstance(port.actor, LiveActor):
            port.actor.leased_until_ns = port.leased_until_ns
            self._cut_off.append(port.actor)

    def _restore(self, index: int, window: int) -> None:
        """What an owner had not reported is gone with its process, and so are its paper orders."""
        super()._restore(index, window)
        self.watch.orders_lost(index)

    def _come_back(self, how: str) -> None:
        if how == "crash.supervisor":
            calm, self.watch.calm = self.watch.calm, True
            self._let_pass(OUTAGE_NS)  # nobody renews anything
            self.watch.calm = calm
        super()._come_back(how)
