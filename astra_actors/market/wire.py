"""Frames of the venue's market channel, strictly read into domain events.

A frame is one JSON object or an array of them, or one of a few plain words. What cannot be read raises `WireError` and
costs that frame only. An event type that we do not know yet is counted and its last frames are kept for a person.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any, Final

import msgspec

from astra_actors.kernel.errors import WireError
from astra_actors.kernel.nesting import SAFE_BYTES, too_deep
from astra_actors.kernel.units import NS_PER_MS
from astra_actors.market.events import (
    BookChanged,
    BookSnapshot,
    Event,
    LevelChange,
    MarketResolved,
    PhaseNoted,
    TickChanged,
    TopQuoted,
    TradePrinted,
)
from astra_actors.market.instrument import TICKS_E4
from astra_actors.market.integrity import BookProof
from astra_actors.market.token_book import EMPTY_ASK_E4, EMPTY_BID_E4
from astra_actors.market.wire_types import (
    EVENT_TYPES,
    BookFrame,
    Frame,
    Level,
    NewMarketFrame,
    PriceChangeFrame,
    Prices,
    ResolvedFrame,
    Sizes,
    TickFrame,
    TopFrame,
    TradeFrame,
    best_price_e4,
    exact,
    level_price_e4,
)

FRAME_BYTES_MAX: Final = 1_048_576  # the largest book seen is a hundredth of it
_KEPT_BYTES: Final = 2_048  # of an unknown frame: enough for a person to see what it is
_KINDS_MAX: Final = 64  # names of unknown event types that are counted apart
_PROOFS_MAX: Final = 10_000  # tokens whose book hashes are followed
_PLAIN_TEXT: Final = frozenset({b"PONG", b"PING", b"NO NEW ASSETS", b"INVALID OPERATION"})
_SOURCE: Final = "stream"


class Decoder:
    """Reads frames; keeps its caches and its counts between them."""

    def __init__(
        self, *, unknown_kept: int = 20, prove_books: bool = False, frame_bytes_max: int = FRAME_BYTES_MAX
    ) -> None:
        self.frames = 0
        self.rejected = 0
        self.plain_texts = 0
        self.unknown: dict[str, int] = {}
        self.unknown_last: deque[bytes] = deque(maxlen=unknown_kept)
        self.new_markets: deque[NewMarketFrame] = deque(maxlen=1000)
        self._bytes_max = frame_bytes_max
        self._parse = msgspec.json.Decoder(Frame | list[Frame], strict=False).decode
        self._prices = Prices(level_price_e4)
        self._sizes = Sizes()
        self._bids = Prices(partial(best_price_e4, field="best_bid", empty_e4=EMPTY_BID_E4))
        self._asks = Prices(partial(best_price_e4, field="best_ask", empty_e4=EMPTY_ASK_E4))
        self._known = (self._prices.known, self._sizes, self._bids.known, self._asks.known)
        self._proofs: dict[tuple[str, str], BookProof] | None = {} if prove_books else None

    def decode(self, frame: bytes | str, local_ns: int) -> list[Event]:
        """The events of one frame in their order; raises `WireError` when it cannot be read."""
        self.frames += 1
        try:
            if len(frame) > self._bytes_max:
                raise WireError("frame", len(frame), f"a frame has at most {self._bytes_max:,} bytes")
            if len(frame) > SAFE_BYTES and too_deep(frame):
                raise WireError(
                    "frame", bytes(frame[:40]) if type(frame) is bytes else frame[:40], "a frame nests a few levels"
                )
            message = self._parse(frame)
            if type(message) is PriceChangeFrame:  # nine frames of ten
                prices, sizes, bids, asks = self._known
                changes = []
                try:
                    for entry in message.price_changes:  # a comprehension costs a call, for one or two entries
                        changes.append(  # noqa: PERF401
                            LevelChange(
                                entry.asset_id,
                                entry.side == "BUY",
                                prices[entry.price],
                                sizes[entry.size],
                                bids[entry.best_bid],
                                asks[entry.best_ask],
                            )
                        )
                except KeyError:  # a price that no frame has shown yet
                    return [self._changed(message, local_ns)]
                return [BookChanged(message.market, message.timestamp * NS_PER_MS, local_ns, tuple(changes))]
            if type(message) is list:
                return [event for one in message for event in self._events(one, local_ns)]
            return self._events(message, local_ns)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            return self._unusual(frame, local_ns, error)
        except WireError:
            self.rejected += 1
            raise

    def _book(self, frame: BookFrame, local_ns: int) -> Event:
        tick, last = frame.tick_size, frame.last_trade_price
        hash_ok = None
        if self._proofs is not None and frame.hash:
            hash_ok, tick, last = self._prove(frame)
        return BookSnapshot(
            frame.market,
            frame.timestamp * NS_PER_MS,
            local_ns,
            frame.asset_id,
            tuple(sorted(self._levels(frame.bids), reverse=True)),
            tuple(sorted(self._levels(frame.asks))),
            _tick(tick) if tick else None,
            self._prices.of(last) if last else None,
            hash_ok,
        )

    def _levels(self, levels: list[Level]) -> list[tuple[int, int]]:
        prices, sizes = self._prices, self._sizes
        try:
            return [(prices.known[level.price], sizes[level.size]) for level in levels]
        except KeyError:
            return [(prices.of(level.price), sizes[level.size]) for level in levels]

    def _prove(self, frame: BookFrame) -> tuple[bool, str | None, str | None]:
        assert self._proofs is not None
        key = (frame.market, frame.asset_id)
        proof = self._proofs.get(key)
        if proof is None:
            if len(self._proofs) >= _PROOFS_MAX:
                self._proofs.clear()
            proof = self._proofs[key] = BookProof()
        if proof.check(frame):
            return True, proof.tick_size, proof.last_trade_price
        return False, frame.tick_size, frame.last_trade_price

    def _events(self, message: Any, local_ns: int) -> list[Event]:
        reader = _READERS[type(message)]
        event = reader(self, message, local_ns)
        return [] if event is None else [event]

    def _changed(self, frame: PriceChangeFrame, local_ns: int) -> Event:
        changes = tuple(
            LevelChange(
                entry.asset_id,
                entry.side == "BUY",
                self._prices.of(entry.price),
                self._sizes[entry.size],
                self._bids.of(entry.best_bid),
                self._asks.of(entry.best_ask),
            )
            for entry in frame.price_changes
        )
        return BookChanged(frame.market, frame.timestamp * NS_PER_MS, local_ns, changes)

    def _trade(self, frame: TradeFrame, local_ns: int) -> Event:
        return TradePrinted(
            frame.market,
            frame.timestamp * NS_PER_MS,
            local_ns,
            frame.asset_id,
            frame.side == "BUY",
            self._prices.of(frame.price),
            self._sizes[frame.size],
        )

    def _tick(self, frame: TickFrame, local_ns: int) -> Event:
        old = None if not frame.old_tick_size else _tick(frame.old_tick_size)
        new = _tick(frame.new_tick_size)
        return TickChanged(frame.market, frame.timestamp * NS_PER_MS, local_ns, frame.asset_id, old, new)

    def _top(self, frame: TopFrame, local_ns: int) -> Event:
        bid_e4, ask_e4 = self._bids.of(frame.best_bid), self._asks.of(frame.best_ask)
        assert bid_e4 is not None  # only what is not stated is None, and here an empty string stands for that
        assert ask_e4 is not None
        return TopQuoted(frame.market, frame.timestamp * NS_PER_MS, local_ns, frame.asset_id, bid_e4, ask_e4)

    def _new_market(self, frame: NewMarketFrame, local_ns: int) -> None:
        self.new_markets.append(frame)

    def _resolved(self, frame: ResolvedFrame, local_ns: int) -> Event:
        venue_ns = frame.timestamp * NS_PER_MS
        outcome = _outcome(frame)
        if outcome is None:  # over, but the frame does not say for whom: another source must
            return PhaseNoted(frame.market, venue_ns, local_ns, "closed")
        return MarketResolved(frame.market, venue_ns, local_ns, outcome, _SOURCE)

    def _unusual(self, frame: bytes | str, local_ns: int, error: Exception) -> list[Event]:
        """Plain words, and frames that hold an event type which we do not know."""
        raw = frame.encode("utf-8", "replace") if isinstance(frame, str) else frame
        if raw.strip() in _PLAIN_TEXT:
            self.plain_texts += 1
            return []
        try:
            found = msgspec.json.decode(raw)
            messages = found if isinstance(found, list) else [found]
            if not any(self._is_unknown(one) for one in messages):
                raise WireError("frame", raw[:120], str(error))
            known = [msgspec.convert(one, Frame, strict=False) for one in messages if not self._is_unknown(one)]
            events = [event for one in known for event in self._events(one, local_ns)]
        except (msgspec.DecodeError, UnicodeError, RecursionError) as cause:
            self.rejected += 1
            raise WireError("frame", raw[:120], str(cause)) from cause
        except WireError:
            self.rejected += 1
            raise
        for one in messages:
            if self._is_unknown(one):
                self._count_unknown(one["event_type"], raw)
        return events

    @staticmethod
    def _is_unknown(message: Any) -> bool:
        kind = message.get("event_type") if isinstance(message, dict) else None
        return isinstance(kind, str) and kind not in EVENT_TYPES

    def _count_unknown(self, kind: str, raw: bytes) -> None:
        kind = kind[:40]
        if kind not in self.unknown and len(self.unknown) >= _KINDS_MAX:
            kind = "(more)"
        self.unknown[kind] = self.unknown.get(kind, 0) + 1
        self.unknown_last.append(raw[:_KEPT_BYTES])


_READERS: Final[dict[type, Any]] = {
    BookFrame: Decoder._book,
    PriceChangeFrame: Decoder._changed,
    TradeFrame: Decoder._trade,
    TickFrame: Decoder._tick,
    TopFrame: Decoder._top,
    NewMarketFrame: Decoder._new_market,
    ResolvedFrame: Decoder._resolved,
}


def _tick(text: str) -> int:
    tick_e4 = exact(text, 4, "tick_size")
    if tick_e4 not in TICKS_E4:
        raise WireError("tick_size", text, f"the venue's ticks are {TICKS_E4} in 1/10,000 dollar")
    return tick_e4


def _outcome(frame: ResolvedFrame) -> str | None:
    """YES or NO by the winner's place among the tokens (index 0 is the first outcome), else by its label."""
    assets = frame.assets_ids or frame.asset_ids
    winner = frame.winning_asset_id or frame.winning_token_id
    if winner and winner in assets[:2]:
        return "YES" if assets[0] == winner else "NO"
    return {"yes": "YES", "no": "NO"}.get(frame.winning_outcome.lower())
