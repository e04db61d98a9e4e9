"""Orders and trades of ours as the venue writes them, on the user channel and in its lists, strictly read into values.

The two places differ in small ways that its own sources do not agree on (polymarket.md 11.4): a prefix before a status,
sizes in shares or in millionths, blanks where a killed order has nothing to say. All of them are read here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, unique
from typing import Annotated, Final

import msgspec

from astra_actors.kernel.errors import BadInput, WireError
from astra_actors.kernel.units import SIZE_ONE_E6, price_e4, size_e6
from astra_actors.market.instrument import Side, complement_e4

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Text = Annotated[str, msgspec.Meta(max_length=512)]
Number = Annotated[str, msgspec.Meta(max_length=32)] | int | None
_SIZE_E6_MAX: Final = 10**15  # a billion shares
_BLANK: Final = ("", None)


@unique
class Settling(Enum):
    """Where the settlement of a trade stands."""

    MATCHED = "MATCHED"
    RETRYING = "RETRYING"
    MINED = "MINED"
    CONFIRMED = "CONFIRMED"
    FAILED = "FAILED"

    @property
    def is_over(self) -> bool:
        """Whether the venue has nothing more to do."""
        return self in (Settling.CONFIRMED, Settling.FAILED)

    @property
    def is_spendable(self) -> bool:
        """Whether what was bought is there to be sold: a match alone is not."""
        return self in (Settling.MINED, Settling.CONFIRMED)


class MakerRow(msgspec.Struct, frozen=True):
    """One resting order's part of a trade."""

    order_id: Id
    matched_amount: Number
    price: Number
    asset_id: Id
    owner: Text = ""
    maker_address: Text = ""
    side: Text = ""


class TradeRow(msgspec.Struct, frozen=True):
    """A trade as `/data/trades` lists it."""

    id: Id
    market: Id
    asset_id: Id
    side: Text
    size: Number
    price: Number
    status: Text
    taker_order_id: Text = ""
    trader_side: Text = ""
    owner: Text = ""
    maker_address: Text = ""
    match_time: Number = None
    matchtime: Number = None
    transaction_hash: Text | None = None
    maker_orders: list[MakerRow] | None = None


