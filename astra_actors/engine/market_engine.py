"""One market from frame to order: the state of it, and the loop that keeps it in step with time.

Everything that happens does so at a time: events bring theirs, timers have theirs, and timers that fall due before an
event are run before it. So the book at an order's arrival is the last one at or before it, never a later one.
"""

from __future__ import annotations

from typing import Any, Final

from astra_actors.engine import answers, evaluation, records, settlement
from astra_actors.engine.entries import Entries
from astra_actors.engine.messages import OpenMarket, WindowCommand
from astra_actors.engine.params import EngineParams
from astra_actors.engine.shadow_book import ShadowBook
from astra_actors.engine.tagger import Tagger
from astra_actors.estimation.estimate import Estimate
from astra_actors.estimation.estimator import Estimator
from astra_actors.execution.blotter import Blotter
from astra_actors.execution.order_manager import OrderManager
from astra_actors.execution.rate_budget import MutationBudget
from astra_actors.feeds.port import SpotSource
from astra_actors.kernel.errors import ClockWentBack
from astra_actors.kernel.facts import Fact
from astra_actors.kernel.units import NS_PER_HOUR, PRICE_ONE_E4
from astra_actors.market.book import BookState, MarketBook
from astra_actors.market.events import (
    BookChanged,
    BookSnapshot,
    Event,
    FeedInterrupted,
    MarketResolved,
    PhaseNoted,
    TradePrinted,
)
from astra_actors.market.instrument import Outcome
from astra_actors.market.ring_buffer import RingBuffer, Top
from astra_actors.market.trade_tape import TradeTape
from astra_actors.portfolio.position import MarketPosition
from astra_actors.portfolio.trades import TradeBuilder
from astra_actors.risk.lease import Lease
from astra_actors.risk.report import MarketReport
from astra_actors.risk.reservation import MarketRisk
from astra_actors.risk.veto import Veto
from astra_actors.signals.flow import FlowSignals
from astra_actors.signals.markout import MarkoutClock
from astra_actors.signals.regime import RegimeTags
from astra_actors.strategies.base import Strategy
from astra_actors.venues.paper import PaperVenue
from astra_actors.venues.venue_port import VenuePort

NEVER_NS: Final = 1 << 62


