"""The catalogue, below `/gamma`: keyset and offset lists, single markets and events, tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from astra_actors.kernel.clock import ns_from_text
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_MS
from astra_actors.venues.exchange.call import Call, Endpoint
from astra_actors.venues.exchange.gamma_rows import event_number, event_row, market_row, tag_row
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.pages import cursor_of, start_of
from astra_actors.venues.exchange.refusal import Refused, bad, not_found

LIMIT_MAX: Final = 100
_LIMIT: Final = 20
_OFFSET_MAX: Final = 2_000
_SORTS: Final[dict[str, Callable[[Market], Any]]] = {
    "id": lambda market: market.number,
    "liquidity_num": lambda market: market.liquidity_usd,
    "volume_num": lambda market: market.volume_e6,
    "liquidity": lambda market: str(market.liquidity_usd),  # the venue sorts these two as text
    "volume": lambda market: str(market.volume_e6 / 1_000_000),
    "start_date": lambda market: market.open_ms,
    "end_date": lambda market: market.close_ms or 0,
    "created_at": lambda market: market.open_ms,
    "slug": lambda market: market.slug,
}
Events = list[list[Market]]


def markets_keyset(call: Call) -> dict[str, Any]:
    """`GET /markets/keyset`: the last page has no cursor."""
    return _keyset(call, "markets", _markets(call), _market_row(call))


def events_keyset(call: Call) -> dict[str, Any]:
    """`GET /events/keyset`."""
    return _keyset(call, "events", _events(call), _event_row(call))


def markets(call: Call) -> list[dict[str, Any]]:
    """`GET /markets`: a bare array by offset."""
    return [_market_row(call)(one) for one in _offset(call, _markets(call))]


def events(call: Call) -> list[dict[str, Any]]:
    """`GET /events`: a bare array by offset."""
    return [_event_row(call)(one) for one in _offset(call, _events(call))]


def market(call: Call) -> dict[str, Any]:
    """`GET /markets/{id}` and `/markets/slug/{slug}`."""
    return market_row(call.venue.x, _one(call), tags=call.text("include_tag") == "true")


def market_tags(call: Call) -> list[dict[str, str]]:
    """`GET /markets/{id}/tags`."""
    return [tag_row(label) for label in _one(call).tags]


def event(call: Call) -> dict[str, Any]:
    """`GET /events/{id}` and `/events/slug/{slug}`."""
    return event_row(call.venue.x, _one_event(call))


def event_tags(call: Call) -> list[dict[str, str]]:
    """`GET /events/{id}/tags`."""
    return event_row(call.venue.x, _one_event(call), with_markets=False)["tags"]  # type: ignore[no-any-return]


def tags(call: Call) -> list[dict[str, str]]:
    """`GET /tags`."""
    labels = dict.fromkeys(label for one in call.venue.x.markets.values() for label in one.tags)
    return [tag_row(label) for label in _offset(call, list(labels))]


def tag(call: Call) -> dict[str, str]:
    """`GET /tags/slug/{slug}`."""
    if not any(call.path["slug"] in one.tags for one in call.venue.x.markets.values()):
        raise not_found("tag not found")
    return tag_row(call.path["slug"])


ENDPOINTS: Final = (
    Endpoint("GET", "/gamma/status", lambda call: "OK"),
    Endpoint("GET", "/gamma/markets/keyset", markets_keyset),
    Endpoint("GET", "/gamma/events/keyset", events_keyset),
    Endpoint("GET", "/gamma/markets", markets),
    Endpoint("GET", "/gamma/events", events),
    Endpoint("GET", "/gamma/markets/slug/{slug}", market),
    Endpoint("GET", "/gamma/markets/{id}", market),
    Endpoint("GET", "/gamma/markets/{id}/tags", market_tags),
    Endpoint("GET", "/gamma/events/slug/{slug}", event),
    Endpoint("GET", "/gamma/events/{id}", event),
    Endpoint("GET", "/gamma/events/{id}/tags", event_tags),
    Endpoint("GET", "/gamma/tags", tags),
    Endpoint("GET", "/gamma/tags/slug/{slug}", tag),
)


def _keyset(call: Call, name: str, rows: Sequence[Any], render: Callable[[Any], Any]) -> dict[str, Any]:
    if "offset" in call.query:
        raise Refused(422, "offset is not supported here, use after_cursor")
    start, limit = start_of(call.text("after_cursor")), _limit(call)
    answer: dict[str, Any] = {name: [render(row) for row in rows[start : start + limit]]}
    if start + limit < len(rows):
        answer["next_cursor"] = cursor_of(start + limit)
    return answer


def _offset(call: Call, rows: Sequence[Any]) -> Sequence[Any]:
    start = call.number("offset", 0)
    if start > _OFFSET_MAX:
        raise Refused(422, "offset too large, use the keyset endpoint")
    return rows[start : start + _limit(call)]


def _limit(call: Call) -> int:
    return max(1, min(call.number("limit", _LIMIT), LIMIT_MAX))


def _market_row(call: Call) -> Callable[[Market], dict[str, Any]]:
    with_tags = call.text("include_tag") == "true"
    return lambda one: market_row(call.venue.x, one, tags=with_tags)


def _event_row(call: Call) -> Callable[[list[Market]], dict[str, Any]]:
    with_markets = call.text("include_markets", "true") != "false"
    return lambda legs: event_row(call.venue.x, legs, with_markets=with_markets)


def _markets(call: Call) -> list[Market]:
    """What the filters leave, in the order asked for."""
    found = [one for one in call.venue.x.markets.values() if all(keep(one) for keep in _filters(call))]
    for name in reversed([name for name in call.text("order").split(",") if name]):
        sort = _SORTS.get(name)
        if sort is None:
            raise Refused(422, f"order fields are not valid: {name}")
        found.sort(key=sort, reverse=call.text("ascending", "true") != "true")
    return found


def _filters(call: Call) -> list[Callable[[Market], bool]]:
    keep: list[Callable[[Market], bool]] = []
    closed = call.text("closed", "false") == "true"
    if not (call.texts("id") or call.texts("slug")):
        keep.append(lambda one: one.closed is closed)
    fields: dict[str, Callable[[Market], tuple[str, ...]]] = {
        "id": lambda one: (str(one.number),),
        "slug": lambda one: (one.slug,),
        "condition_ids": lambda one: (one.condition_id,),
        "question_ids": lambda one: (one.condition_id,),
        "clob_token_ids": lambda one: (one.yes, one.no),
        "tag_id": lambda one: tuple(tag_row(label)["id"] for label in one.tags),
        "uma_resolution_status": lambda one: tuple(one.uma[-1:]),
    }
    for name, values in fields.items():
        wanted = call.texts(name)
        if wanted:
            keep.append(lambda one, values=values, wanted=wanted: any(each in wanted for each in values(one)))  # type: ignore[misc]
    ranges: dict[str, Callable[[Market], float]] = {
        "liquidity_num": lambda one: one.liquidity_usd,
        "volume_num": lambda one: one.volume_e6 / 1_000_000,
        "start_date": lambda one: one.open_ms,
        "end_date": lambda one: one.close_ms or 0,
    }
    for name, value in ranges.items():
        low, high = _bound(call, f"{name}_min"), _bound(call, f"{name}_max")
        if low is not None:
            keep.append(lambda one, value=value, low=low: value(one) >= low)  # type: ignore[misc]
        if high is not None:
            keep.append(lambda one, value=value, high=high: value(one) <= high)  # type: ignore[misc]
    return keep


def _bound(call: Call, name: str) -> float | None:
    text = call.text(name)
    if not text:
        return None
    try:
        return ns_from_text(text) / NS_PER_MS if "date" in name else float(text)
    except (ValueError, BadInput):
        raise bad(f"invalid {name}") from None


def _events(call: Call) -> Events:
    """Markets by event, in the order of the first of each; filters hold for the markets."""
    found: dict[str, list[Market]] = {}
    for one in _markets(call):
        found.setdefault(one.event_id, []).append(one)
    return list(found.values())


def _one(call: Call) -> Market:
    wanted = call.path
    for one in call.venue.x.markets.values():
        if wanted.get("id") == str(one.number) or wanted.get("slug") == one.slug:
            return one
    raise not_found("id not found")


def _one_event(call: Call) -> list[Market]:
    wanted = call.path
    legs = [
        one
        for one in call.venue.x.markets.values()
        if wanted.get("id") == str(event_number(one.event_id)) or wanted.get("slug") == one.event_id
    ]
    if not legs:
        raise not_found("event not found")
    return legs
