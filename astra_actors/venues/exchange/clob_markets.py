"""Markets as the order book describes them: the long form, the compact form, and what belongs to them."""

from __future__ import annotations

from typing import Any, Final

from astra_actors.venues.exchange.book_frames import NEVER_TRADED
from astra_actors.venues.exchange.call import KEY, Call, Endpoint
from astra_actors.venues.exchange.gamma_rows import iso
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.money import number
from astra_actors.venues.exchange.pages import page_of
from astra_actors.venues.exchange.refusal import not_found
from astra_actors.venues.exchange.user_frames import trade_row

_ROWS: Final = 1_000
_SIMPLE: Final = ("condition_id", "rewards", "tokens", "active", "closed", "archived", "accepting_orders")


def markets(call: Call) -> dict[str, Any]:
    """`GET /markets`: every market the book knows, oldest first."""
    return page_of(_served(call), call.text("next_cursor"), _ROWS, long_form)


def simplified(call: Call) -> dict[str, Any]:
    """`GET /simplified-markets`."""
    return page_of(_served(call), call.text("next_cursor"), _ROWS, _short)


def market(call: Call) -> dict[str, Any]:
    """`GET /markets/{condition_id}`."""
    return long_form(_named(call))


def by_token(call: Call) -> dict[str, str]:
    """`GET /markets-by-token/{token_id}`."""
    found = call.venue.x.market_by_asset(call.path["token_id"])
    return {"condition_id": found.condition_id, "primary_token_id": found.yes, "secondary_token_id": found.no}


def compact(call: Call) -> dict[str, Any]:
    """`GET /clob-markets/{condition_id}`."""
    return compact_form(_named(call))


def activity(call: Call) -> dict[str, Any]:
    """`GET /markets/live-activity/{condition_id}`."""
    found = _named(call)
    return {
        "condition_id": found.condition_id, "id": str(found.number), "question": found.question,
        "market_slug": found.slug, "event_slug": found.event_id, "series_slug": "", "icon": "", "image": "",
        "tags": list(found.tags),
    }  # fmt: skip


def no_rows(call: Call) -> dict[str, Any]:
    """A list that this exchange has nothing for: no market pays rewards here."""
    return page_of([], call.text("next_cursor"), 500, lambda row: row)


def scoring(call: Call) -> dict[str, bool]:
    """`GET /order-scoring`: no market pays rewards here."""
    return {"scoring": False}


def builder_trades(call: Call) -> dict[str, Any]:
    """`GET /builder/trades`: the trades whose taker named this builder."""
    x, code = call.venue.x, call.text("builder_code").lower()
    mine = [trade for trade in reversed(x.trades.values()) if trade.builder.lower() == code]
    return page_of(
        mine,
        call.text("next_cursor"),
        300,
        lambda trade: trade_row(trade, x.markets[trade.market], trade.taker.owner, x.switches),
    )


ENDPOINTS: Final = (
    Endpoint("GET", "/markets", markets),
    Endpoint("GET", "/simplified-markets", simplified),
    Endpoint("GET", "/sampling-markets", no_rows),
    Endpoint("GET", "/sampling-simplified-markets", no_rows),
    Endpoint("GET", "/markets/live-activity/{condition_id}", activity),
    Endpoint("GET", "/markets/{condition_id}", market),
    Endpoint("GET", "/markets-by-token/{token_id}", by_token),
    Endpoint("GET", "/clob-markets/{condition_id}", compact),
    Endpoint("GET", "/rewards/markets/current", no_rows),
    Endpoint("GET", "/rewards/markets/{condition_id}", no_rows),
    Endpoint("GET", "/builder/trades", builder_trades),
    Endpoint(
        "GET",
        "/fees/builder-fees/{code}",
        lambda call: {"builder_maker_fee_rate_bps": 0, "builder_taker_fee_rate_bps": 0},
    ),
    Endpoint("GET", "/order-scoring", scoring, KEY),
    Endpoint("POST", "/orders-scoring", lambda call: {}, KEY),
    Endpoint("GET", "/rewards/user", no_rows, KEY),
    Endpoint("GET", "/rewards/user/total", lambda call: [], KEY),
    Endpoint("GET", "/rewards/user/percentages", lambda call: {}, KEY),
    Endpoint("GET", "/rewards/user/markets", no_rows, KEY),
)


def long_form(found: Market) -> dict[str, Any]:
    """A market as `/markets/{condition_id}` shows it."""
    last = number(found.last_e4) if found.last_e4 else float(NEVER_TRADED)
    yes = {"YES": 1.0, "NO": 0.0, "VOID": 0.5}.get(found.winner, last)
    return {
        "condition_id": found.condition_id,
        "question_id": found.condition_id,
        "question": found.question,
        "description": found.rules,
        "market_slug": found.slug,
        "end_date_iso": iso(found.close_ms),
        "game_start_time": iso(found.game_start_ms),
        "seconds_delay": found.seconds_delay,
        "enable_order_book": True,
        "active": True,
        "closed": found.closed,
        "archived": False,
        "accepting_orders": found.accepting,
        "accepting_order_timestamp": iso(found.open_ms),
        "minimum_order_size": found.min_size_e6 / 1_000_000,
        "minimum_tick_size": number(found.tick_e4),
        "maker_base_fee": 1_000,
        "taker_base_fee": 1_000,
        "neg_risk": found.neg_risk,
        "neg_risk_market_id": found.event_id if found.neg_risk else "",
        "neg_risk_request_id": "",
        "is_50_50_outcome": found.winner == "VOID",
        "notifications_enabled": False,
        "fpmm": "",
        "icon": "",
        "image": "",
        "rewards": {"rates": None, "min_size": 0, "max_spread": 0},
        "tags": list(found.tags),
        "tokens": [
            {
                "token_id": found.asset(yes=is_yes),
                "outcome": found.outcomes[0 if is_yes else 1],
                "price": yes if is_yes else round(1 - yes, 4),
                "winner": found.winner == ("YES" if is_yes else "NO"),
            }
            for is_yes in (True, False)
        ],
    }


def compact_form(found: Market) -> dict[str, Any]:
    """A market as `/clob-markets/{condition_id}` shows it; what does not apply is left out."""
    content: dict[str, Any] = {
        "c": found.condition_id,
        "t": [{"t": found.yes, "o": found.outcomes[0]}, {"t": found.no, "o": found.outcomes[1]}],
        "mts": number(found.tick_e4),
        "mos": found.min_size_e6 / 1_000_000,
        "mbf": 1_000,
        "tbf": 1_000,
        "r": None,
        "ao": found.accepting,
        "aot": iso(found.open_ms),
        "cbos": found.clear_book_on_start,
        "gst": iso(found.game_start_ms),
        "sd": found.seconds_delay,
        "itode": found.taker_delay_ms > 0,
        "ibce": False,
        "rfqe": False,
    }
    if found.neg_risk:
        content["nr"] = True
    if found.fee_rate:
        content["fd"] = {"r": float(found.fee_rate), "e": found.fee_exponent, "to": True}
    return content


def _short(found: Market) -> dict[str, Any]:
    row = long_form(found)
    return {name: row[name] for name in _SIMPLE}


def _served(call: Call) -> list[Market]:
    return [found for found in call.venue.x.markets.values() if found.visible_on_clob]


def _named(call: Call) -> Market:
    found = call.venue.x.markets.get(call.path["condition_id"])
    if found is None or not found.visible_on_clob:
        raise not_found("market not found")
    return found
