"""Time as it is handed to the core: nanoseconds since 1970 UTC. The core itself reads no clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from astra_actors.kernel.errors import BadInput, ClockWentBack
from astra_actors.kernel.units import NS_PER_S


class Clock(Protocol):
    """Whoever knows what time it is."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01 UTC."""
        ...


class VirtualClock:
    """A clock that a run moves by hand; it never goes back."""

    __slots__ = ("_now_ns",)

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        return self._now_ns

    def move_to(self, now_ns: int) -> None:
        """Advance to `now_ns`; an earlier time raises `ClockWentBack`."""
        if now_ns < self._now_ns:
            raise ClockWentBack(f"asked for {now_ns} ns after {self._now_ns} ns was seen")
        self._now_ns = now_ns


def utc_text(ns: int) -> str:
    """A time as people and ledgers read it: `2026-06-07T01:30:51.472Z`, cut to milliseconds."""
    whole, rest = divmod(ns, NS_PER_S)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1_000_000:03d}Z"


def ns_from_text(text: str, *, field: str = "time") -> int:
    """Read an ISO-8601 time; one without a zone is refused, never guessed."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise BadInput(field, text, "give an ISO-8601 time such as 2026-03-01T00:00:00Z") from error
    if moment.tzinfo is None:
        raise BadInput(field, text, "give the time its zone, for example a closing Z for UTC")
    delta = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * NS_PER_S + delta.microseconds * 1_000
