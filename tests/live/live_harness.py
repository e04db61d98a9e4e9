"""The live feed against a loopback venue, on a clock that only tests move: what they wait for is a condition, never a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from polymarket_server import Venue

from actors.live_market import LiveMarketActor
from astra_actors.config.load import load_settings, shipped_dir
from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec, open_research
from astra_actors.engine.messages import WindowCommand, WindowRecords, WindowResult
from astra_actors.feeds.polymarket_rest import PolymarketRest
from astra_actors.kernel.facts import Fact
from astra_actors.kernel.units import NS_PER_S, usd_e10
from astra_actors.lockstep.coordinator import Coordinator
from astra_actors.lockstep.ports import WindowCommit
from astra_actors.lockstep.run_plan import RunPlan
from astra_actors.risk.authority import RiskAuthority

START_NS = 1_795_000_000 * NS_PER_S
STEP_S = 0.25
# Waits in real time, made short; what decides is the clock of the test.
QUICK = {
    "look_s": 0.02, "reconnect_s": 0.02, "reconnect_s_max": 0.1, "requests_per_min": 4_800, "outcome_poll_s": 0.05,
    "fast_scan_s": 0.05, "reconnect_every_s": 3_600.0, "data_age_s_max": 1_200.0, "frame_bytes_max": 200_000,
}  # fmt: skip


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, now_ns: int = START_NS) -> None:
        self._now_ns = now_ns
        self._moved = threading.Condition()

    def __call__(self) -> int:
        return self._now_ns

    def ms(self) -> int:
        return self._now_ns // 1_000_000

    def move(self, seconds: float) -> None:
        self._now_ns += int(seconds * NS_PER_S)


class Memory:
    """A ledger that keeps what it is given."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def begin_commit(self, commit: WindowCommit) -> None:
        self.facts += [fact for part in commit.records for fact in part.facts] + list(commit.decided)

    def finish_commit(self) -> str:
        return "kept"

    def of(self, kind: type[Fact]) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


class ActorPort:
    """The actor called directly: its methods are the same behind Ray."""

    def __init__(self, actor: LiveMarketActor, incarnation: int = 1) -> None:
        self._actor, self.incarnation = actor, incarnation
        self._answer: tuple[WindowResult, WindowRecords] | None = None

    def begin(self, command: WindowCommand) -> None:
        self._answer = self._actor.on_window(command)

    def finish(self) -> tuple[WindowResult, WindowRecords]:
        assert self._answer is not None
        return self._answer

    def recover(self, histories: Any) -> Any:
        return self._actor.on_recover(histories)


class LiveRun:
    """A coordinator, one live market actor and the venue, in one process."""

    def __init__(self, venue: Venue, clock: HandClock, settings: Settings) -> None:
        self.venue, self.clock, self.settings = venue, clock, settings
        discovery = PolymarketRest(settings.stream).discover()
        assert discovery.ok
        self.spec = FeedSpec(kind="polymarket", seed=7)
        self.actor = LiveMarketActor(0, self.spec, settings, now_ns=clock)
        self.ledger = Memory()
        listings = sorted(discovery.listings, key=lambda one: (one.open_ns, one.market_id))
        self.coordinator = Coordinator(
            RunPlan(
                listings=tuple(listings), start_ns=clock(), end_ns=clock() + 86_400 * NS_PER_S, window_ns=NS_PER_S,
                live=True, lease_ns=int(settings.supervision.lease_s * NS_PER_S),
            ),
            shards=[ActorPort(self.actor)],
            ledger=self.ledger,
            research=open_research(settings),
            authority=RiskAuthority(settings.risk, usd_e10(settings.run.bankroll_usd), clock()),
        )  # fmt: skip

    @property
    def shard(self) -> Any:
        return self.actor.loop.shard

    def books_live(self) -> bool:
        engines = list(self.shard.engines.values())
        return bool(engines) and all(engine.book.state.name == "LIVE" for engine in engines)

    def open_orders(self, number: int = 1) -> int:
        engine = self.shard.engines.get(self.venue.market(number).condition_id)
        return len(engine.blotter.open_orders()) if engine else 0

    def until(self, condition: Callable[[], bool], seconds: float = 15.0) -> None:
        """Wait for something the threads are about to do; fails when they never do it."""
        gate = threading.Event()
        for _ in range(int(seconds / 0.005)):
            if condition():
                return
            gate.wait(0.005)
        pytest.fail("it never came to that")

    def settle(self) -> None:
        """Let every thread see the time as it stands now, and every PING find its answer."""
        now_ns = self.clock()
        self.until(lambda: self.shard.now_ns >= now_ns and all(map(self._looked, self.sessions)))

    @property
    def sessions(self) -> list[Any]:
        return list(self.actor.loop.stream.sessions)

    def _looked(self, session: Any) -> bool:
        pulse = session.pulse
        if pulse is None:
            return True
        return session.looked_ns >= self.clock() and not (self.venue.answer_pings and pulse.waiting)

    def advance(self, seconds: float, *, windows: bool = True) -> None:
        """Move the clock in small steps; a window ends with every second, unless the supervisor is away."""
        whole = self.clock() // NS_PER_S
        for _ in range(round(seconds / STEP_S)):
            self.clock.move(STEP_S)
            self.settle()
            if windows and self.clock() // NS_PER_S > whole:
                whole = self.clock() // NS_PER_S
                self.window()

    def window(self) -> None:
        self.coordinator.step_to(self.clock())

    def start(self) -> None:
        """Run until quotes rest in the first market."""
        self.window()
        self.until(self.books_live)
        for _ in range(40):
            if self.open_orders():
                return
            self.advance(1.0)
        pytest.fail(f"nothing rests after forty seconds: {self.coordinator.counters.vetoes}")

    def stop(self) -> None:
        """What SIGTERM leads to; the clock goes on while the venue confirms."""
        done = threading.Event()

        def tick() -> None:
            while not done.wait(0.01):
                self.clock.move(0.05)

        ticking = threading.Thread(target=tick, daemon=True)
        ticking.start()
        try:
            self.coordinator.stop("SIGTERM", grace_ns=10 * NS_PER_S)
        finally:
            done.set()
            ticking.join()


def live_settings(venue: Venue, **stream: Any) -> Settings:
    """The shipped settings of a live run, at the loopback venue."""
    files = [shipped_dir() / "feeds" / "polymarket.yaml"]
    settings = load_settings(environ={}, files=files, flags={"run": {"feed": "polymarket"}})
    params = replace(settings.stream, **{**QUICK, **venue.settings, **stream})
    return settings.model_copy(update={"stream": params})
