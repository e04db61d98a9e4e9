"""A listing of a feed as a market of the exchange, with its dates moved to the exchange's own time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.instrument import Category, MarketListing
from astra_actors.venues.exchange.market import Market

_FEE_TYPES: Final = {
    Category.CRYPTO: "crypto_fees_v2",
    Category.SPORTS: "sports_fees_v3",
    Category.POLITICS: "politics_fees",
    Category.MACRO: "economics_fees",
    Category.WEATHER: "weather_fees",
    Category.ENTERTAINMENT: "culture_fees",
    Category.OTHER: "general_fees",
}


def market_of(listing: MarketListing, number: int, venue_ms: Callable[[int], int], start_ns: int) -> Market:
    """The market. Dates in the words of a synthetic market are its closing time, and move with it."""
    instrument, fees = listing.instrument, listing.instrument.fees
    close_ms = None if listing.close_ns is None else venue_ms(listing.close_ns)
    question, rules = listing.question, listing.rules
    if listing.synthetic and listing.close_ns is not None and close_ms is not None:
        then, now = _words(listing.close_ns // NS_PER_S), _words(close_ms // 1_000)
        for old, new in zip(then, now, strict=True):
            question, rules = question.replace(old, new), rules.replace(old, new)
    return Market(
        condition_id=instrument.market_id,
        number=number,
        yes=instrument.yes_asset,
        no=instrument.no_asset,
        question=question,
        rules=rules,
        slug=listing.slug,
        event_id=listing.event_id,
        event_title=question,
        outcomes=(listing.outcomes[0], listing.outcomes[1]),
        tags=listing.tags,
        category=listing.category.value,
        tick_e4=instrument.tick_e4,
        min_size_e6=instrument.min_size_e6,
        neg_risk=instrument.neg_risk,
        fee_rate=fees.rate if fees is not None else Decimal(0),
        fee_exponent=fees.exponent if fees is not None else 1,
        rebate=fees.rebate_share if fees is not None else Decimal(0),
        fee_type=_FEE_TYPES[listing.category] if fees is not None and fees.rate else None,
        open_ms=venue_ms(max(listing.open_ns, start_ns)),
        close_ms=close_ms,
        liquidity_usd=listing.liquidity_usd,
    )


def _words(seconds: int) -> tuple[str, str]:
    """How the world writes a time, and how it writes a day."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}", f"{moment:%B} {moment.day}"
