"""From a market of the venue's catalogue to a listing, or to the one reason why it is none of ours.

What is tradable but not readable (three outcomes, no date) is listed all the same: the definition gate says why it is not
traded, and a person sees it there. What cannot be traded at all, or by an exchange we do not know, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum, unique
from typing import Final

from astra_actors.feeds.gamma_wire import GammaFees, GammaMarket, text_list
from astra_actors.kernel.clock import ns_from_text
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import PRICE_ONE_E4, SIZE_ONE_E6
from astra_actors.market.instrument import TICKS_E4, Category, FeeSchedule, Instrument, MarketListing

VERSIONS: Final = (None, "", "v1")  # the field is younger than the exchange; anything newer is another exchange
MIN_SIZE_E6: Final = 5 * SIZE_ONE_E6  # the venue's usual five shares
_CONDITION_ID: Final = re.compile(r"0x[0-9a-fA-F]{64}")
_TOKEN_ID: Final = re.compile(r"[0-9]{1,78}")
_RESOLVING: Final = ("proposed", "disputed", "settled", "resolved")


@unique
class LeftOut(Enum):
    """Why a market of the catalogue is not listed."""

    CLOSED = "closed, archived, or no longer accepting orders"
    NO_BOOK = "traded without an order book"
    VERSION = "belongs to an exchange version that is not known here"
    RESOLVING = "its outcome is already proposed"
    TOKENS = "its tokens or outcomes cannot be read"
    GRID = "its tick or smallest order cannot be read"
    UNREADABLE = "a field of it cannot be read"
    THIN = "less liquidity than any strategy may trade"


def listing_of(market: GammaMarket, *, liquidity_usd_min: float = 0.0) -> MarketListing | LeftOut:
    """The listing with everything trading needs to know, or why there is none."""
    reason = _barred(market, liquidity_usd_min)
    if reason is not None:
        return reason
    try:
        outcomes = text_list(market.outcomes, "outcomes")
        tokens = text_list(market.clob_token_ids, "clobTokenIds")
        if not _CONDITION_ID.fullmatch(market.condition_id) or not _tokens_ok(tokens, outcomes):
            return LeftOut.TOKENS
        tick_e4, min_size_e6 = _grid(market)
        if tick_e4 not in TICKS_E4 or min_size_e6 <= 0:
            return LeftOut.GRID
        return _listing(market, tokens, outcomes, tick_e4, min_size_e6)
    except (BadInput, ArithmeticError):
        return LeftOut.UNREADABLE


def fees_of(enabled: bool | None, schedule: GammaFees | None) -> FeeSchedule | None:
    """The market's fees: none where they are off, None where they are on and the schedule cannot be read."""
    if schedule is None or schedule.rate is None:
        return None if enabled else FeeSchedule()
    exponent = Decimal(1) if schedule.exponent is None else schedule.exponent
    if exponent != exponent.to_integral_value() or not 1 <= exponent <= 4:
        return None
    try:
        return FeeSchedule(rate=schedule.rate, exponent=int(exponent), rebate_share=schedule.rebateRate or Decimal(0))
    except BadInput:
        return None


def fees_of_fd(fd: Mapping[str, object] | None) -> FeeSchedule | None:
    """The fees as the order book's own market info gives them: `{r, e, to}`, where nothing means no fee."""
    if not fd:
        return FeeSchedule()
    try:
        rate, exponent = Decimal(str(fd["r"])), Decimal(str(fd.get("e", 1)))
    except (KeyError, ArithmeticError):
        return None
    return fees_of(True, GammaFees(rate=rate, exponent=exponent))


def category_of(market: GammaMarket, tags: tuple[str, ...]) -> Category:
    """From the venue's tags first, then from the kind of game, and from words only as a fallback (methods §19.3, 35c)."""
    for category, names in _TAGS.items():
        if any(tag in names for tag in tags):
            return category
    if market.sports_market_type or market.game_id:
        return Category.SPORTS
    return Category.CRYPTO if underlying_of(market.question) else Category.OTHER


def underlying_of(question: str) -> str:
    """The coin a question names as a whole word; wrapped and staked relatives are other things (methods §18.14)."""
    words = re.findall(r"[a-z]+", question.lower())
    if any(word in _RELATIVES for word in words):
        return ""
    found = [coin for word in words if (coin := _COINS.get(word))]
    return found[0] if found and len(dict.fromkeys(found)) == 1 else ""


