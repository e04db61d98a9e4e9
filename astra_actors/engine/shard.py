"""A shard: the markets one actor owns, run window by window from a feed that can be replayed.

A market whose engine raises is taken out of the shard and reported as poisoned; the rest of the shard goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from astra_actors.engine.market_engine import MarketEngine
from astra_actors.engine.messages import (
    MarketHistory,
    OpenMarket,
    ShardCounters,
    WindowCommand,
    WindowRecords,
    WindowResult,
)
from astra_actors.engine.params import EngineParams
from astra_actors.engine.quarantine import POISONS, Sealed, last_words
from astra_actors.engine.window_memory import WindowMemory, addressed
from astra_actors.estimation.estimator import Estimator
from astra_actors.feeds.port import ReplayableFeed, SpotSource
from astra_actors.kernel.facts import Fact
from astra_actors.reporting.alerts import Alert
from astra_actors.risk.report import MarketReport
from astra_actors.strategies.base import Strategy
from astra_actors.strategies.registry import choose

_COUNTED = ("orders", "fills", "rejects", "reject_pauses", "cancels", "feed_open_ns", "feed_down_ns")


class Shard:
    """Own the engines of some markets; every method runs on the one thread that owns them."""

    def __init__(
        self,
        index: int,
        *,
        feed: ReplayableFeed,
        spot: SpotSource | None,
        params: EngineParams,
        strategies: Sequence[Strategy],
    ) -> None:
        self.index = index
        self.engines: dict[str, MarketEngine] = {}
        self.counters = ShardCounters()
        self.alerts: list[Alert] = []  # what a person should hear of, at the next barrier
        self.progress = 0  # grows with every market served: what a health check looks at
        self._feed, self._params, self._strategies = feed, params, tuple(strategies)
        self._spot = spot
        self._estimator = Estimator(params.estimation, spot)
        self.memory = WindowMemory()
        self.serving: Callable[[int, str], None] = _unwatched  # is told whose turn it is, "" for nobody's
        self._sealed: dict[str, Sealed] = {}

    def run_window(self, command: WindowCommand) -> tuple[WindowResult, WindowRecords]:
        """Take every market of the shard through one window; asked again, the same answer. Raises `OutOfStep`, `Fenced`."""
        if (known := self.memory.recall(command)) is not None:
            return known
        for opened in command.opens:
            self.engines[opened.listing.market_id] = self._engine(opened)
        answer = self._run(command)
        self.serving(command.window, "")
        return self.memory.keep(command, answer)

    def adopt(self, epoch: int, window: int) -> ShardCounters:
        """Go on under another Supervisor, whose ledger ends at `window`; what was counted by then.

        What was answered since is answered again when it is asked for; raises `OutOfStep` where that cannot be.
        """
        later = self.memory.since(window)
        self.memory.heed(epoch, self.memory.incarnation)
        return later[0].before if later else self.memory.told

    def start_over(self) -> None:
        """Forget every market, as if this process had just begun: the next thing is `recover`."""
        self.engines.clear()
        self._sealed.clear()
        self.counters = ShardCounters()
        self.memory.begin_at(None)

    def _run(self, command: WindowCommand) -> tuple[WindowResult, WindowRecords]:
        reports: list[MarketReport] = []
        records = WindowRecords(window=command.window, facts=[], artifacts=[], shard=self.index)
        poisoned: list[tuple[str, str]] = []
        for market_id in list(self.engines):
            engine = self.engines[market_id]
            try:
                reports.append(self._serve(engine, command))
            except POISONS as error:
                poisoned.append((market_id, f"{type(error).__name__}: {error}"))
                records.facts += self._quarantine(engine, command.to_ns, poisoned[-1][1])
                continue
            self._collect(engine, records)
            if engine.settled:
                del self.engines[market_id], self._sealed[market_id]
            self.progress += 1
        self.counters.live_markets = len(self.engines)
        self.counters.open_orders = sum(len(engine.blotter.open_orders()) for engine in self.engines.values())
        result = WindowResult(
            window=command.window,
            shard=self.index,
            reports=tuple(reports),
            counters=msgspec.structs.replace(self.counters, vetoes=dict(self.counters.vetoes)),  # ours go on counting
            poisoned=tuple(poisoned),
        )
        return addressed(result, records, command)

    def recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        """Rebuild markets by living through everything they were told; what that writes is already in the ledger."""
        reports: list[MarketReport] = []
        for history in histories:
            engine = self._engine(history.opened)
            for command in history.commands:
                report = self._serve(engine, command)
                engine.facts.clear()
                engine.decisions.clear()
                engine.counts.clear()
                self.progress += 1
            engine.events_counted, engine.evaluations_counted = engine.events, engine.evaluations
            engine.resyncs_counted = engine.book.resyncs
            self.engines[engine.market_id], self._sealed[engine.market_id] = engine, Sealed.of(engine)
            reports.append(report)
        self.serving(0, "")
        self._lived_to(histories)
        return tuple(reports)

    def _lived_to(self, histories: Sequence[MarketHistory]) -> None:
        windows = [history.commands[-1].window for history in histories if history.commands]
        if windows:
            self.memory.begin_at(max(windows), self.memory.told)

    def _engine(self, opened: OpenMarket) -> MarketEngine:
        strategy = choose(self._strategies, opened.listing, opened.definition) if opened.definition else None
        return MarketEngine(opened, strategy=strategy, estimator=self._estimator, spot=self._spot, params=self._params)

    def _serve(self, engine: MarketEngine, command: WindowCommand) -> MarketReport:
        self.serving(command.window, engine.market_id)
        engine.begin_window(command)
        for event in self._feed.events(engine.market_id, command.from_ns, command.to_ns):
            engine.on_event(event)
        engine.advance_to(command.to_ns)
        engine.count("feed_open_ns", command.to_ns - max(command.from_ns, engine.listing.open_ns))
        return engine.report(command.to_ns)

    def _quarantine(self, engine: MarketEngine, at_ns: int, why: str) -> list[Fact]:
        """Take a market out. On paper, what it did since the last barrier did not happen, and its orders are gone with it.

        At a venue elsewhere it did happen, and its orders are only asked off.
        """
        self.engines.pop(engine.market_id, None)
        sealed = self._sealed.pop(engine.market_id, Sealed())
        if not engine.venue.outlives_us:
            return last_words(engine.market_id, sealed, at_ns, why, gone=True)
        return [*engine.facts, *last_words(engine.market_id, Sealed.of(engine), at_ns, why, gone=False)]

    def _collect(self, engine: MarketEngine, records: WindowRecords) -> None:
        self._sealed[engine.market_id] = Sealed.of(engine)
        counters = self.counters
        records.facts += engine.facts
        records.artifacts += engine.decisions
        engine.facts, engine.decisions = [], []
        counters.events += engine.events - engine.events_counted
        counters.decisions += engine.evaluations - engine.evaluations_counted
        counters.resyncs += engine.book.resyncs - engine.resyncs_counted
        engine.events_counted, engine.evaluations_counted = engine.events, engine.evaluations
        engine.resyncs_counted = engine.book.resyncs
        for what, count in engine.counts.items():
            if what in _COUNTED:
                setattr(counters, what, getattr(counters, what) + count)
            elif what.startswith("veto:"):
                counters.vetoes[what[5:]] = counters.vetoes.get(what[5:], 0) + count
        engine.counts.clear()


def _unwatched(window: int, market_id: str) -> None:
    """Nobody needs to know."""
