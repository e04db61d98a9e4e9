"""A shard on a live feed: the same engines, driven by what the stream says and by time as it passes.

Permission comes with the windows; everything else happens by itself between them. A lease that ran out, a connection that
fell silent and a book that the venue contradicts each pull the quotes of their markets without being told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec

from astra_actors.engine import live_doubt, live_hearing, live_wishes, unproven
from astra_actors.engine.live_links import Freshness, Link, Unreplayable, session_fact
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
from astra_actors.engine.quarantine import POISONS
from astra_actors.engine.shard import Shard
from astra_actors.engine.takeover import take_up
from astra_actors.engine.venue_talk import VenueTalk
from astra_actors.engine.window_memory import Answered
from astra_actors.feeds.port import SpotSource
from astra_actors.feeds.staleness import FreezeWatch
from astra_actors.feeds.stream_params import StreamParams
from astra_actors.feeds.stream_words import Wanted, Word
from astra_actors.kernel.facts import Fact
from astra_actors.market.book import BookState
from astra_actors.market.events import Event, FeedInterrupted
from astra_actors.market.instrument import Instrument
from astra_actors.market.wire import Decoder
from astra_actors.risk.report import MarketReport
from astra_actors.strategies.base import Strategy
from astra_actors.venues.clob.words import Told


class LiveShard(Shard):
    """Own the engines of some live markets; every method runs on the one thread that owns them."""

    def __init__(
        self,
        index: int,
        *,
        spot: SpotSource | None,
        params: EngineParams,
        strategies: Sequence[Strategy],
        stream: StreamParams,
        talk: VenueTalk | None = None,
    ) -> None:
        super().__init__(index, feed=Unreplayable(), spot=spot, params=params, strategies=strategies)
        self.talk = talk  # with the holder of the account; None on paper
        self.links: dict[int, Link] = {}
        self.fresh: dict[str, Freshness] = {}
        self.decoder = Decoder(frame_bytes_max=stream.frame_bytes_max)
        self.now_ns = 0
        self.stream = stream
        self.market_of: dict[str, str] = {}  # by token
        self._added: list[Instrument] = []
        self._removed: list[Instrument] = []
        self.renewals: list[tuple[int, str]] = []
        self._poisoned: list[tuple[str, str]] = []
        self._own_facts: list[Fact] = []
        self._unproven: list[Answered] = []  # told to a Supervisor that died before its ledger had it
        self._own_seq = 0

    def run_window(self, command: WindowCommand) -> tuple[WindowResult, WindowRecords]:
        """Take the permission of a window, and say at once what happened since the last one."""
        if (known := self.memory.recall(command)) is not None:
            return known
        self.begin(command)
        return self.finish(command, command.to_ns)

    def begin(self, command: WindowCommand) -> None:
        """Open what is new and take the window's leases and vetoes; everything else goes on as it is."""
        told = unproven.markets_of(self._unproven)  # opened for the Supervisor that died: what came back says it again
        for opened in command.opens:
            if opened.listing.market_id not in told:
                self._join(self._open(opened))
        for engine in list(self.engines.values()):
            fresh = self.fresh[engine.market_id]
            if engine.lease is None and fresh.lapsed is not None:
                engine.lease = fresh.lapsed  # about to be renewed or replaced
            fresh.lapsed = None
            self._guarded(engine, engine.begin_window, command)

    def finish(self, command: WindowCommand, now_ns: int) -> tuple[WindowResult, WindowRecords]:
        """What happened up to now: reports, counts, facts and artifacts."""
        self.tick(now_ns)
        before = dict(self.engines)
        result, records = self._run(replace(command, opens=()))
        for market_id in before:
            if market_id not in self.engines:
                self._leave(market_id)
        result.poisoned = (*result.poisoned, *self._poisoned)
        result.alerts, self.alerts = tuple(self.alerts), []
        records.facts += self._own_facts
        self._poisoned, self._own_facts = [], []
        unproven.merge(self._unproven, result, records)
        self._unproven = []
        return self.memory.keep(command, (result, records))

    def adopt(self, epoch: int, window: int) -> ShardCounters:
        """Go on under another Supervisor: what was answered after its ledger's last window is said once more, with the next."""
        counters = super().adopt(epoch, window)
        self._unproven = [*self._unproven, *self.memory.since(window)]
        self.memory.begin_at(window, counters)
        return counters

    def start_over(self) -> None:
        """Forget every market and leave its stream."""
        for market_id in list(self.engines):
            self._leave(market_id)
        self._poisoned, self._unproven = [], []
        # what is left to say of a market is said by its successor again; what was said of connections is nobody else's
        self._own_facts = [fact for fact in self._own_facts if not fact.market_id]
        super().start_over()

    def recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        """Take markets over from an owner that died: positions from their fills, permission from the last window."""
        reports = tuple(self._take_over(history) for history in histories)
        self._lived_to(histories)
        return reports

    def interrupt(self, number: int, now_ns: int, reason: str) -> None:
        """Something of this connection was lost: none of its books can be trusted."""
        for market_id in list(self.links[number].market_ids):
            self.on_event(FeedInterrupted(market_id, now_ns, now_ns, reason))

    def end_sessions(self, now_ns: int, reason: str) -> None:
        """Put every connection that still stands on record: the run ends here."""
        for link in self.links.values():
            if link.up:
                link.up = False
                self.session_over(link, now_ns, now_ns, reason)

    @property
    def open_orders(self) -> int:
        """Orders that may still fill."""
        return sum(len(engine.blotter.open_orders()) for engine in self.engines.values())

    def hear(self, word: Word) -> None:
        """Take one word of the stream."""
        self.now_ns = max(self.now_ns, word.at_ns)
        live_hearing.hear(self, word)

    def on_event(self, event: Event, *, link: Link | None = None) -> None:
        """Take one event of one market; what waited in a mailbox while time went on happens when it is taken."""
        engine = self.engines.get(event.market_id)
        if engine is None or engine.settled:
            return
        if event.local_ns < engine.now_ns:
            event = msgspec.structs.replace(event, local_ns=engine.now_ns)
        self._guarded(engine, self._take, engine, event, link)
        self.progress += 1

    def hear_account(self, told: Sequence[Told], why_not: str, now_ns: int) -> None:
        """What the holder of the account told, or why it cannot be reached."""
        assert self.talk is not None, "paper has no account"
        self.now_ns = max(self.now_ns, now_ns)
        self.talk.reached(why_not, self.engines, self.now_ns, self._guarded)
        self.talk.hear(told, self.engines, self.now_ns, self._guarded)
        self.progress += 1

    def on_events(self, events: Sequence[Event]) -> None:
        """Take events in their order."""
        for event in events:
            self.on_event(event)

    def tick(self, now_ns: int) -> None:
        """Let time pass: timers run, silence and lapsed leases pull quotes."""
        self.now_ns = now_ns = max(self.now_ns, now_ns)
        for engine in list(self.engines.values()):
            if not engine.settled:
                self._guarded(engine, self._tick, engine, now_ns)
        self.progress += 1

    def take_subscriptions(self) -> tuple[list[Instrument], list[Instrument]]:
        """The markets to follow and those to leave, since the last time."""
        added, self._added = self._added, []
        removed, self._removed = self._removed, []
        return added, removed

    def take_renewals(self) -> list[tuple[int, str]]:
        """Connections that do not serve us, and why."""
        renewals, self.renewals = self.renewals, []
        return renewals

    def wanted(self, now_ns: int) -> Wanted:
        """Which books to compare or fetch, and which markets may be over: those with quotes of ours first."""
        return live_wishes.wanted(self.engines, self.fresh, now_ns, self.stream)

    def _take_over(self, history: MarketHistory) -> MarketReport:
        engine = self._open(history.opened)
        self._sealed[engine.market_id] = take_up(engine, history)
        self._join(engine)
        self.progress += 1
        return engine.report(max(engine.now_ns, history.commands[-1].to_ns))

    def _open(self, opened: OpenMarket) -> MarketEngine:
        engine = self._engine(opened)
        instrument = opened.listing.instrument
        if self.talk is not None:
            self.talk.take_up(engine)
        self.engines[engine.market_id] = engine
        self.fresh[engine.market_id] = Freshness(opened.listing, FreezeWatch(self.now_ns), doubted_ns=self.now_ns)
        for asset_id in (instrument.yes_asset, instrument.no_asset):
            self.market_of[asset_id] = engine.market_id
        self._added.append(instrument)
        return engine

    def _join(self, engine: MarketEngine) -> None:
        if self.talk is not None:
            self.talk.join(engine)

    def _leave(self, market_id: str) -> None:
        fresh = self.fresh.pop(market_id)
        instrument = fresh.listing.instrument
        for asset_id in (instrument.yes_asset, instrument.no_asset):
            self.market_of.pop(asset_id, None)
        if fresh.link is not None:
            fresh.link.market_ids.pop(market_id, None)
        self._removed.append(instrument)

    def _serve(self, engine: MarketEngine, command: WindowCommand) -> MarketReport:
        engine.advance_to(self.now_ns)
        fresh = self.fresh[engine.market_id]
        # a clock that went back stands still here while windows go on: each report is later than the one before it
        fresh.reported_ns = max(engine.now_ns, command.from_ns, fresh.reported_ns + 1)
        return engine.report(fresh.reported_ns)

    def _guarded(self, engine: MarketEngine, act: Callable[..., object], *arguments: object) -> bool:
        """A market whose engine raises leaves the shard; the rest goes on."""
        self.serving(self.memory.window or 0, engine.market_id)
        try:
            act(*arguments)
        except POISONS as error:
            why = f"{type(error).__name__}: {error}"
            self._poisoned.append((engine.market_id, why))
            if self.talk is not None:
                self.talk.abandon(engine, why)
            self._own_facts += self._quarantine(engine, self.now_ns, why)
            self._leave(engine.market_id)
            return False
        finally:
            self.serving(0, "")
        return True

    def _take(self, engine: MarketEngine, event: Event, link: Link | None) -> None:
        was = engine.book.state
        engine.on_event(event)
        fresh, state = self.fresh[event.market_id], engine.book.state
        if link is not None:
            fresh.watch.on_event(event.local_ns)
            fresh.venue_ns = max(fresh.venue_ns, event.venue_ns)
        if state is not was:
            live_doubt.book_turned(engine, fresh, state, event)

    def _tick(self, engine: MarketEngine, now_ns: int) -> None:
        fresh = self.fresh[engine.market_id]
        if engine.lease is not None and now_ns >= engine.lease.expires_ns:
            fresh.lapsed, engine.lease = engine.lease, None
            engine.evaluate_due_ns = now_ns
        link = fresh.link
        if link is not None and link.up and engine.book.state is BookState.LIVE:
            engine.book.confirm(min(link.alive_ns, now_ns))  # quiet, but there: what stands has stood until then
            live_doubt.watch_freeze(self, engine, fresh, link, now_ns)
        stale = engine.book.age_ms(now_ns) > self._params.market_gates.quoteability.book_age_ms_max_live
        if stale is not fresh.stale:
            fresh.stale = stale
            if engine.evaluate_due_ns > now_ns:
                engine.evaluate_due_ns = now_ns
        engine.advance_to(now_ns)

    def session_over(self, link: Link, at_ns: int, ended_ns: int, reason: str) -> None:
        """Put one stretch during which a connection stood on record."""
        self._own_seq += 1
        self._own_facts.append(
            session_fact(link, shard=self.index, seq=self._own_seq, at_ns=at_ns, ended_ns=ended_ns, reason=reason)
        )
