"""A house that runs in virtual time: coordinator, shards and ledger over a faulty wire, watched at every message."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from astra_actors.engine.shard import Shard
from astra_actors.feeds.port import ReplayableFeed
from astra_actors.kernel.errors import LedgerError
from astra_actors.kernel.units import NS_PER_S, usd_e10
from astra_actors.ledger.store import LedgerStore
from astra_actors.lockstep.carrying import LedgerCarrier
from astra_actors.lockstep.coordinator import Coordinator
from astra_actors.lockstep.ports import WindowCommit
from astra_actors.lockstep.recovery import load_resume
from astra_actors.lockstep.run_plan import RunPlan
from astra_actors.risk.authority import RiskAuthority
from astra_actors.simulation.harness.auditor import Auditor
from astra_actors.simulation.harness.books import MarketBooks
from astra_actors.simulation.harness.checks import Checks
from astra_actors.simulation.harness.facts_back import facts_of
from astra_actors.simulation.harness.faults import Fault
from astra_actors.simulation.harness.kept_shard import Keeping, KeptShard
from astra_actors.simulation.harness.ledger_actor import KeptLedger, LedgerActor
from astra_actors.simulation.harness.parts import BANKROLL_USD, Setup, identity, paper_of, parts
from astra_actors.simulation.harness.shard_actor import ShardActor, WatchedShard
from astra_actors.simulation.harness.small_world import WINDOW_NS, SmallWorld
from astra_actors.simulation.harness.watch import Watch
from astra_actors.simulation.harness.wire import SupervisorDied, Wire

RUN_ID: Final = "00000000-0000-4000-8000-000000000001"
CONSERVED: Final = "money is conserved"
REPLAYED: Final = "replay(ledger) == state"
_KEPT: Final = 3  # barriers whose books are kept: a crash never goes further back than the window on its way
CALM_NS: Final = 60 * NS_PER_S  # longer than any order lives: the world must come to rest


class LockstepHouse(Checks):
    """One run under one list of faults. `run` raises `PromiseBrokenError` at the first broken promise."""

    def __init__(self, setup: Setup, faults: Sequence[Fault], folder: Path) -> None:
        self.setup, self.folder = setup, folder
        self.fired: dict[Fault, None] = {}
        self.watch = Watch(setup.limits, usd_e10(BANKROLL_USD))
        onwire = sorted(f for f in faults if f.kind.split(".")[0] in ("message", "crash", "ledger"))
        self.wire = Wire(self.watch, onwire, self.fired)
        self._feed_faults = [f for f in faults if f.kind.startswith("feed.")]
        self.weather = [f for f in faults if f.kind.startswith("venue.")]
        self.fired |= dict.fromkeys(self._feed_faults)
        self.watch.on_step = self.wire.at_step
        self.watch.live = self.live
        self.auditor = Auditor(late_fills_told=True, live=self.live)
        self._sealed: dict[int, dict[str, MarketBooks]] = {0: {}}
        self._bases: dict[int, tuple[Any, dict[str, float]]] = {0: (self.watch.permitted, {})}
        self.restarts = self.windows = 0
        self._mids: dict[str, float] = {}  # by market, at the last barrier at which it had an owner
        self.refused = self.replaced = 0
        self.coordinator: Coordinator
        self.ledger: KeptLedger
        self.ledger_actor: LedgerActor
        self._build()

    # -- the run ------------------------------------------------------------------------------------------------------

    def run(self, *, steps: int = 0, windows: int = 0) -> str:
        """Windows until `steps` messages have passed (or `windows` barriers), then calm, then an orderly end; the digest."""
        while self.watch.steps < steps or self.coordinator.state.window < windows:
            self.step()
        self.windows = self.coordinator.state.window
        return self.finish()

    def step(self) -> None:
        """One window, whatever happens in it, and every promise at its end."""
        self._survive_window()

    def finish(self) -> str:
        """Calm, then an orderly end; the digest of everything."""
        # one window later at the venue: an owner that was taken over may have run that window already, in bad weather
        self.watch.calm, self.watch.calm_from_ns = True, self.coordinator.state.now_ns + WINDOW_NS
        self._end()
        self._check_barrier()
        self._check_end()
        return self.ledger.actor.store.digest()

    def taken_up(self, folder: Path) -> LockstepHouse:
        """Another house that starts from these files, as if everything had died where they end."""
        fresh = type(self)(self.setup, (), folder)
        fresh._sealed, fresh._bases = dict(self._sealed), dict(self._bases)
        fresh._resume({})
        return fresh

    def standing(self) -> dict[str, Any]:
        """Everything a restart must bring back: what is held, reserved, queued and permitted, and the portfolio's memory."""
        assert self.coordinator.last is not None, "there has been a window"
        return {
            "portfolio": self.coordinator.authority.snapshot(),
            "equity": self.coordinator.last.equity,
            "markets": {
                market_id: (
                    engine.position.yes_e6,
                    engine.position.no_e6,
                    engine.position.cash_e10,
                    dict(engine.risk.open_orders),
                    paper_of(engine).resting(),
                    engine.lease,
                )
                for market_id, engine in sorted(self.engines.items())
            },
        }

    def close(self) -> None:
        """Let go of the files and remove them."""
        self.ledger.actor.die()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _step(self) -> None:
        """One window."""
        self.coordinator.step()

    def _end(self) -> None:
        """Let the world come to rest, then stop."""
        coordinator = self.coordinator
        for length_ns in (WINDOW_NS, CALM_NS, WINDOW_NS):
            coordinator.step_to(coordinator.state.now_ns + length_ns)
            self._check_barrier()
        coordinator.stop("the end", grace_ns=CALM_NS)

    # -- inside: windows ----------------------------------------------------------------------------------------------

    def _survive_window(self) -> None:
        try:
            self._step()
        except SupervisorDied as death:
            self._come_back(death.how)
        except LedgerError:
            self._come_back("crash.everything")
        else:
            self._check_barrier()

    def _plan(self, world: ReplayableFeed) -> RunPlan:
        return RunPlan(
            listings=tuple(world.listings()),
            start_ns=world.start_ns,
            end_ns=world.end_ns,
            window_ns=WINDOW_NS,
            burn_in_windows=self.setup.burn_in,
            active_every=self.setup.active_every,
            unattended=True,
        )

    def _carry(self) -> LedgerCarrier | None:
        return None

    def _actor(self, shard: Shard) -> ShardActor:
        return ShardActor(shard, self.wire)

    @property
    def _window(self) -> int:
        return self.coordinator.state.window if hasattr(self, "coordinator") else 0

    def _build(self, living: dict[int, ShardActor] | None = None) -> None:
        setup, known = self.setup, parts()
        world = SmallWorld(setup.shape)
        plan = self._plan(world)
        if living is None or not self.ledger.actor.alive:
            self.ledger_actor = LedgerActor(self.folder, self._begin, RUN_ID, self.wire)
        actor = self.ledger_actor
        epoch = actor.take_epoch()
        self.ledger = KeptLedger(actor, self.wire, epoch=epoch, written=self._written)
        keeping = Keeping(
            spawn=self._spawn,
            histories=lambda index: self.coordinator.histories_of(index),
            lost=self._owner_lost,
            owns=self._owns,
            succeeded=lambda index: self.coordinator.succeeded(index),
            actor=self._actor,
            live=self.live,
        )
        self._first_window = (actor.store.last_window() or 0) + 1
        self.ports = [
            KeptShard(index, self.wire, keeping, epoch=epoch, actor=(living or {}).get(index))
            for index in range(setup.shards)
        ]
        self.coordinator = Coordinator(
            plan,
            shards=self.ports,
            ledger=self.ledger,
            research=known.research,
            authority=RiskAuthority(setup.limits, usd_e10(BANKROLL_USD), plan.start_ns),
            carry=self._carry(),
        )

    def _owns(self, index: int, incarnation: int) -> None:
        """Where the ledger cannot be told, nobody writes with it either: its successor is told with the next owner."""
        if self.ledger_actor.alive:
            self.ledger_actor.owns(index, incarnation, max(self._first_window, self._window + 1))

    def _begin(self, store: LedgerStore) -> None:
        store.begin_run(identity(RUN_ID, self.setup.shape.seed), parts().text)

    def _spawn(self, index: int) -> Shard:
        return WatchedShard(
            index,
            world=SmallWorld(self.setup.shape, self._feed_faults),
            watch=self.watch,
            weather=self.weather,
            fired=self.fired,
            params=self.setup.params,
            strategies=parts().strategies,
        )

    def _written(self, commit: WindowCommit) -> None:
        self.auditor.take(commit)

    def _owner_lost(self, index: int) -> None:
        """What a dead owner did in the window under way never left its process."""
        self.coordinator.keep_counts(index)
        self._restore(index, self.coordinator.state.window)

    def _restore(self, index: int, window: int) -> None:
        self.watch.restore(self._sealed[window], owner=index)

    def _come_back(self, how: str) -> None:
        """Another supervisor starts from what the ledger holds; it takes over what lives, and rebuilds the rest."""
        self.restarts += 1
        self.refused += sum(port.refused for port in self.ports) + self.ledger.refused
        self.replaced += sum(port.replaced for port in self.ports)
        living: dict[int, ShardActor] | None = None
        if how == "crash.supervisor":
            if self.watch.steps % 2:  # the window on its way comes through, or it comes too late
                self.wire.deliver_now("commit")
            self.wire.clear("report", "recovered", "durable")
            living = {p.index: p.actor for p in self.ports if p.actor.alive and not p.actor.superseded}
        else:
            if how == "crash.machine":
                self.ledger.actor.power_cut(keep=(self.watch.steps % 7) / 7)
            self.ledger.actor.die()
            self.wire.clear()
        self._build(living)
        self._resume(living or {})

    def _resume(self, living: dict[int, ShardActor]) -> None:
        store = self.ledger.actor.store
        self.auditor = Auditor(late_fills_told=True, live=self.live)
        self.auditor.replay(facts_of(store))
        window = store.last_window() or 0
        calm, self.watch.calm = self.watch.calm, True  # a start is tried until it works: the faults go on after it
        adopted = {index: counters for index in living if (counters := self.ports[index].adopt(window)) is not None}
        for index in range(self.setup.shards):
            if index not in adopted:
                self._restore(index, window)
        self.watch.permitted, mids = self._bases[window]
        self._mids = dict(mids)
        if window:
            resume = load_resume(store.path, RUN_ID, self.coordinator.plan)
            assert resume is not None, "a ledger with windows can be resumed"
            self.coordinator.resume(resume.saved, resume.commands, resume.leases, adopted)
        self.watch.calm = calm
        self._check_engines()
