"""Frames of the user channel, strictly read: a hostile one costs itself and is counted, a new kind is passed over."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from astra_actors.kernel.errors import WireError
from astra_actors.kernel.nesting import too_deep
from astra_actors.venues.clob.user_rows import OrderRow, OrderSeen, Text, TradeRow, TradeSeen, order_seen, trade_seen

T = TypeVar("T")
FRAME_BYTES_MAX: Final = 1_048_576  # a trade with a thousand makers is a third of it
_PLAIN: Final = frozenset({b"PONG", b"PING", b"INVALID OPERATION"})


class _Order(OrderRow, frozen=True, tag_field="event_type", tag="order"):
    type: Text = ""  # PLACEMENT, UPDATE or CANCELLATION


class _Trade(TradeRow, frozen=True, tag_field="event_type", tag="trade"):
    pass


class _Kind(msgspec.Struct):
    event_type: Text


_ROWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_EVENT: Final = msgspec.json.Decoder(_Order | _Trade)
_KIND: Final = msgspec.json.Decoder(_Kind)
_ORDER_ROW: Final = msgspec.json.Decoder(OrderRow)
_TRADE_ROW: Final = msgspec.json.Decoder(TradeRow)
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeError, RecursionError)


class OrderTold(msgspec.Struct, frozen=True):
    """An order event, and whether it says that the order can trade no more."""

    order: OrderSeen
    over: bool


class UserDecoder:
    """Reads frames and rows; counts what it could not."""

    def __init__(self, *, integer_sizes: bool = False) -> None:
        self.frames = self.rejected = self.unknown = 0
        self._integer_rows = integer_sizes  # of lists alone: frames have decimals

    def frame(self, raw: bytes | str) -> list[OrderTold | TradeSeen]:
        """The events of a frame in their order. One that cannot be read is left out and counted, its neighbours are not."""
        self.frames += 1
        data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
        if data.strip() in _PLAIN:
            return []
        if len(data) > FRAME_BYTES_MAX or too_deep(data):
            self.rejected += 1
            return []
        try:
            rows = _ROWS.decode(data) if data.lstrip()[:1] == b"[" else [msgspec.Raw(data)]
        except _UNREADABLE:
            self.rejected += 1
            return []
        return [event for row in rows if (event := self._event(row)) is not None]

    def order_row(self, raw: bytes | msgspec.Raw) -> OrderSeen:
        """An order of a list; raises `WireError`, since a list with a hole in it proves nothing."""
        return order_seen(_row(_ORDER_ROW, raw, "order"), integer_sizes=self._integer_rows)

    def trade_row(self, raw: bytes | msgspec.Raw) -> TradeSeen:
        """A trade of a list; raises `WireError` likewise."""
        return trade_seen(_row(_TRADE_ROW, raw, "trade"), integer_sizes=self._integer_rows)

    def _event(self, raw: msgspec.Raw) -> OrderTold | TradeSeen | None:
        try:
            event = _EVENT.decode(raw)
            if isinstance(event, _Trade):
                return trade_seen(event)
            order = order_seen(event)
            return OrderTold(order, event.type == "CANCELLATION" or order.is_over)
        except WireError:
            self.rejected += 1
        except _UNREADABLE:
            self._count(raw)
        return None

    def _count(self, raw: msgspec.Raw) -> None:
        try:
            kind = _KIND.decode(raw).event_type
        except _UNREADABLE:
            kind = "order"  # not even a kind: unreadable like a broken order
        if kind in ("order", "trade"):
            self.rejected += 1
        else:
            self.unknown += 1


def _row(decoder: msgspec.json.Decoder[T], raw: bytes | msgspec.Raw, name: str) -> T:
    if too_deep(bytes(raw)):
        raise WireError(name, bytes(raw)[:60], "a row nests a few levels")
    try:
        return decoder.decode(raw)
    except _UNREADABLE as error:
        raise WireError(name, bytes(raw)[:60], f"give a row as the venue documents it: {error}") from error
