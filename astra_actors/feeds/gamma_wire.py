"""The venue's catalogue (Gamma) as it stands on the wire: every field optional, because the key set varies by market."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec

from astra_actors.kernel.errors import WireError

_TEXT_LIST: Final = msgspec.json.Decoder(list[str])


class GammaTag(msgspec.Struct, frozen=True):
    """One label of an event or a market."""

    slug: str = ""


class GammaEvent(msgspec.Struct, frozen=True):
    """The event a market belongs to."""

    id: str = ""
    slug: str = ""
    tags: list[GammaTag] | None = None


class GammaFees(msgspec.Struct, frozen=True):
    """`feeSchedule`: the source of truth for fees; the fields with basis points in their names are dead."""

    rate: Decimal | None = None
    exponent: Decimal | None = None
    rebateRate: Decimal | None = None  # noqa: N815 - the venue's own name


class GammaMarket(msgspec.Struct, frozen=True, rename="camel"):
    """One market of a listing page."""

    condition_id: str
    question: str = ""
    slug: str = ""
    description: str | None = None
    version: str | None = None
    outcomes: str | None = None
    outcome_prices: str | None = None
    clob_token_ids: str | None = None
    closed: bool = False
    archived: bool | None = None
    accepting_orders: bool | None = None
    enable_order_book: bool | None = None
    order_price_min_tick_size: Decimal | None = None
    order_min_size: Decimal | None = None
    neg_risk: bool | None = None
    neg_risk_other: bool | None = None
    start_date: str | None = None
    created_at: str | None = None
    end_date: str | None = None
    fees_enabled: bool | None = None
    fee_schedule: GammaFees | None = None
    uma_resolution_status: str | None = None
    volume24hr: float | None = None
    liquidity_num: float | None = None
    sports_market_type: str | None = None
    game_id: Any = None
    events: list[GammaEvent] | None = None
    tags: list[GammaTag] | None = None


class Page(msgspec.Struct, frozen=True):
    """One page of `/markets/keyset`: the last one has no cursor. A market that cannot be read costs only itself."""

    markets: list[msgspec.Raw]
    next_cursor: str | None = None


_PAGE: Final = msgspec.json.Decoder(Page)
_MARKET: Final = msgspec.json.Decoder(GammaMarket, strict=False)


def read_page(body: bytes) -> Page:
    """The page, or `WireError` when it is none."""
    try:
        return _PAGE.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise WireError("page", body[:100], f"expected markets and a cursor: {error}") from error


def read_market(raw: msgspec.Raw | bytes) -> GammaMarket:
    """One market of a page, or `WireError`."""
    try:
        return _MARKET.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ArithmeticError) as error:
        raise WireError("market", bytes(raw)[:100], f"expected a market of the catalogue: {error}") from error


def text_list(text: str | None, field: str) -> tuple[str, ...]:
    """A JSON list that travels inside a string; a missing one is empty."""
    if not text:
        return ()
    try:
        return tuple(_TEXT_LIST.decode(text))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise WireError(field, text[:100], f"expected a JSON list of texts inside a string: {error}") from error
