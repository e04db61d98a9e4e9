"""Who listens to what, and what each hears: frames are made once and only when somebody listens."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from astra_actors.venues.exchange import book_frames as frames
from astra_actors.venues.exchange.keys import ApiKey
from astra_actors.venues.exchange.state import BookTold, Exchange, LevelMoved, Listed, Printed, Resolved, TickMoved

QUEUE_MAX: Final = 20_000  # frames; a listener further behind than that is cut off
SNAPSHOT_ASSETS_MAX: Final = 500  # beyond it the venue sends no snapshots (polymarket.md 4.2)


class Listener:
    """One WebSocket: a queue of texts, emptied by its sender; None in it means to close."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.queue: deque[str | None] = deque()
        self.more = asyncio.Event()
        self.assets: dict[str, None] = {}
        self.custom = False
        self.key: ApiKey | None = None
        self.markets: dict[str, None] = {}  # of a user: none means all
        self.dead = False  # half open: it stands, and nothing comes out of it
        self.silent_until_ms = 0
        self.close_code = 1012  # "service restart": the venue closes without a reason of ours
        self.held: str | None = None  # a frame that the next one overtakes

    def put(self, text: str) -> None:
        """Have a text sent, unless the socket is half open; one too far behind is closed."""
        if self.dead:
            return
        if len(self.queue) >= QUEUE_MAX:
            self.close()
            self.dead = True
            return
        self.queue.append(text)
        self.more.set()

    def close(self, code: int = 1012) -> None:
        """Have the socket closed after what is queued."""
        self.close_code = code
        self.queue.append(None)
        self.more.set()


