"""A tape against the venue's own words: the book is rebuilt as trading does it and compared after every entry."""

from __future__ import annotations

from dataclasses import dataclass

from astra_actors.feeds.tape import Tape
from astra_actors.market.book import MarketBook
from astra_actors.market.events import BookChanged, BookSnapshot, LevelChange
from astra_actors.market.token_book import EMPTY_ASK_E4, EMPTY_BID_E4


@dataclass(frozen=True, slots=True, kw_only=True)
class BookReplay:
    """What came out of one replay.

    An entry's state is *comparable* when both best prices that the venue states with it were spoken of before on their
    side (a price is spoken of by an entry or a snapshot; an empty side always counts): a book that starts empty cannot
    hold a level that nobody mentioned. `top_matches` are the comparable states whose rebuilt top equals the venue's.
    """

    frames: int
    entries: int
    trades: int
    markets: int
    assets: int
    comparable: int
    top_matches: int
    crossed_states: int
    hash_checked: int
    hash_ok: int
    tick_changes: int
    resyncs: int
    trimmed: int
    rejected_frames: int
    tops: dict[str, dict[str, int]]


class _Comparison:
    """Counts, for one market, how often the rebuilt top equals the venue's."""

    __slots__ = ("_spoken", "comparable", "top_matches")

    def __init__(self) -> None:
        self._spoken: dict[tuple[str, bool], set[int]] = {}
        self.comparable = self.top_matches = 0

    def on_snapshot(self, event: BookSnapshot) -> None:
        self._of(event.asset_id, True).update(price_e4 for price_e4, _ in event.bids)
        self._of(event.asset_id, False).update(price_e4 for price_e4, _ in event.asks)

    def on_change(self, change: LevelChange, book: MarketBook) -> None:
        self._of(change.asset_id, change.is_bid).add(change.price_e4)
        bid_e4, ask_e4 = change.best_bid_e4, change.best_ask_e4
        if bid_e4 is None or ask_e4 is None:
            return
        if bid_e4 in self._of(change.asset_id, True) and ask_e4 in self._of(change.asset_id, False):
            token = book.yes if change.asset_id == book.yes.asset_id else book.no
            self.comparable += 1
            self.top_matches += (token.best_bid_e4, token.best_ask_e4) == (bid_e4, ask_e4)

    def _of(self, asset_id: str, is_bid: bool) -> set[int]:
        empty_e4 = EMPTY_BID_E4 if is_bid else EMPTY_ASK_E4
        return self._spoken.setdefault((asset_id, is_bid), {empty_e4})


def replay_book(tape: Tape) -> BookReplay:
    """Run the whole tape through `MarketBook.apply`, market by market, and compare."""
    books: list[MarketBook] = []
    comparisons: list[_Comparison] = []
    for listing in tape.listings():
        book, comparison = MarketBook(listing.instrument), _Comparison()
        for event in tape.events(listing.market_id, tape.start_ns, tape.end_ns):
            book.apply(event)
            if type(event) is BookChanged:
                for change in event.changes:
                    comparison.on_change(change, book)
            elif type(event) is BookSnapshot:
                comparison.on_snapshot(event)
        books.append(book)
        comparisons.append(comparison)
    stats = tape.stats
    return BookReplay(
        frames=stats.frames,
        entries=stats.entries,
        trades=stats.trades,
        markets=stats.markets,
        assets=stats.assets,
        comparable=sum(one.comparable for one in comparisons),
        top_matches=sum(one.top_matches for one in comparisons),
        crossed_states=sum(book.crossed_states for book in books),
        hash_checked=stats.hash_checked,
        hash_ok=stats.hash_ok,
        tick_changes=sum(book.tick_changes for book in books),
        resyncs=sum(book.resyncs for book in books),
        trimmed=sum(book.trimmed for book in books),
        rejected_frames=stats.rejected_frames,
        tops={
            token.asset_id: {"bid_e4": token.best_bid_e4, "ask_e4": token.best_ask_e4}
            for book in books
            for token in (book.yes, book.no)
        },
    )
