"""What became of an order that was posted, as far as the reply proves it.

REFUSED is said only where the venue's own text, or the place where the request was stopped, proves that the order never
rested. Everything else is UNKNOWN: it keeps its reservation, it is asked about, and it is never sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from astra_actors.venues.clob.replies import CancelReply, PostRow, read_post
from astra_actors.venues.clob.signals import Reply, Signal, signal_of


@unique
class Fate(Enum):
    """What is known after a reply."""

    RESTS = "it is in the book"
    MATCHED = "it traded on arrival; the trades say how much"
    DELAYED = "it waits in the venue's delay, and cannot be cancelled until then"
    REFUSED = "it never rested"
    UNKNOWN = "nobody knows"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of one order, the venue's words for it, and the trades it names."""

    fate: Fate
    reason: str = ""
    trade_ids: tuple[str, ...] = ()


# Texts are compared in lower case; what proves nothing is looked for first.
UNPROVEN: Final = (
    "duplicated",  # the same order is there already, or was: an earlier copy of ours arrived
    "order match delayed",
    "context canceled",  # the venue gave up on the request; how far it had come nobody says
    "timed out",
    "could not insert order",
    "no matching orders",
    "rounding issues",
    "discrepancy",
)
CROSSED: Final = ("invalid post-only order", "crosses the book")  # of a quote that met a book that had moved
REFUSALS: Final = (
    "invalid order payload",
    "order owner has to be",
    "order signer address has to be",
    "maker address not allowed",
    "address banned",
    "closed only mode",
    "not enough balance",
    *CROSSED,
    "breaks minimum tick size rule",
    "lower than the minimum",
    "min size: $1",
    "invalid amount",
    "invalid expiration",
    "invalid signature",
    "fok orders are fully filled or killed",
    "fak orders are partially filled or killed",
    "not yet ready to process",
    "canceled in the ctf exchange contract",
    "too many orders in payload",
)
_PLACED: Final = {"live": Fate.RESTS, "matched": Fate.MATCHED, "delayed": Fate.DELAYED}
_BEFORE_THE_ENGINE: Final = (  # stopped at the door: keys, region, limits and phases are looked at first
    Signal.UNPROVEN,
    Signal.THROTTLED,
    Signal.BANNED,
    Signal.POST_ONLY,
    Signal.CANCEL_ONLY,
    Signal.DISABLED,
)


def fates_of(reply: Reply, body: bytes, venue_ids: Sequence[str]) -> list[Outcome]:
    """The fate of each posted order, in the order they were sent. Raises nothing: what cannot be read is UNKNOWN."""
    if not reply.sent:
        return [Outcome(Fate.REFUSED, f"not sent: {reply.text}")] * len(venue_ids)
    if reply.status != 200:
        return [_of_failure(reply)] * len(venue_ids)
    rows = read_post(body)
    if isinstance(rows, str):  # one text for all of them under a 200
        return [_of_text(rows)] * len(venue_ids)
    padded = [*rows, *[None] * len(venue_ids)]
    return [fate_of(row, venue_id) for row, venue_id in zip(padded, venue_ids, strict=False)]


def fate_of(row: PostRow | None, venue_id: str) -> Outcome:
    """The fate that one row of a 200 tells; a row for another id than ours tells nothing."""
    if row is None:
        return Outcome(Fate.UNKNOWN, "the reply has no row for it")
    if row.errorMsg:
        return _of_text(row.errorMsg)
    if not row.orderID or row.orderID.lower() != venue_id.lower():
        return Outcome(Fate.UNKNOWN, f"the reply is about {row.orderID or 'no order'}")
    placed = _PLACED.get((row.status or "").lower())
    if row.success is not True or placed is None:  # "unmatched" among them: the venue's own sources disagree on it
        return Outcome(Fate.UNKNOWN, f"success={row.success} status={row.status}")
    return Outcome(placed, "", tuple(row.tradeIDs or ()))


def _of_failure(reply: Reply) -> Outcome:
    if signal_of(reply) in _BEFORE_THE_ENGINE:
        return Outcome(Fate.REFUSED, reply.text)
    if reply.status == 400:
        return _of_text(reply.text)
    return Outcome(Fate.UNKNOWN, reply.text or f"status {reply.status}")


def _of_text(text: str) -> Outcome:
    said = text.lower()
    refused = any(mark in said for mark in REFUSALS) and not any(mark in said for mark in UNPROVEN)
    return Outcome(Fate.REFUSED if refused else Fate.UNKNOWN, text)


@unique
class CancelFate(Enum):
    """What a cancel proves about one order."""

    CANCELLED = "it is off the book; what matched before may still be told"
    NOT_LISTED = "it is not open now: matched, gone, or not there yet, so its trades are to be asked for"
    STANDS = "it cannot be cancelled now"
    UNKNOWN = "nobody knows"


_NOT_LISTED: Final = ("can't be found", "not found", "already canceled", "already matched")


def cancel_fate(reply: CancelReply, venue_id: str) -> CancelFate:
    """What the answer to a cancel says of one order; an order it does not name is unknown."""
    if any(each.lower() == venue_id.lower() for each in reply.canceled):
        return CancelFate.CANCELLED
    reason = next((text.lower() for each, text in reply.not_canceled.items() if each.lower() == venue_id.lower()), None)
    if reason is None:
        return CancelFate.UNKNOWN
    if "delayed" in reason:
        return CancelFate.STANDS
    return CancelFate.NOT_LISTED if any(mark in reason for mark in _NOT_LISTED) else CancelFate.UNKNOWN
