"""A shard: the markets one actor owns, run window by window from a feed that can be replayed.

A market whose engine raises is taken out of the shard and reported as poisoned; the rest of the shard goes on.
"""

from __future__ import annotations

from collections.abc import Sequence

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
from astra_actors.estimation.estimator import Estimator
from astra_actors.feeds.port import ReplayableFeed, SpotSource
from astra_actors.kernel.facts import Fact
from astra_actors.risk.report import MarketReport
from astra_actors.strategies.base import Strategy
from astra_actors.strategies.registry import choose

_COUNTED = ("orders", "fills", "rejects", "cancels", "feed_open_ns", "feed_down_ns")


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
        self.progress = 0  # grows with every market served: what a health check looks at
        self._feed, self._params, self._strategies = feed, params, tuple(strategies)
        self._spot = spot
        self._estimator = Estimator(params.estimation, spot)
        self._sealed: dict[str, Sealed] = {}

    def run_window(self, command: WindowCommand) -> tuple[WindowResult, WindowRecords]:
        """Take every market of the shard through one window."""
        for opened in command.opens:
            self.engines[opened.listing.market_id] = self._engine(opened)
        reports: list[MarketReport] = []
        records = WindowRecords(window=command.window, facts=[], artifacts=[])
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
            counters=self.counters,
            poisoned=tuple(poisoned),
        )
        return result, records

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
        return tuple(reports)

    def _engine(self, opened: OpenMarket) -> MarketEngine:
        strategy = choose(self._strategies, opened.listing, opened.definition) if opened.definition else None
        return MarketEngine(opened, strategy=strategy, estimator=self._estimator, spot=self._spot, params=self._params)

    def _serve(self, engine: MarketEngine, command: WindowCommand) -> MarketReport:
        engine.begin_window(command)
        for event in self._feed.events(engine.market_id, command.from_ns, command.to_ns):
            engine.on_event(event)
        engine.advance_to(command.to_ns)
        engine.count("feed_open_ns", command.to_ns - max(command.from_ns, engine.listing.open_ns))
        return engine.report(command.to_ns)

    def _quarantine(self, engine: MarketEngine, at_ns: int, why: str) -> list[Fact]:
        """Take a market out; what it did since the last barrier did not happen, and its orders are gone with it."""
        self.engines.pop(engine.market_id, None)
        return last_words(engine.market_id, self._sealed.pop(engine.market_id, Sealed()), at_ns, why)

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
