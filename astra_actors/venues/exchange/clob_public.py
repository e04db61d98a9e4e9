"""Public endpoints of the order book: books, prices, grids, fees, markets and history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.venues.exchange import intake, refusal
from astra_actors.venues.exchange.book_frames import NEVER_TRADED, mid_e4, summary
from astra_actors.venues.exchange.call import Call, Endpoint
from astra_actors.venues.exchange.intake import HistoryAsked, TokenAsked, read
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.money import number, price_text
from astra_actors.venues.exchange.refusal import bad, not_found

_INTERVAL_S: Final = {"1m": 2_592_000, "1w": 604_800, "1d": 86_400, "6h": 21_600, "1h": 3_600}
_WINDOW_S_MAX: Final = 15 * 86_400  # the venue answers windows of about fifteen days


def server_time(call: Call) -> int:
    """`GET /time`: bare seconds."""
    return call.now_ms // 1_000


def book(call: Call) -> dict[str, Any]:
    """`GET /book`."""
    return _book(call, call.text("token_id"))


def books(call: Call) -> list[dict[str, Any]]:
    """`POST /books`: tokens without a book are left out."""
    return [_book(call, one.token_id) for one in _asked(call) if _market(call, one.token_id) is not None]


def price(call: Call) -> dict[str, str]:
    """`GET /price`: the best price of one side; which one BUY means is a switch."""
    found = _price(call, call.text("token_id"), call.text("side"))
    if found is None:
        raise not_found("No orders found for the requested side; price not found")
    return {"price": price_text(found)}


def prices(call: Call) -> dict[str, dict[str, Any]]:
    """`POST /prices`."""
    shown: Callable[[int], Any] = number if call.venue.x.switches.prices_values == "number" else price_text
    out: dict[str, dict[str, Any]] = {}
    for one in _asked(call):
        found = _price(call, one.token_id, one.side) if _market(call, one.token_id) else None
        if found is not None:
            out.setdefault(one.token_id, {})[one.side] = shown(found)
    return out


def midpoint(call: Call) -> dict[str, str]:
    """`GET /midpoint`."""
    return {call.venue.x.switches.midpoint_key: _mid(call, call.text("token_id"))}


def midpoints(call: Call) -> dict[str, str]:
    """`POST /midpoints`: tokens with an empty side are left out."""
    tokens = [one.token_id for one in _asked(call)]
    return {token: _mid(call, token) for token in tokens if _market(call, token) and _top(call, token)}


def spread(call: Call) -> dict[str, str]:
    """`GET /spread`."""
    top = _top(call, call.text("token_id"))
    if top is None:
        raise not_found("spread not found")
    return {"spread": price_text(top[1] - top[0])}


def spreads(call: Call) -> dict[str, str]:
    """`POST /spreads`."""
    tops = {one.token_id: _top(call, one.token_id) for one in _asked(call) if _market(call, one.token_id)}
    return {token: price_text(top[1] - top[0]) for token, top in tops.items() if top is not None}


def last_trade_price(call: Call) -> dict[str, str]:
    """`GET /last-trade-price`: 0.5 and no side where nothing has traded."""
    return _last(_known(call, call.text("token_id")), call.text("token_id"))


def last_trades_prices(call: Call) -> list[dict[str, str]]:
    """`POST /last-trades-prices`: untraded tokens are left out."""
    rows = [(one.token_id, _market(call, one.token_id)) for one in _asked(call)]
    return [{"token_id": token, **_last(market, token)} for token, market in rows if market and market.last_e4]


def tick_size(call: Call) -> dict[str, float]:
    """`GET /tick-size`: a JSON number."""
    return {"minimum_tick_size": number(_known(call, _token(call)).tick_e4)}


def neg_risk(call: Call) -> dict[str, bool]:
    """`GET /neg-risk`."""
    return {"neg_risk": _known(call, _token(call)).neg_risk}


def fee_rate(call: Call) -> dict[str, int]:
    """`GET /fee-rate`: a dead field that never says the fee."""
    _known(call, _token(call))
    return {"base_fee": 1_000}


def prices_history(call: Call) -> dict[str, Any]:
    """`GET /prices-history`: one point a `fidelity` of minutes, by interval or by start and end."""
    token = call.text("market")
    market = _known(call, token)
    now_s = call.now_ms // 1_000
    interval = call.text("interval")
    if interval:
        if interval not in ("max", "all", *_INTERVAL_S):
            raise bad("invalid interval")
        start, end = now_s - _INTERVAL_S.get(interval, 10**9), now_s
    elif "startTs" in call.query and "endTs" in call.query:
        start, end = call.number("startTs", 0), call.number("endTs", now_s)
        if end - start > _WINDOW_S_MAX:
            raise bad("invalid filters: 'startTs' and 'endTs' interval is too long")
    else:
        raise bad("invalid filters: give an interval, or startTs and endTs")
    step = 60 * max(1, min(call.number("fidelity", 1), 100_000))
    return {"history": _history(market, token, start, end, step)}


def batch_history(call: Call) -> dict[str, Any]:
    """`POST /batch-prices-history`: up to twenty tokens."""
    wish: HistoryAsked = read(intake.HISTORY, call.body)
    now_s = call.now_ms // 1_000
    start, end = wish.start_ts or now_s - _INTERVAL_S.get(wish.interval, 10**9), wish.end_ts or now_s
    step = 60 * max(1, wish.fidelity)
    found = {token: _market(call, token) for token in wish.markets}
    return {"history": {token: _history(one, token, start, end, step) for token, one in found.items() if one}}


ENDPOINTS: Final = (
    Endpoint("GET", "/ok", lambda call: "OK"),
    Endpoint("GET", "/time", server_time),
    Endpoint("GET", "/version", lambda call: {"version": 2}),
    Endpoint("GET", "/book", book),
    Endpoint("POST", "/books", books),
    Endpoint("GET", "/books", books),
    Endpoint("GET", "/price", price),
    Endpoint("POST", "/prices", prices),
    Endpoint("GET", "/prices", prices),
    Endpoint("GET", "/midpoint", midpoint),
    Endpoint("POST", "/midpoints", midpoints),
    Endpoint("GET", "/midpoints", midpoints),
    Endpoint("GET", "/spread", spread),
    Endpoint("POST", "/spreads", spreads),
    Endpoint("GET", "/spreads", spreads),
    Endpoint("GET", "/last-trade-price", last_trade_price),
    Endpoint("POST", "/last-trades-prices", last_trades_prices),
    Endpoint("GET", "/last-trades-prices", last_trades_prices),
    Endpoint("GET", "/tick-size", tick_size),
    Endpoint("GET", "/tick-size/{token_id}", tick_size),
    Endpoint("GET", "/neg-risk", neg_risk),
    Endpoint("GET", "/neg-risk/{token_id}", neg_risk),
    Endpoint("GET", "/fee-rate", fee_rate),
    Endpoint("GET", "/fee-rate/{token_id}", fee_rate),
    Endpoint("GET", "/prices-history", prices_history),
    Endpoint("POST", "/batch-prices-history", batch_history),
)


def _asked_in_query(call: Call) -> list[TokenAsked]:
    tokens, sides = call.texts("token_ids"), call.texts("sides")
    return [TokenAsked(token, sides[at] if at < len(sides) else "") for at, token in enumerate(tokens)]


def _token(call: Call) -> str:
    return call.path.get("token_id") or call.text("token_id")


def _asked(call: Call) -> list[TokenAsked]:
    """The rows of a batch question: the body of a POST, or `token_ids=` and `sides=` of a GET."""
    rows: list[TokenAsked] = read(intake.TOKENS, call.body) if call.body else _asked_in_query(call)
    if len(rows) > refusal.BOOKS_MAX:
        raise bad(refusal.TOO_LARGE)
    return rows


def _market(call: Call, token: str) -> Market | None:
    market = call.venue.x.markets.get(call.venue.x.market_of.get(token, ""))
    return market if market is not None and market.visible_on_clob and not market.closed else None


def _known(call: Call, token: str) -> Market:
    """The market of a token; bad ids are a 400, unknown ones a 404."""
    if not (token.isascii() and token.isdigit() and len(token) <= 78):
        raise bad(refusal.BAD_TOKEN)
    return call.venue.x.market_by_asset(token)


def _history(market: Market, token: str, start: int, end: int, step: int) -> list[dict[str, Any]]:
    """The last price of each step of time, in terms of the token."""
    points: dict[int, int] = {}
    for at_s, yes_e4 in market.history:
        if start <= at_s <= end:
            points[at_s // step * step] = yes_e4 if market.is_yes(token) else PRICE_ONE_E4 - yes_e4
    return [{"t": at_s, "p": number(each)} for at_s, each in points.items()]


def _book(call: Call, token: str) -> dict[str, Any]:
    market = _known(call, token)
    if market.closed:
        raise not_found(refusal.NO_BOOK)
    book = call.venue.x.books[market.condition_id]
    return summary(market, book, call.venue.x.switches, yes=market.is_yes(token), now_ms=call.now_ms)


def _price(call: Call, token: str, side: str) -> int | None:
    if side not in ("BUY", "SELL"):
        raise bad("Invalid side")
    market = _known(call, token)
    bid, ask = call.venue.x.books[market.condition_id].top(yes=market.is_yes(token))
    pays = (side == "BUY") is (call.venue.x.switches.price_side == "guide")
    return ask if pays else bid


def _top(call: Call, token: str) -> tuple[int, int] | None:
    market = _known(call, token)
    bid, ask = call.venue.x.books[market.condition_id].top(yes=market.is_yes(token))
    return None if bid is None or ask is None else (bid, ask)


def _mid(call: Call, token: str) -> str:
    market = _known(call, token)
    mid = mid_e4(call.venue.x, market, yes=market.is_yes(token))
    if mid is None:
        raise not_found(refusal.NO_BOOK)
    return f"{mid:.5f}".rstrip("0").rstrip(".")


def _last(market: Market, token: str) -> dict[str, str]:
    if not market.last_e4:
        return {"price": NEVER_TRADED, "side": ""}
    own = market.is_yes(token)
    buys = market.last_buys if market.last_yes is own else not market.last_buys
    return {"price": price_text(market.last_of(yes=own)), "side": "BUY" if buys else "SELL"}
