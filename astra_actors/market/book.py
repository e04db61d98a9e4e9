"""The book of one market: both tokens, whether it may be traded on, and its top in YES terms.

A book is `LIVE` from a snapshot until something shows that we missed a change: a gap, a crossed book, a side that
vanished without the venue saying so, a new tick, a broken stream. Then it is in `RESYNC` until the next snapshot.
A feed that never sends snapshots (some tapes) is trusted while the venue's own best prices agree with ours.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, unique
from math import gcd
from typing import Any, Final

from astra_actors.kernel.units import NS_PER_MS, PRICE_ONE_E4, usd
from astra_actors.market.events import (
    BookChanged,
    BookSnapshot,
    Event,
    FeedInterrupted,
    LevelChange,
    TickChanged,
    TopQuoted,
    TradePrinted,
)
from astra_actors.market.instrument import TICKS_E4, Instrument
from astra_actors.market.token_book import EMPTY_ASK_E4, EMPTY_BID_E4, TokenBook

__all__ = ["BookState", "MarketBook", "TokenBook"]


@unique
class BookState(Enum):
    """Whether the book may be traded on."""

    EMPTY = "nothing was seen yet"
    LIVE = "the book agrees with the venue"
    RESYNC = "the book waits for a fresh snapshot"


class MarketBook:
    """Both books of one market, fed by events in arrival order."""

    __slots__ = (
        "_snapshots_seen",
        "_top",
        "crossed_states",
        "foreign",
        "instrument",
        "last_trade",
        "no",
        "resyncs",
        "state",
        "tick_changes",
        "tick_e4",
        "trimmed",
        "updated_ns",
        "yes",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.tick_e4 = instrument.tick_e4
        self.yes = TokenBook(instrument.yes_asset)
        self.no = TokenBook(instrument.no_asset)
        self.state = BookState.EMPTY
        self.updated_ns = 0
        self.last_trade: TradePrinted | None = None
        self.resyncs = self.trimmed = self.crossed_states = self.tick_changes = 0
        self.foreign = 0  # events of a token that is not of this market
        self._snapshots_seen = False
        self._top = (EMPTY_BID_E4, 0, EMPTY_ASK_E4, 0)

    def apply(self, event: Event) -> bool:
        """Take one event in; True when a best price of YES or the size at it changed."""
        if type(event) is not BookChanged:
            return self._apply_rare(event)
        self.updated_ns = event.local_ns
        yes, no, tick_e4 = self.yes, self.no, self.tick_e4
        touched = False
        doubtful: TokenBook | None = None
        for change in event.changes:
            asset_id = change.asset_id
            if asset_id == yes.asset_id:
                book = yes
            elif asset_id == no.asset_id:
                book = no
            else:
                self.foreign += 1
                continue
            price_e4, size_e6 = change.price_e4, change.size_e6
            if size_e6 and book.best_bid_e4 > price_e4 and change.is_bid:  # half of all entries: behind the best bid
                book.bids[price_e4] = size_e6
            elif size_e6 and book.best_ask_e4 < price_e4 and not change.is_bid:
                book.asks[price_e4] = size_e6
            elif book.set_level(change.is_bid, price_e4, size_e6):
                touched = True
                if price_e4 % tick_e4:
                    tick_e4 = self._missed_tick(price_e4)
            bid_e4, ask_e4 = change.best_bid_e4, change.best_ask_e4
            if (
                bid_e4 != book.best_bid_e4
                or ask_e4 != book.best_ask_e4
                or bid_e4 >= ask_e4
                or not book.trusted
                or doubtful is not None
            ):
                touched = True
                doubtful = self._settle(book, change, doubtful)
        if doubtful is not None:
            self._distrust()
        return touched and self._top_changed()

    def _apply_rare(self, event: Event) -> bool:
        handler = _HANDLERS.get(type(event))
        if handler is None:
            return False
        self.updated_ns = event.local_ns
        handler(self, event)
        return self._top_changed()

    @property
    def best_bid_e4(self) -> int | None:
        """Best bid for YES, or None."""
        return self._top[0] or None

    @property
    def best_ask_e4(self) -> int | None:
        """Best ask for YES, or None."""
        best_e4 = self._top[2]
        return best_e4 if best_e4 != EMPTY_ASK_E4 else None

    @property
    def bid_size_e6(self) -> int:
        """Size at the best bid for YES, 0 on an empty side."""
        return self._top[1]

    @property
    def ask_size_e6(self) -> int:
        """Size at the best ask for YES, 0 on an empty side."""
        return self._top[3]

    @property
    def two_sided(self) -> bool:
        """Whether YES has a bid and an ask."""
        return self._top[0] != EMPTY_BID_E4 and self._top[2] != EMPTY_ASK_E4

    @property
    def crossed(self) -> bool:
        """Whether the YES bid reaches the YES ask."""
        return self._top[0] >= self._top[2]

    @property
    def mid_e4(self) -> float | None:
        """Middle of YES, or None while a side is empty or the book is crossed."""
        return (self._top[0] + self._top[2]) / 2 if self.two_sided and not self.crossed else None

    def displayed_e6(self, is_bid: bool, yes_price_e4: int) -> int:
        """Size shown at one price of YES."""
        if self.yes.trusted or not self.no.trusted:  # `_view_is_yes`, written out: asked for each order at each event
            return (self.yes.bids if is_bid else self.yes.asks).get(yes_price_e4, 0)
        return self.no.size_at(not is_bid, PRICE_ONE_E4 - yes_price_e4)

    def levels(self, is_bid: bool, depth: int | None = None) -> list[tuple[int, int]]:
        """Levels of YES as (price_e4, size_e6), best first."""
        if self._view_is_yes():
            return self.yes.levels(is_bid, depth)
        return [(PRICE_ONE_E4 - price_e4, size_e6) for price_e4, size_e6 in self.no.levels(not is_bid, depth)]

    def depth_usd(self, is_bid: bool, within_e4: int) -> float:
        """Dollars shown on one side of YES within a distance of its best price."""
        levels = self.levels(is_bid)
        return usd(sum(p * s for p, s in levels if abs(p - levels[0][0]) <= within_e4))

    def confirm(self, now_ns: int) -> None:
        """The feed is known to have said everything up to now: what stands has stood until now."""
        self.updated_ns = max(self.updated_ns, now_ns)

    def age_ms(self, now_ns: int) -> int:
        """Milliseconds since the last event that the book took in."""
        return (now_ns - self.updated_ns) // NS_PER_MS

    def _view_is_yes(self) -> bool:
        """YES speaks for itself unless only NO can be trusted."""
        return self.yes.trusted or not self.no.trusted

    def _top_changed(self) -> bool:
        if self._view_is_yes():
            book = self.yes
            top = (book.best_bid_e4, book.bid_size_e6, book.best_ask_e4, book.ask_size_e6)
        else:
            book = self.no
            bid_e4, ask_e4 = PRICE_ONE_E4 - book.best_ask_e4, PRICE_ONE_E4 - book.best_bid_e4
            top = (bid_e4, book.ask_size_e6, ask_e4, book.bid_size_e6)
        if top == self._top:
            return False
        self._top = top
        return True

    def _token(self, asset_id: str) -> TokenBook | None:
        if asset_id == self.yes.asset_id:
            return self.yes
        if asset_id == self.no.asset_id:
            return self.no
        self.foreign += 1
        return None

    def _settle(self, book: TokenBook, change: LevelChange, doubtful: TokenBook | None) -> TokenBook | None:
        """Bring a book to the venue's own best prices as far as dropping levels can; returns the token in doubt.

        Doubt is judged after the whole batch: an early entry may name a best price that a later one brings.
        """
        bid_e4, ask_e4 = change.best_bid_e4, change.best_ask_e4
        stated = bid_e4 is not None and ask_e4 is not None
        # What the venue does not state is not in question, except that a side may not vanish without a word.
        bid_e4 = book.best_bid_e4 if bid_e4 is None else bid_e4
        ask_e4 = book.best_ask_e4 if ask_e4 is None else ask_e4
        self.trimmed += book.trim_to(bid_e4, ask_e4)
        vanished = bid_e4 == EMPTY_BID_E4 if change.is_bid else ask_e4 == EMPTY_ASK_E4
        agrees = (bid_e4, ask_e4) == (book.best_bid_e4, book.best_ask_e4) and (stated or not vanished)
        if book.crossed:
            self.crossed_states += 1
            return book
        if not agrees:
            return book if book.trusted else doubtful
        if stated and not self._snapshots_seen:
            self._trust(book)
        return None if doubtful is book else doubtful

    def _on_snapshot(self, event: BookSnapshot) -> None:
        book = self._token(event.asset_id)
        if book is None:
            return
        if event.tick_e4 is not None and event.tick_e4 != self.tick_e4:
            self._new_tick(event.tick_e4)
        self._snapshots_seen = True
        book.snapshot(event.bids, event.asks)
        if book.best_bid_e4 % self.tick_e4 or book.best_ask_e4 % self.tick_e4:
            self._new_tick(tick_of_grid(book.grid_e4(self.tick_e4)))
        if book.crossed:
            self.crossed_states += 1
            self._distrust()
        else:
            self._trust(book)

    def _on_trade(self, event: TradePrinted) -> None:
        self.last_trade = event

    def _on_tick(self, event: TickChanged) -> None:
        if event.new_tick_e4 == self.tick_e4:
            return  # the other token's announcement of the same change
        self._new_tick(event.new_tick_e4)
        self._distrust()
        self.yes.clear()
        self.no.clear()

    def _on_top(self, event: TopQuoted) -> None:
        book = self._token(event.asset_id)
        stated = (event.best_bid_e4, event.best_ask_e4)
        if book is not None and book.trusted and stated != (book.best_bid_e4, book.best_ask_e4):
            self._distrust()

    def _on_interrupted(self, event: FeedInterrupted) -> None:
        self._distrust()

    def _missed_tick(self, price_e4: int) -> int:
        """A best price off the grid proves that the tick became finer and that we were not told."""
        self._new_tick(tick_of_grid(gcd(self.tick_e4, price_e4)))
        if self._snapshots_seen:
            self._distrust()
        return self.tick_e4

    def _new_tick(self, tick_e4: int) -> None:
        self.tick_e4 = tick_e4
        self.tick_changes += 1

    def _trust(self, book: TokenBook) -> None:
        book.trusted = True
        self.state = BookState.LIVE

    def _distrust(self) -> None:
        """One doubtful token makes the whole market wait: what was missed may have been missed on both."""
        if self.state is BookState.LIVE:
            self.resyncs += 1
            self.state = BookState.RESYNC
        self.yes.trusted = self.no.trusted = False


def tick_of_grid(grid_e4: int) -> int:
    """The largest tick of the venue whose multiples hold a grid."""
    return next(tick_e4 for tick_e4 in TICKS_E4 if grid_e4 % tick_e4 == 0)


_HANDLERS: Final[dict[type[Event], Callable[[MarketBook, Any], None]]] = {
    BookSnapshot: MarketBook._on_snapshot,
    TradePrinted: MarketBook._on_trade,
    TickChanged: MarketBook._on_tick,
    TopQuoted: MarketBook._on_top,
    FeedInterrupted: MarketBook._on_interrupted,
}