class MarketEngine:
    """Own everything about one market. Facts and artifacts pile up until the shard takes them at the barrier."""

    def __init__(
        self,
        opened: OpenMarket,
        *,
        strategy: Strategy | None,
        estimator: Estimator,
        spot: SpotSource | None,
        params: EngineParams,
    ) -> None:
        self.listing, self.definition, self.definition_reason = (
            opened.listing,
            opened.definition,
            opened.definition_reason,
        )
        self.market_id = opened.listing.market_id
        self.incarnation = opened.incarnation
        self.params, self.strategy, self.estimator = params, strategy, estimator
        instrument = opened.listing.instrument
        self.book = MarketBook(instrument)
        self.ring = RingBuffer(params.ring_capacity)
        self.tape = TradeTape()
        self.flow = FlowSignals(params.signals)
        self.markouts = MarkoutClock(params.signals)
        self.venue: VenuePort = PaperVenue(instrument, params.paper, params.seed)
        self.manager = OrderManager(instrument, params.orders)
        self.blotter = Blotter()
        self.budget = MutationBudget(params.orders)  # one a market: a shared one would depend on the sharding
        self.position = MarketPosition()
        self.trades = TradeBuilder(self.market_id, strategy.name if strategy else "")
        self.risk = MarketRisk(self.market_id, opened.incarnation)
        self.shadow = ShadowBook()
        self.lease: Lease | None = None
        self.lease_id = ""
        self.inherited_e10 = 0  # what a predecessor was granted, until every order it may have left is known
        self.veto: Veto | None = Veto.BURN_IN
        self.note = ""
        self.outcomes: dict[str, str] = {}
        self.ended: tuple[Outcome, list[str]] | None = None  # two sources agree; settled once nothing of ours is open
        self.settled = False
        self.facts: list[Fact] = []
        self.decisions: list[tuple[int, str, bytes]] = []
        self.seq = 0
        self.window = 0
        self.now_ns = 0
        self.events = 0
        self.session_ns = opened.listing.open_ns
        self.down_since_ns: int | None = None  # the stream cannot be trusted since then
        self.evaluations = 0
        self.cancel_everything = False
        self.superseded = False  # another owner has the market: nothing but cancels leaves from here
        self.wants = False  # every gate but the lease is open
        self.score = 0.0
        self.estimate: Estimate | None = None
        self.recorded: tuple[float, int, str] | None = None  # p, time and id of the estimate last put on record
        self.evaluate_due_ns = NEVER_NS
        self.evaluated_ns = 0
        self.evaluated_mid_e4 = 0.0
        self.snapshot_due_ns = NEVER_NS
        self.rrs: tuple[int, float] | None = None  # hour and score
        self.closed_trades: list[tuple[int, str, int, int]] = []
        self.counts: dict[str, int] = {}
        self.events_counted = self.evaluations_counted = self.resyncs_counted = 0
        self.last_mid_e4: float | None = None
        self.entries = Entries()
        self._tagger = Tagger(opened.listing, spot)

    # -- the loop -----------------------------------------------------------------------------------------------------

    def begin_window(self, command: WindowCommand) -> None:
        """Take the window's permission: the lease if it changed, else the old one renewed; and what holds us back."""
        self.window = command.window
        at_ns = max(self.now_ns, command.from_ns)
        self.now_ns = at_ns
        lease = next((lease for lease in command.leases if lease.market_id == self.market_id), None)
        changed = lease is not None or command.veto is not self.veto or command.cancel_all
        if lease is not None:
            self.lease_id = lease.lease_id
            self.lease = lease if lease.limit_e10 > 0 else None
            self.superseded = self.superseded or lease.incarnation > self.incarnation
        elif self.lease is not None:
            self.lease = self.lease.until(command.lease_until_ns)
        over = self.superseded or self.ended is not None
        self.veto, self.cancel_everything = command.veto, command.cancel_all or over
        if self.evaluate_due_ns == NEVER_NS and not self.settled:
            self.evaluate_due_ns = self.snapshot_due_ns = at_ns
        if changed and not self.settled:
            self.evaluate_due_ns = at_ns

    def on_event(self, event: Event) -> None:
        """Take one event of the feed, after everything that was due before it."""
        now_ns = event.local_ns
        if now_ns < self.now_ns:
            raise ClockWentBack(f"{self.market_id}: an event of {now_ns} ns comes after {self.now_ns} ns")
        if self._next_due_ns() <= now_ns:
            self.run_timers(now_ns)
        self.now_ns = now_ns
        self.events += 1
        kind = type(event)
        if kind is BookChanged or kind is BookSnapshot:
            self._on_book(event, now_ns)
        elif kind is TradePrinted:
            self._on_trade(event, now_ns)  # type: ignore[arg-type]
        else:
            self._on_rare(event, now_ns)

    def advance_to(self, to_ns: int) -> None:
        """Run every timer up to and including `to_ns`."""
        self.run_timers(to_ns)
        self.now_ns = max(self.now_ns, to_ns)

    def run_timers(self, to_ns: int) -> None:
        """Run what is due at or before `to_ns`, in order of time."""
        while (due_ns := self._next_due_ns()) <= to_ns:
            self.now_ns = max(self.now_ns, due_ns)
            self._on_timer(self.now_ns)

    def _next_due_ns(self) -> int:
        due_ns = self.venue.next_due_ns
        if self.evaluate_due_ns < due_ns:
            due_ns = self.evaluate_due_ns
        if self.snapshot_due_ns < due_ns:
            due_ns = self.snapshot_due_ns
        markout_ns = self.markouts.next_due_ns
        return markout_ns if markout_ns is not None and markout_ns < due_ns else due_ns

    def _on_timer(self, now_ns: int) -> None:
        if not self.params.live:
            self.book.confirm(now_ns)  # a replayed feed is never late: what it has not said has not happened
        if self.venue.next_due_ns <= now_ns:
            self.venue.advance(now_ns, self.book)
            answers.take(self, now_ns)
        markout_ns = self.markouts.next_due_ns
        if markout_ns is not None and markout_ns <= now_ns:
            records.take_markouts(self, now_ns)
        if self.snapshot_due_ns <= now_ns:
            records.take_snapshot(self, now_ns)
        if self.evaluate_due_ns <= now_ns:
            evaluation.evaluate(self, now_ns)

    # -- what the feed says -------------------------------------------------------------------------------------------

    def _on_book(self, event: Event, now_ns: int) -> None:
        book = self.book
        top_changed = book.apply(event)
        if self.down_since_ns is not None and book.state is BookState.LIVE:
            self.count("feed_down_ns", now_ns - self.down_since_ns)
            self.down_since_ns = None
            top_changed = True  # the signals forgot the top with the gap, also where the same one came back
        if self.venue.open_count:
            self.venue.on_book(now_ns, book)
            answers.take(self, now_ns)
        if top_changed:
            self.on_top(now_ns)

    def on_top(self, now_ns: int) -> None:
        book = self.book
        bid_e4, ask_e4 = book.best_bid_e4, book.best_ask_e4
        bid_size, ask_size = book.bid_size_e6, book.ask_size_e6
        self.ring.append(Top(now_ns, bid_e4, bid_size, ask_e4, ask_size))
        self.flow.on_top(now_ns, bid_e4, bid_size, ask_e4, ask_size, book.tick_e4)
        moved = bid_e4 is None or ask_e4 is None
        if not moved:
            mid_e4 = (bid_e4 + ask_e4) / 2  # type: ignore[operator]
            self.last_mid_e4 = mid_e4
            self._tagger.on_mid(now_ns, mid_e4 / PRICE_ONE_E4)
            moved = abs(mid_e4 - self.evaluated_mid_e4) >= self.params.move_trigger_e4
        if moved:
            self.look_again(now_ns)

    def wipe_orders(self, now_ns: int, reason: str) -> None:
        """The venue's own doing: every order is gone at once, and none of its answers is lost."""
        self.venue.wipe(now_ns, reason)
        answers.take(self, now_ns)

    def look_again(self, now_ns: int) -> None:
        """Bring the next evaluation forward, but not closer to the last one than the minimum gap."""
        due_ns = max(now_ns, self.evaluated_ns + self.params.evaluate_min_gap_ns)
        if due_ns < self.evaluate_due_ns and not self.settled:
            self.evaluate_due_ns = due_ns

    def _on_trade(self, event: TradePrinted, now_ns: int) -> None:
        trade = self.tape.on_trade(event, self.book)
        if self.venue.open_count:
            self.venue.on_trade(now_ns, trade.yes_price_e4, trade.size_e6, trade.taker_buys_yes, self.book)
            answers.take(self, now_ns)
        self.flow.on_trade(now_ns, trade.taker_buys_yes, trade.size_e6)
        self.book.apply(event)

    def _on_rare(self, event: Event, now_ns: int) -> None:
        if isinstance(event, MarketResolved):
            settlement.hear(self, event, now_ns)
        elif isinstance(event, PhaseNoted):
            self.note = event.note
            self.evaluate_due_ns = now_ns
        else:
            self.book.apply(event)
            if isinstance(event, FeedInterrupted):
                self.flow.on_gap()
                self.down_since_ns = now_ns if self.down_since_ns is None else self.down_since_ns
                records.end_feed_session(self, event, now_ns)
            self.evaluate_due_ns = now_ns  # a tick change or a gap cannot wait for the next look
        if self.settled:
            self.evaluate_due_ns = self.snapshot_due_ns = NEVER_NS

    # -- what is written down -----------------------------------------------------------------------------------------

    def emit(self, fact: type[Fact], at_ns: int, /, *, cause: str = "", **columns: Any) -> None:
        """Write one fact of this market; numbers it."""
        self.seq += 1
        self.facts.append(
            fact(seq=self.seq, market_id=self.market_id, venue_ns=at_ns, local_ns=at_ns, cause=cause, **columns)
        )

    def count(self, what: str, by: int = 1) -> None:
        """Add to one of the counters that a shard reports."""
        self.counts[what] = self.counts.get(what, 0) + by

    def hours_to_close(self, now_ns: int) -> float | None:
        """Hours of the market's calendar until the listing's end, or its contract's; negative after it."""
        close_ns = self.listing.close_ns
        if close_ns is None and self.definition is not None:
            close_ns = self.definition.cutoff_ns
        return None if close_ns is None else (close_ns - now_ns) / NS_PER_HOUR * self.params.calendar_speed

    def report(self, now_ns: int) -> MarketReport:
        """What the Supervisor needs to know of this market at a barrier."""
        return settlement.report(self, now_ns)

    @property
    def holds_something(self) -> bool:
        """Whether there is a position to reduce, which never needs a lease."""
        return self.position.yes_e6 != self.position.no_e6

    def tags(self, at_ns: int) -> RegimeTags:
        """The regime a trade opened at `at_ns` belongs to."""
        return self._tagger.tags(at_ns, self.hours_to_close(at_ns))
