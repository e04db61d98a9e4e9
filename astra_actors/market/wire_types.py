"""The venue's market-channel frames as they stand on the wire, and the exact numbers behind their decimal strings.

Text becomes an integer through bounded caches: a market repeats the same few hundred prices and sizes all day, and a
dictionary hit costs a twentieth of parsing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Final, Generic, Literal, TypeVar

import msgspec

from astra_actors.kernel.errors import WireError
from astra_actors.kernel.units import PRICE_ONE_E4

_CACHE_MAX: Final = 65_536  # entries, about 10 MB a cache when full; a hostile feed cannot grow it further
_TENS: Final = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
_DECIMAL: Final = re.compile(r"(\d{0,15})(?:\.(\d{0,24}))?", re.ASCII)  # no sign, no exponent, no NaN, no blanks


Text = TypeVar("Text", str, str | None)
Number = TypeVar("Number")
Side = Literal["BUY", "SELL"]  # of the level on its token; of the taker, as the feed believes, on a trade


class Level(msgspec.Struct, frozen=True, gc=False):
    """One level of a `book` frame."""

    price: str
    size: str


class _Frame(msgspec.Struct, frozen=True, gc=False, tag_field="event_type"):
    market: str
    timestamp: Annotated[int, msgspec.Meta(gt=0, le=9_999_999_999_999)]  # ms; lax decoding reads the string as a number


class BookFrame(_Frame, frozen=True, gc=False, tag="book"):
    """Full replacement of one token's book."""

    asset_id: str
    bids: list[Level]
    asks: list[Level]
    hash: str | None = None
    tick_size: str | None = None
    min_order_size: str | None = None
    neg_risk: bool | None = None
    last_trade_price: str | None = None


class PriceChange(msgspec.Struct, frozen=True, gc=False):
    """One entry of a `price_change` frame: the new total size at one price."""

    asset_id: str
    price: str  # the fields stand as the venue sends them: the decoder looks for the next one first
    size: str
    side: Side
    best_bid: str | None = None
    best_ask: str | None = None


class PriceChangeFrame(_Frame, frozen=True, gc=False, tag="price_change"):
    """A batch of level updates."""

    price_changes: list[PriceChange]


class TradeFrame(_Frame, frozen=True, gc=False, tag="last_trade_price"):
    """One public trade; `side` is what the feed says of the taker."""

    asset_id: str
    price: str
    size: str
    side: Side


class TickFrame(_Frame, frozen=True, gc=False, tag="tick_size_change"):
    """The price grid changed."""

    asset_id: str
    new_tick_size: str
    old_tick_size: str | None = None


class TopFrame(_Frame, frozen=True, gc=False, tag="best_bid_ask"):
    """The venue's own statement of a token's top."""

    asset_id: str
    best_bid: str = ""
    best_ask: str = ""


class NewMarketFrame(_Frame, frozen=True, gc=False, tag="new_market"):
    """A market came into being; discovery reads the rest from the listing."""

    slug: str = ""
    question: str = ""
    assets_ids: list[str] = []
    asset_ids: list[str] = []


class ResolvedFrame(_Frame, frozen=True, gc=False, tag="market_resolved"):
    """The venue's word on the outcome; both spellings of both fields occur."""

    assets_ids: list[str] = []
    asset_ids: list[str] = []
    winning_asset_id: str = ""
    winning_token_id: str = ""
    winning_outcome: str = ""


Frame = BookFrame | PriceChangeFrame | TradeFrame | TickFrame | TopFrame | NewMarketFrame | ResolvedFrame
EVENT_TYPES: Final = frozenset(
    {"book", "price_change", "last_trade_price", "tick_size_change", "best_bid_ask", "new_market", "market_resolved"}
)


def exact(text: str, scale_digits: int, field: str) -> int:
    """Decimal text as an integer of 10^-scale_digits; anything finer, signed or not a plain decimal is refused."""
    before, _, after = text.partition(".")
    digits = before + after
    if digits.isdigit() and text.isascii() and len(after) <= scale_digits and len(before) <= 15:
        return int(digits) * _TENS[scale_digits - len(after)]
    match = _DECIMAL.fullmatch(text)  # trailing zeros beyond the scale are fine, everything else is refused
    if match is None or text in ("", "."):
        raise WireError(field, text, "a plain decimal number without sign or exponent is expected")
    whole, fraction = match[1], (match[2] or "").rstrip("0")
    if len(fraction) > scale_digits:
        raise WireError(field, text, f"at most {scale_digits} decimals are possible here")
    return int((whole or "0") + fraction.ljust(scale_digits, "0"))


def level_price_e4(text: str) -> int:
    """The price of a level or trade, strictly between 0 and 1 dollar, in 1/10,000."""
    price_e4 = exact(text, 4, "price")
    if not 0 < price_e4 < PRICE_ONE_E4:
        raise WireError("price", text, "a level lies strictly between 0 and 1 dollar")
    return price_e4


def best_price_e4(text: str | None, field: str, empty_e4: int) -> int | None:
    """A best price: an empty side shows as 0, 1 or an empty string and becomes `empty_e4`; not stated stays None."""
    if text is None:
        return None
    price_e4 = exact(text, 4, field) if text else 0
    if price_e4 > PRICE_ONE_E4:
        raise WireError(field, text, "a best price lies in [0, 1] dollar")
    return price_e4 if 0 < price_e4 < PRICE_ONE_E4 else empty_e4


class Sizes(dict[str, int]):
    """Sizes in 1/1,000,000 share; parses what it does not hold yet, which is one of twelve all day long."""

    def __missing__(self, text: str) -> int:
        size_e6 = exact(text, 6, "size")
        if len(self) >= _CACHE_MAX:
            self.clear()
        self[text] = size_e6
        return size_e6


class Prices(Generic[Text, Number]):
    """Prices by their text; starts over when it is full.

    Soon all are known. So whoever is in a hurry looks into `known` and asks `of` for what is not there: a plain dictionary
    answers twice as fast as one that parses by itself.
    """

    __slots__ = ("_read", "known")

    def __init__(self, read: Callable[[Text], Number]) -> None:
        self.known: dict[Text, Number] = {}
        self._read: Callable[[Text], Number] = read

    def of(self, text: Text) -> Number:
        """The price behind a text; raises `WireError` where it is none."""
        if text not in self.known:
            if len(self.known) >= _CACHE_MAX:
                self.known.clear()
            self.known[text] = self._read(text)
        return self.known[text]
