"""When a live shard whose owner may still be alive gets its next one: two owners of a market are one too many.

An owner that is cut off goes on quoting until its last lease lapses, whatever we think of it. So the shard stands vacant for so
long: its markets are silent, what they were granted stays spent, and everything else goes on.
"""

from __future__ import annotations

from collections.abc import Callable

from ray.exceptions import ActorDiedError

from astra_actors.kernel.units import NS_PER_S


def earliest_takeover_ns(lease_until_ns: int, margin_s: float) -> int:
    """When the successor may begin although nobody has seen the predecessor's process end.

    The predecessor goes by the clock of its own host: `margin_s` is how far two hosts' clocks may lie apart, and the time the
    last quotes take to be pulled.
    """
    return lease_until_ns + round(margin_s * NS_PER_S)


def end_is_proven(error: Exception, *, away: bool, lost: str) -> bool:
    """Whether the process is gone for certain: it was ours to kill, or its node lives and says so."""
    return not away or (isinstance(error, ActorDiedError) and not lost)


class Vacancy:
    """Whether one live shard has to stand vacant, and until when; `now_ns` is the wall clock that leases are written in."""

    def __init__(self, *, margin_s: float, now_ns: Callable[[], int], sleep: Callable[[float], None]) -> None:
        self._margin_s, self._now_ns, self._sleep = margin_s, now_ns, sleep
        self._until_ns: int | None = None
        self._handed_ns = 0

    def hand(self, lease_until_ns: int) -> None:
        """The owner may have heard of a lease that lasts so long. After a clock went back, an older one lasts longer."""
        self._handed_ns = max(self._handed_ns, lease_until_ns)

    def begin(self, lease_until_ns: int = 0) -> None:
        """The owner is gone or cut off, and may hold any lease it was handed, or one that lasts so long."""
        self.hand(lease_until_ns)
        self._until_ns = earliest_takeover_ns(self._handed_ns, self._margin_s)

    @property
    def stands(self) -> bool:
        """Whether nobody owns the markets now."""
        return self._until_ns is not None

    @property
    def over(self) -> bool:
        """Whether a successor may begin."""
        return self._until_ns is not None and self._now_ns() >= self._until_ns

    def wait(self) -> None:
        """Let the rest of it pass: for a stop, which leaves nothing behind that is not proven gone."""
        while self._until_ns is not None and (left_ns := self._until_ns - self._now_ns()) > 0:
            self._sleep(left_ns / NS_PER_S)

    def end(self) -> None:
        """A successor begins; what its predecessor was handed is over."""
        self._until_ns, self._handed_ns = None, 0
