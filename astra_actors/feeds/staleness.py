"""Whether a connection is quiet, dead or frozen, and whether our book is still the venue's. Pure: every time is handed in.

Quiet is not dead: an answered PING keeps a quiet connection alive. Alive is not fed: a connection without data for long
is made anew, and a quoted book that was silent is compared with the venue's REST side.
"""

from __future__ import annotations

from enum import Enum, unique

from astra_actors.feeds.stream_params import StreamParams
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.book import MarketBook
from astra_actors.market.events import BookSnapshot
from astra_actors.market.token_book import EMPTY_ASK_E4, EMPTY_BID_E4


@unique
class Step(Enum):
    """What a connection needs now; the value is the reason with which it ends, where it ends."""

    WAIT = ""
    PING = "ping"
    PONG_MISSING = "no answer to PING"
    NO_DATA = "no data although PING is answered"
    TOO_OLD = "scheduled reconnect"


class Pulse:
    """The signs of life of one connection."""

    __slots__ = ("_asked_ns", "_data_ns", "_params", "_pinged_ns", "_since_ns", "alive_ns")

    def __init__(self, params: StreamParams, now_ns: int, *, age_ns: int = 0) -> None:
        """`age_ns` makes a connection older than it is, so that many of them do not end at once."""
        self._params = params
        self._since_ns = now_ns - age_ns
        self.alive_ns = self._data_ns = self._pinged_ns = now_ns
        self._asked_ns: int | None = None  # when the oldest PING without an answer was sent

    def on_data(self, now_ns: int) -> None:
        """A frame of the feed came."""
        self.alive_ns = self._data_ns = now_ns

    def on_pong(self, now_ns: int) -> None:
        """The answer to a PING came."""
        self.alive_ns = now_ns
        self._asked_ns = None

    def on_ping(self, now_ns: int) -> None:
        """A PING was sent."""
        self._pinged_ns = now_ns
        if self._asked_ns is None:
            self._asked_ns = now_ns

    @property
    def waiting(self) -> bool:
        """Whether a PING is without its answer."""
        return self._asked_ns is not None

    def step(self, now_ns: int) -> Step:
        """What is due: a PING at the latest every ten seconds, and soon once nothing is heard."""
        params = self._params
        if self._asked_ns is not None and _passed(self._asked_ns, now_ns, params.pong_timeout_s):
            return Step.PONG_MISSING
        if _passed(self._data_ns, now_ns, params.data_age_s_max):
            return Step.NO_DATA
        if _passed(self._since_ns, now_ns, params.reconnect_every_s):
            return Step.TOO_OLD
        quiet = _passed(self.alive_ns, now_ns, params.probe_s) and _passed(self._pinged_ns, now_ns, params.probe_s)
        return Step.PING if quiet or _passed(self._pinged_ns, now_ns, params.ping_s) else Step.WAIT


def backoff_s(params: StreamParams, attempt: int, die: float) -> float:
    """How long to wait before attempt 1, 2, 3, …: doubling up to the limit, moved by the die in [0, 1)."""
    plain = min(params.reconnect_s * 2.0 ** min(attempt - 1, 30), params.reconnect_s_max)
    return plain * (1.0 + params.reconnect_jitter * (2.0 * die - 1.0))


class FreezeWatch:
    """One market's book against the venue's REST side: a difference that no event explains is a freeze."""

    __slots__ = ("_suspected", "_suspected_ns", "heard_ns", "verified_ns")

    def __init__(self, now_ns: int = 0) -> None:
        self.heard_ns = now_ns  # when the stream last said something about the market
        self.verified_ns = now_ns
        self._suspected: str = ""
        self._suspected_ns = 0

    def on_event(self, now_ns: int) -> None:
        """The stream speaks: whatever differed was on its way."""
        self.heard_ns = now_ns
        self._suspected = ""

    def on_books(self, book: MarketBook, seen: list[BookSnapshot], asked_ns: int, now_ns: int) -> None:
        """Compare; what the stream said while the question was under way decides nothing."""
        if self.heard_ns >= asked_ns:
            return
        difference = next(filter(None, (_difference(book, snapshot) for snapshot in seen)), "")
        if not difference:
            self.verified_ns, self._suspected = now_ns, ""
        elif not self._suspected:
            self._suspected, self._suspected_ns = difference, now_ns

    def frozen(self, now_ns: int, grace_s: float) -> str:
        """The difference, once it has stood for the grace without a word of the stream; else empty."""
        return self._suspected if self._suspected and _passed(self._suspected_ns, now_ns, grace_s) else ""

    def forget(self, now_ns: int) -> None:
        """Start over: the book was replaced."""
        self.verified_ns, self._suspected = now_ns, ""

    def due(self, now_ns: int, every_s: float) -> bool:
        """Whether neither the stream nor a comparison has spoken for so long."""
        return _passed(max(self.heard_ns, self.verified_ns), now_ns, every_s)


def _difference(book: MarketBook, snapshot: BookSnapshot) -> str:
    ours = book.yes if snapshot.asset_id == book.yes.asset_id else book.no
    if not ours.trusted:
        return ""
    bid_e4 = snapshot.bids[0][0] if snapshot.bids else EMPTY_BID_E4
    ask_e4 = snapshot.asks[0][0] if snapshot.asks else EMPTY_ASK_E4
    if (bid_e4, ask_e4) == (ours.best_bid_e4, ours.best_ask_e4):
        return ""
    return f"frozen: the venue shows {bid_e4}/{ask_e4}, the stream {ours.best_bid_e4}/{ours.best_ask_e4}"


def _passed(since_ns: int, now_ns: int, seconds: float) -> bool:
    return now_ns - since_ns >= seconds * NS_PER_S