class OrderRow(msgspec.Struct, frozen=True):
    """An order as `/data/orders` lists it."""

    id: Id
    market: Id
    asset_id: Id
    side: Text
    original_size: Number
    size_matched: Number
    price: Number
    status: Text
    owner: Text = ""
    maker_address: Text = ""
    associate_trades: list[Id] | None = None
    expiration: Number = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One order's part of a trade, in its own token."""

    venue_id: str
    owner: str
    maker_address: str
    token_id: str
    side: Side
    price_e4: int
    size_e6: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeSeen:
    """A trade: `taker` once for each price it got, `makers` once for each order that rested."""

    trade_id: str
    condition_id: str
    settling: Settling
    matched_s: int
    we_took: bool
    taker: tuple[Leg, ...]
    makers: tuple[Leg, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    """An order: what it asked for, how much of it matched, and the trades it names. A killed order's numbers are blank."""

    venue_id: str
    condition_id: str
    token_id: str
    side: Side
    price_e4: int | None
    size_e6: int | None
    matched_e6: int | None
    status: str
    trade_ids: tuple[str, ...]
    owner: str = ""

    @property
    def is_over(self) -> bool:
        """Whether the venue took it off; one that traded to the end is told by its trades."""
        return self.status.startswith("CANCEL") or self.status == "INVALID"


def order_seen(row: OrderRow, *, integer_sizes: bool = False) -> OrderSeen:
    """The order of a row; raises `WireError`."""
    return OrderSeen(
        venue_id=row.id.lower(),
        condition_id=row.market,
        token_id=row.asset_id,
        side=_side(row.side),
        price_e4=None if row.price in _BLANK else _price(row.price),
        size_e6=None if row.original_size in _BLANK else _size(row.original_size, integer=integer_sizes),
        matched_e6=None if row.size_matched in _BLANK else _size(row.size_matched, integer=integer_sizes),
        status=row.status.removeprefix("ORDER_STATUS_"),
        trade_ids=tuple(row.associate_trades or ()),
        owner=row.owner,
    )


def trade_seen(row: TradeRow, *, integer_sizes: bool = False) -> TradeSeen:
    """The trade of a row; raises `WireError`. The taker's prices follow from the makers', exactly."""
    side = _side(row.side)
    makers: dict[tuple[str, str, int], Leg] = {}
    taken: dict[int, int] = {}
    for maker in row.maker_orders or ():
        leg = _maker(maker, row, side, integer=integer_sizes)
        key = (leg.venue_id, leg.token_id, leg.price_e4)
        known = makers.get(key)
        makers[key] = leg if known is None else replace(known, size_e6=known.size_e6 + leg.size_e6)
        own_e4 = leg.price_e4 if leg.token_id == row.asset_id else complement_e4(leg.price_e4)
        taken[own_e4] = taken.get(own_e4, 0) + leg.size_e6
    if not taken:  # a row without its makers has one price, and it is on the grid or unreadable
        taken[_price(row.price)] = _size(row.size, integer=integer_sizes)
    return TradeSeen(
        trade_id=row.id,
        condition_id=row.market,
        settling=_settling(row.status),
        matched_s=_seconds(row.match_time if row.match_time is not None else row.matchtime),
        we_took=row.trader_side.upper() != "MAKER",
        taker=tuple(
            Leg(
                venue_id=row.taker_order_id.lower(),
                owner=row.owner,
                maker_address=row.maker_address,
                token_id=row.asset_id,
                side=side,
                price_e4=price,
                size_e6=size,
            )
            for price, size in taken.items()
        ),
        makers=tuple(makers.values()),
    )


def _maker(maker: MakerRow, row: TradeRow, taker_side: Side, *, integer: bool) -> Leg:
    """A maker's leg. Without a side: in the taker's token it is the other one, in the complement the same (mint, merge)."""
    implied = taker_side.other if maker.asset_id == row.asset_id else taker_side
    return Leg(
        venue_id=maker.order_id.lower(),
        owner=maker.owner,
        maker_address=maker.maker_address,
        token_id=maker.asset_id,
        side=_side(maker.side) if maker.side else implied,
        price_e4=_price(maker.price),
        size_e6=_size(maker.matched_amount, integer=integer),
    )


def _side(text: str) -> Side:
    try:
        return Side(text.upper())
    except ValueError:
        raise WireError("side", text[:40], "a side is BUY or SELL") from None


def _settling(text: str) -> Settling:
    plain = text.removeprefix("TRADE_STATUS_")
    try:
        return Settling("MATCHED" if plain == "MATCHED_NOT_BROADCASTED" else plain)
    except ValueError:
        raise WireError("status", text[:40], f"a trade is one of {', '.join(Settling.__members__)}") from None


def _price(value: str | int | None) -> int:
    try:
        return price_e4("" if value is None else value)
    except BadInput as error:
        raise WireError("price", value, "a price is a decimal in [0, 1] with up to four digits") from error


def _size(value: str | int | None, *, integer: bool) -> int:
    try:
        size = size_e6("" if value is None else value)
    except BadInput as error:
        raise WireError("size", value, "a size is a decimal with up to six digits") from error
    if integer:
        size, rest = divmod(size, SIZE_ONE_E6)
        if rest:
            raise WireError("size", value, "sizes of this list are whole millionths; it is the other form")
    if size > _SIZE_E6_MAX:
        raise WireError("size", value, "nobody trades a billion shares")
    return size


def _seconds(value: str | int | None) -> int:
    """Seconds since the epoch, also where milliseconds or nothing came."""
    text = str(value or 0)
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise WireError("match_time", text[:40], "a time is in whole seconds")
    seconds = int(text)
    return seconds // 1_000 if seconds > 10**11 else seconds
