"""The book that a synthetic market shows, in YES terms, and the events that its changes make on both tokens."""

from __future__ import annotations

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.market.events import (
    BookChanged,
    BookSnapshot,
    Event,
    FeedInterrupted,
    LevelChange,
    TickChanged,
    TradePrinted,
)
from astra_actors.market.instrument import Instrument

_BURST_NS = 1_000_000  # changes of one burst are a millisecond apart by the venue's clock
_ONE = PRICE_ONE_E4


class ShownBook:
    """Price levels with their sizes; each change is written to `out`, for both tokens, unless the feed is `mute`."""

    __slots__ = (
        "_flag_wrong", "_market", "_no", "_yes", "asks", "best_ask", "best_bid", "bids", "delay_ns", "last_trade",
        "local_ns", "mute", "out", "swept_to", "tick", "venue_ns",
    )  # fmt: skip

    def __init__(self, instrument: Instrument, *, venue_ns: int, delay_ns: int, flag_wrong: float = 0.0) -> None:
        self._market, self._yes, self._no = instrument.market_id, instrument.yes_asset, instrument.no_asset
        self.tick = instrument.tick_e4
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.best_bid, self.best_ask = 0, _ONE
        self.last_trade: int | None = None
        self.venue_ns, self.delay_ns = venue_ns, delay_ns
        self.local_ns = venue_ns + delay_ns
        self.out: list[Event] = []
        self.mute = False
        self.swept_to = 0  # the last price of the last taker, 0 if the touch withstood it
        self._flag_wrong = flag_wrong

    def move_to(self, venue_ns: int, delay_ns: int) -> None:
        """Advance both clocks; neither goes back, so a slow frame delays the ones behind it."""
        if venue_ns <= self.venue_ns:
            venue_ns = self.venue_ns + _BURST_NS
        self.venue_ns = venue_ns
        local = venue_ns + delay_ns
        self.local_ns = local if local > self.local_ns else self.local_ns + 1_000

    def set_level(self, is_bid: bool, price: int, size: int) -> None:
        """Give one level its new size, 0 to remove it."""
        side = self.bids if is_bid else self.asks
        if size:
            side[price] = size
            if is_bid:
                if price > self.best_bid:
                    self.best_bid = price
            elif price < self.best_ask:
                self.best_ask = price
        else:
            del side[price]
            if is_bid:
                if price == self.best_bid:
                    self.best_bid = max(side) if side else 0
            elif price == self.best_ask:
                self.best_ask = min(side) if side else _ONE
        self.venue_ns = venue_ns = self.venue_ns + _BURST_NS
        self.local_ns = local_ns = self.local_ns + _BURST_NS
        if self.mute:
            return
        bid, ask = self.best_bid, self.best_ask
        yes = LevelChange(self._yes, is_bid, price, size, bid, ask)
        no = LevelChange(self._no, not is_bid, _ONE - price, size, _ONE - ask, _ONE - bid)
        self.out.append(BookChanged(self._market, venue_ns, local_ns, (yes, no)))

    def take(self, *, buys: bool, size: int, limit: int, dice: float) -> int:
        """Walk the levels up to `limit`: one print and one change each. Returns what was taken; see also `swept_to`.

        `dice` decides on which token the taker trades, and whether the feed's flag has its side right.
        """
        side = self.asks if buys else self.bids
        left = size
        self.swept_to = 0
        while left > 0 and side:
            price = self.best_ask if buys else self.best_bid
            if price > limit if buys else price < limit:
                break
            shown = side[price]
            eaten = shown if left >= shown else left
            self._print(buys, price, eaten, dice)
            self.set_level(not buys, price, shown - eaten)
            left -= eaten
            if eaten == shown or left < size - eaten:
                self.swept_to = price
        return size - left

    def _print(self, buys: bool, price: int, size: int, dice: float) -> None:
        self.last_trade = price
        self.venue_ns += _BURST_NS
        self.local_ns += _BURST_NS
        if self.mute:
            return
        says = buys if (dice * 64.0) % 1.0 >= self._flag_wrong else not buys
        if (dice * 16.0) % 1.0 < 0.5:
            trade = TradePrinted(self._market, self.venue_ns, self.local_ns, self._yes, says, price, size)
        else:
            trade = TradePrinted(self._market, self.venue_ns, self.local_ns, self._no, not says, _ONE - price, size)
        self.out.append(trade)

    def interrupt(self) -> None:
        """The stream is lost: what happens now is not told."""
        self.out.append(FeedInterrupted(self._market, self.venue_ns, self.local_ns, "stream lost"))
        self.mute = True

    def resume(self) -> None:
        """The stream is back, with a fresh snapshot."""
        self.mute = False
        self.snapshot()

    def fill(self, bids: dict[int, int], asks: dict[int, int]) -> None:
        """Replace the whole book; nobody is told until `snapshot`."""
        self.bids, self.asks = bids, asks
        self.best_bid = max(bids) if bids else 0
        self.best_ask = min(asks) if asks else _ONE

    def snapshot(self) -> None:
        """Show the whole book on both tokens."""
        if self.mute:
            return
        bids = tuple(sorted(self.bids.items(), reverse=True))
        asks = tuple(sorted(self.asks.items()))
        mirrored_bids = tuple((_ONE - price, size) for price, size in asks)
        mirrored_asks = tuple((_ONE - price, size) for price, size in bids)
        last = self.last_trade
        head = (self._market, self.venue_ns, self.local_ns)
        self.out.append(BookSnapshot(*head, self._yes, bids, asks, self.tick, last))
        self.out.append(
            BookSnapshot(
                *head, self._no, mirrored_bids, mirrored_asks, self.tick, None if last is None else _ONE - last
            )
        )

    def change_tick(self, tick: int) -> None:
        """A finer grid, told on both tokens; the snapshot follows."""
        if not self.mute:
            for asset in (self._yes, self._no):
                self.out.append(TickChanged(self._market, self.venue_ns, self.local_ns, asset, self.tick, tick))
        self.tick = tick
