"""Private endpoints that change something: orders in, orders out, heartbeats."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.venues.exchange import intake, refusal
from astra_actors.venues.exchange.call import KEY, Call, Endpoint, after_order
from astra_actors.venues.exchange.cancelling import cancel
from astra_actors.venues.exchange.intake import SendOrder, read
from astra_actors.venues.exchange.money import text_e6
from astra_actors.venues.exchange.placing import Draft, Placed, place
from astra_actors.venues.exchange.reading import draft_of
from astra_actors.venues.exchange.refusal import Refused, bad, too_many_orders


async def post_order(call: Call) -> dict[str, Any]:
    """`POST /order`: one signed order."""
    sent = read(intake.SEND, call.body)
    if call.owner.kind != "trading":
        raise refusal.unauthorized()
    _spend(call, "order", 1)
    placed = await _one(call, sent)
    after_order(call)
    return placed


async def post_orders(call: Call) -> list[dict[str, Any]]:
    """`POST /orders`: 1 to 15 orders, each judged alone; a refused one is a row with its text."""
    rows = read(intake.RAW_ROWS, call.body)
    if not rows:
        raise bad(refusal.PAYLOAD)
    if len(rows) > refusal.ORDERS_MAX:
        raise too_many_orders(len(rows))
    if call.owner.kind != "trading":
        raise refusal.unauthorized()
    _spend(call, "order", len(rows))
    answers = []
    for row in rows:
        try:
            answers.append(await _one(call, read(intake.SEND, row)))
        except Refused as refused:
            call.venue.refused[refused.text[:80]] += 1
            answers.append(_refused_row(call, refused))
    after_order(call)
    return answers


def cancel_order(call: Call) -> dict[str, Any]:
    """`DELETE /order`: one order by its id."""
    return _cancel(call, [read(intake.CANCEL_ONE, call.body).orderID])


def cancel_orders(call: Call) -> dict[str, Any]:
    """`DELETE /orders`: up to 1,000 by their ids."""
    ids = read(intake.CANCEL_MANY, call.body)
    if len(ids) > refusal.CANCELS_MAX:
        raise bad(f"Too many orders in payload, max allowed: {refusal.CANCELS_MAX}")
    return _cancel(call, ids)


def cancel_all(call: Call) -> dict[str, Any]:
    """`DELETE /cancel-all`: every order of this key."""
    return _cancel_where(call, "", "")


def cancel_market_orders(call: Call) -> dict[str, Any]:
    """`DELETE /cancel-market-orders`: this key's orders of a market, a token, or both."""
    wish = read(intake.CANCEL_MARKET, call.body)
    if not wish.market and not wish.asset_id:
        raise bad(refusal.PAYLOAD)
    return _cancel_where(call, wish.market, wish.asset_id)


def heartbeat(call: Call) -> dict[str, Any]:
    """`POST /v1/heartbeats`: the dead man's switch; a wrong id is refused with the expected one."""
    wish = read(intake.BEAT, call.body)
    right, beat_id = call.venue.beat(call.owner, wish.heartbeat_id, call.now_ms)
    if not right:
        text = "heartbeat id mismatch"
        key = call.venue.x.switches.heartbeat_error
        raise Refused(400, text, more={"heartbeat_id": beat_id, key: text})
    return {"heartbeat_id": beat_id}


def old_heartbeat(call: Call) -> dict[str, str]:
    """`POST /heartbeats`: the older form without ids."""
    call.venue.beat(call.owner, call.owner.beat_id, call.now_ms)
    return {"status": "ok"}


ENDPOINTS: Final = (
    Endpoint("POST", "/order", post_order, KEY),
    Endpoint("POST", "/orders", post_orders, KEY),
    Endpoint("DELETE", "/order", cancel_order, KEY),
    Endpoint("DELETE", "/orders", cancel_orders, KEY),
    Endpoint("DELETE", "/cancel-all", cancel_all, KEY),
    Endpoint("DELETE", "/cancel-market-orders", cancel_market_orders, KEY),
    Endpoint("POST", "/v1/heartbeats", heartbeat, KEY),
    Endpoint("POST", "/heartbeats", old_heartbeat, KEY),
)


async def _one(call: Call, sent: SendOrder) -> dict[str, Any]:
    venue, x = call.venue, call.venue.x
    venue.modes.check_order(venue.now_ms(), post_only=sent.postOnly)
    draft = draft_of(x, call.owner, sent)
    if x.faults.hits("order_timeout", venue.requests, draft.order_id):
        raise Refused(500, "order timed out")
    if draft.market.taker_delay_ms and _crosses(call, draft):
        await asyncio.sleep(draft.market.taker_delay_ms / 1_000)
        venue.modes.check_order(venue.now_ms(), post_only=sent.postOnly)
    return _answer(call, draft, place(x, draft, venue.now_ms()))


def _crosses(call: Call, draft: Draft) -> bool:
    yes = draft.market.is_yes(draft.asset)
    price = draft.terms.price_e4
    book = call.venue.x.books[draft.market.condition_id]
    return book.crosses(is_bid=draft.buys is yes, yes_e4=price if yes else PRICE_ONE_E4 - price)


def _answer(call: Call, draft: Draft, placed: Placed) -> dict[str, Any]:
    integer = call.venue.x.switches.response_amounts == "integer"
    amounts = [
        "" if not amount else str(amount) if integer else text_e6(amount)
        for amount in (placed.making_e6, placed.taking_e6)
    ]
    return {
        "success": True,
        "errorMsg": "",
        "orderID": draft.order_id,
        "status": placed.status,
        "makingAmount": amounts[0],
        "takingAmount": amounts[1],
        "tradeIDs": placed.trades,
        "transactionsHashes": placed.transactions,
    }


def _refused_row(call: Call, refused: Refused) -> dict[str, Any]:
    return {
        "success": call.venue.x.switches.batch_refusal == "success",
        "errorMsg": refused.text,
        "orderID": "",
        "status": "",
        "makingAmount": "",
        "takingAmount": "",
        "tradeIDs": [],
        "transactionsHashes": [],
    }


def _cancel(call: Call, ids: list[str]) -> dict[str, Any]:
    call.venue.modes.check_cancel(call.now_ms)
    _spend(call, "cancel", max(1, len(ids)))
    done = cancel(call.venue.x, call.owner.key, ids, call.now_ms)
    return {"canceled": done.canceled, "not_canceled": done.not_canceled}


def _cancel_where(call: Call, market: str, asset: str) -> dict[str, Any]:
    call.venue.modes.check_cancel(call.now_ms)
    _spend(call, "cancel", 1)
    canceled, rest = call.venue.cancel_all(call.owner, call.now_ms, market=market, asset=asset)
    if canceled:
        _spend(call, "cancel", len(canceled), after=True)
    return {"canceled": canceled, "not_canceled": rest}


def _spend(call: Call, what: str, cost: int, *, after: bool = False) -> None:
    """Take tokens from the signer's bucket; in warning mode it only says so."""
    mode = call.venue.x.switches.signer_limits
    if mode == "off":
        return
    passes, headers = call.venue.buckets.take(call.owner.address, what, cost, call.now_ms, after=after)
    call.out.update(headers)
    if passes:
        return
    if mode == "warning":
        call.out["Poly-RateLimit-Warning"] = "true"
        return
    raise Refused(429, "Too Many Requests", retry_after_s=1)
