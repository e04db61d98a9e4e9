"""Waiting longer after each refusal, whatever the venue's own hint says: it may say zero (polymarket.md 10.1)."""

from __future__ import annotations

from typing import Final

from astra_actors.kernel.units import NS_PER_S

_DOUBLINGS_MAX: Final = 16


class Backoff:
    """`first_s`, doubled with each failure up to `max_s`, never less than the venue asked for; time is handed in."""

    __slots__ = ("failures", "until_ns")

    def __init__(self) -> None:
        self.failures = 0
        self.until_ns = 0

    def fail(self, now_ns: int, *, first_s: int, max_s: int, asked_s: int = 0) -> int:
        """Count one more; returns until when to wait."""
        wait_s = max(asked_s, min(max_s, first_s << min(self.failures, _DOUBLINGS_MAX)))
        self.failures += 1
        self.until_ns = max(self.until_ns, now_ns + wait_s * NS_PER_S)
        return self.until_ns

    def clear(self) -> None:
        """The venue answered: the next failure begins anew. A wait that was begun still ends at its time."""
        self.failures = 0