def _barred(market: GammaMarket, liquidity_usd_min: float) -> LeftOut | None:
    if market.closed or market.archived or not market.accepting_orders:
        return LeftOut.CLOSED
    if not market.enable_order_book:
        return LeftOut.NO_BOOK
    if market.version not in VERSIONS:
        return LeftOut.VERSION
    if market.uma_resolution_status in _RESOLVING:
        return LeftOut.RESOLVING
    return LeftOut.THIN if (market.liquidity_num or 0.0) < liquidity_usd_min else None


def _tokens_ok(tokens: tuple[str, ...], outcomes: tuple[str, ...]) -> bool:
    distinct = dict.fromkeys(tokens)
    return len(tokens) >= 2 and len(distinct) == len(tokens) == len(outcomes) and all(map(_TOKEN_ID.fullmatch, tokens))


def _grid(market: GammaMarket) -> tuple[int, int]:
    tick = market.order_price_min_tick_size
    scaled = Decimal(0) if tick is None else tick * PRICE_ONE_E4
    tick_e4 = int(scaled) if scaled == scaled.to_integral_value() else 0
    size = market.order_min_size
    return tick_e4, MIN_SIZE_E6 if size is None else int(size * SIZE_ONE_E6)


def _listing(
    market: GammaMarket, tokens: tuple[str, ...], outcomes: tuple[str, ...], tick_e4: int, min_size_e6: int
) -> MarketListing:
    events = market.events or []
    labels = [*(market.tags or []), *(tag for event in events for tag in event.tags or [])]
    tags = tuple(dict.fromkeys(tag.slug for tag in labels if tag.slug))
    category = category_of(market, tags)
    opened = market.start_date or market.created_at
    return MarketListing(
        instrument=Instrument(
            market_id=market.condition_id,
            yes_asset=tokens[0],
            no_asset=tokens[1],
            tick_e4=tick_e4,
            min_size_e6=min_size_e6,
            neg_risk=bool(market.neg_risk),
            fees=fees_of(market.fees_enabled, market.fee_schedule),
        ),
        question=market.question,
        rules=market.description or "",
        category=category,
        event_id=events[0].id if events else "",
        slug=market.slug,
        event_type=_event_type(category, tags),
        tags=tags,
        open_ns=ns_from_text(opened, field="startDate") if opened else 0,
        close_ns=ns_from_text(market.end_date, field="endDate") if market.end_date else None,
        volume24h_usd=market.volume24hr or 0.0,
        liquidity_usd=market.liquidity_num or 0.0,
        outcomes=outcomes,
        underlying=underlying_of(market.question) if category is Category.CRYPTO else "",
    )


def _event_type(category: Category, tags: tuple[str, ...]) -> str:
    if category is Category.POLITICS and any("election" in tag or tag == "primaries" for tag in tags):
        return "election"
    return category.value if category in (Category.CRYPTO, Category.SPORTS) else "other"


# In the order in which they are asked: a rate decision is also tagged `politics`, a coin's price also `finance`.
_TAGS: Final[dict[Category, tuple[str, ...]]] = {
    Category.SPORTS: ("sports", "soccer", "nba", "nfl", "nhl", "mlb", "tennis", "esports", "games"),
    Category.WEATHER: ("weather", "climate", "temperature", "hurricanes"),
    Category.CRYPTO: ("crypto", "crypto-prices", "bitcoin", "ethereum", "solana", "up-or-down"),
    Category.MACRO: ("fed", "fed-rates", "fomc", "economy", "economic-policy", "inflation", "gdp", "finance", "stocks"),
    Category.ENTERTAINMENT: ("pop-culture", "culture", "entertainment", "movies", "music", "awards", "celebrities"),
    Category.POLITICS: ("politics", "elections", "geopolitics", "world", "trump", "us-presidential-election"),
}
_COINS: Final = {
    "btc": "BTC", "bitcoin": "BTC", "eth": "ETH", "ethereum": "ETH", "sol": "SOL", "solana": "SOL",
    "xrp": "XRP", "ripple": "XRP", "doge": "DOGE", "dogecoin": "DOGE",
}  # fmt: skip
_RELATIVES: Final = ("ethena", "susde", "usde", "wbtc", "renbtc", "steth", "seth", "reth", "cbeth")