class Hub:
    """Every listener, and the one place where words become frames."""

    def __init__(self, x: Exchange, now_ms: Callable[[], int]) -> None:
        self._x, self._now_ms = x, now_ms
        x.hear = self._hear
        self._ready: list[tuple[Listener, str]] = []  # made, and sent once the disk has what they tell
        self._numbers = 0
        self.by_asset: dict[str, dict[Listener, None]] = {}
        self.by_key: dict[str, dict[Listener, None]] = {}
        self.custom: dict[Listener, None] = {}
        self.everyone: dict[Listener, None] = {}
        self.sent: Counter[str] = Counter()
        self._tops: dict[str, tuple[int | None, int | None]] = {}

    def join(self) -> Listener:
        """A new socket."""
        self._numbers += 1
        listener = Listener(self._numbers)
        self.everyone[listener] = None
        return listener

    def leave(self, listener: Listener) -> None:
        """A socket is gone."""
        self.everyone.pop(listener, None)
        self.custom.pop(listener, None)
        for asset in listener.assets:
            self.by_asset.get(asset, {}).pop(listener, None)
        if listener.key is not None:
            self.by_key.get(listener.key.key, {}).pop(listener, None)

    def subscribe(self, listener: Listener, assets: Iterable[str], *, custom: bool, dump: bool, now_ms: int) -> bool:
        """Add tokens and send their books; False when nothing was new."""
        if custom:
            listener.custom = True
            self.custom[listener] = None
        fresh = [asset for asset in dict.fromkeys(assets) if asset not in listener.assets]
        for asset in fresh:
            listener.assets[asset] = None
            self.by_asset.setdefault(asset, {})[listener] = None
        missing = self._x.faults.hits("missing_snapshot", listener.number, len(listener.assets))
        if dump and fresh and len(listener.assets) <= SNAPSHOT_ASSETS_MAX and not missing:
            books = [self._book(asset, now_ms) for asset in fresh if self._serves(asset)]
            if books:
                self._send((listener,), books, "book", now_ms)
                self.publish()
        return bool(fresh)

    def unsubscribe(self, listener: Listener, assets: Iterable[str]) -> None:
        """Drop tokens."""
        for asset in assets:
            if listener.assets.pop(asset, 0) is None:
                self.by_asset[asset].pop(listener, None)

    def admit(self, listener: Listener, key: ApiKey) -> None:
        """A user channel has shown its credentials."""
        listener.key = key
        self.by_key.setdefault(key.key, {})[listener] = None

    def publish(self) -> None:
        """Send everything that has been said since the last time."""
        ready, self._ready = self._ready, []
        users, self._x.users = self._x.users, []
        for ear, text in ready:
            ear.put(text)
        for owner, market_id, frame in users:
            self._user_word(owner, market_id, frame)

    # -- markets ------------------------------------------------------------------------------------------------------

    def _hear(self, market_id: str, word: Any) -> None:
        """Make the frames of a word now: what they say of the book is true now, and may not be a moment later."""
        if self.everyone:
            self._market_word(market_id, word, self._now_ms())

    def _market_word(self, market_id: str, word: Any, now_ms: int) -> None:
        x, market = self._x, self._x.markets[market_id]
        if isinstance(word, Listed | Resolved):
            return self._life_word(market_id, word, now_ms)
        ears = {**self.by_asset.get(market.yes, {}), **self.by_asset.get(market.no, {})}
        if not ears:
            return None
        book = x.books[market_id]
        if isinstance(word, LevelMoved):
            frame = frames.level_frame(
                market, book, is_bid=word.is_bid, yes_e4=word.yes_e4, now_ms=now_ms, switches=x.switches
            )
            self._send(ears, frame, "price_change", now_ms)
        else:
            for yes in (True, False):
                own = self.by_asset.get(market.asset(yes=yes), {})
                if not own:
                    continue
                if isinstance(word, BookTold):
                    told = frames.book_frame(market, book, x.switches, yes=yes, now_ms=now_ms, first=False)
                    self._send(own, told, "book", now_ms)
                elif isinstance(word, TickMoved):
                    self._send(own, frames.tick_frame(market, word, now_ms, yes=yes), "tick_size_change", now_ms)
                elif isinstance(word, Printed) and (word.is_yes is yes or x.switches.last_trade_tokens == "both"):
                    self._send(own, frames.print_frame(market, word, now_ms, yes=yes), "last_trade_price", now_ms)
        if isinstance(word, LevelMoved | BookTold):  # before these the listeners' books are not there yet
            self._top(market_id, ears, now_ms)
        return None

    def _top(self, market_id: str, ears: dict[Listener, None], now_ms: int) -> None:
        book, market = self._x.books[market_id], self._x.markets[market_id]
        top = book.top(yes=True)
        if self._tops.get(market_id) == top:
            return
        self._tops[market_id] = top
        custom = [ear for ear in ears if ear.custom]
        for yes in (True, False):
            mine = [ear for ear in custom if market.asset(yes=yes) in ear.assets]
            if mine:
                frame = frames.top_frame(market, book, now_ms, self._x.switches, yes=yes)
                self._send(mine, frame, "best_bid_ask", now_ms)

    def _life_word(self, market_id: str, word: Listed | Resolved, now_ms: int) -> None:
        market = self._x.markets[market_id]
        if isinstance(word, Listed):
            self._send(self.custom, frames.new_market_frame(market, now_ms), "new_market", now_ms)
        elif self._x.switches.resolved_frame == "sent":
            ears = [ear for ear in self.custom if market.yes in ear.assets or market.no in ear.assets]
            self._send(ears, frames.resolved_frame(market, now_ms), "market_resolved", now_ms)

    def _serves(self, asset: str) -> bool:
        market = self._x.markets.get(self._x.market_of.get(asset, ""))
        return market is not None and market.visible_on_clob and not market.closed

    def _book(self, asset: str, now_ms: int) -> dict[str, Any]:
        market = self._x.markets[self._x.market_of[asset]]
        book = self._x.books[market.condition_id]
        return frames.book_frame(market, book, self._x.switches, yes=market.is_yes(asset), now_ms=now_ms, first=True)

    def _send(self, ears: Iterable[Listener], content: Any, kind: str, now_ms: int) -> None:
        text = ""
        for ear in ears:
            if now_ms < ear.silent_until_ms:
                continue
            text = text or msgspec.json.encode(content).decode()
            self.sent[kind] += 1
            self._ready.append((ear, text))

    # -- users --------------------------------------------------------------------------------------------------------

    def _user_word(self, owner: str, market_id: str, frame: dict[str, Any]) -> None:
        ears = self.by_key.get(owner)
        if not ears:
            return
        text = msgspec.json.encode(frame).decode()
        faults = self._x.faults
        for ear in ears:
            if ear.markets and market_id not in ear.markets:
                continue
            self.sent[frame["event_type"]] += 1
            count = self.sent["order"] + self.sent["trade"]
            held, ear.held = ear.held, None
            if held is None and faults.hits("reorder_frame", ear.number, count):
                ear.held = text
                continue
            ear.put(text)
            if faults.hits("duplicate_frame", ear.number, count):
                ear.put(text)
            if held is not None:
                ear.put(held)

    def release(self) -> None:
        """Send the frames that were held back for one that has not come."""
        for ears in self.by_key.values():
            for ear in ears:
                if ear.held is not None:
                    ear.put(ear.held)
                    ear.held = None
