"""What a reply says of the venue itself, apart from the order it answers: whether one may go on asking, and when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final


@unique
class Signal(Enum):
    """The weather at the venue, as one reply shows it."""

    CALM = "it answered"
    FAILED = "the request failed or timed out: nobody knows what became of it"
    UNPROVEN = "the venue does not know our key: asking again will not help"
    THROTTLED = "too many requests"
    BANNED = "this address is banned for a while"
    RESTARTING = "the matching engine restarts"
    POST_ONLY = "only orders that rest and cancels are taken"
    CANCEL_ONLY = "only cancels are taken"
    DISABLED = "trading is disabled, cancels too"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer to one request, or the lack of it."""

    status: int | None  # None: no answer came
    text: str = ""  # the venue's `error`, or what went wrong on the way
    retry_after_s: int = 0  # of the header; it may be 0 without meaning it
    sent: bool = True  # False: the connection was never made, so nothing can have arrived


_BANNED: Final = ("error code: 1015", "1015")
_PHASES: Final = (  # in this order: the cancel-only text names orders and cancels as well
    ("post-only mode", Signal.POST_ONLY),
    ("cancel-only", Signal.CANCEL_ONLY),
    ("currently disabled", Signal.DISABLED),
)


def signal_of(reply: Reply) -> Signal:
    """The weather a reply shows. A phase is believed by its text alone: any other 503 is a failure."""
    text = reply.text.lower()
    if reply.status is None:
        return Signal.FAILED
    if reply.status in (403, 429) and any(mark in text for mark in _BANNED):
        return Signal.BANNED
    if reply.status == 429:
        return Signal.THROTTLED
    if reply.status == 425:
        return Signal.RESTARTING
    if reply.status == 503:
        return next((signal for mark, signal in _PHASES if mark in text), Signal.FAILED)
    if reply.status in (401, 403):
        return Signal.UNPROVEN
    return Signal.FAILED if reply.status >= 500 or reply.status < 200 else Signal.CALM
