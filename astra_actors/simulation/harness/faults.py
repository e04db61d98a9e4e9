"""What can go wrong in a simulated run, as a list that is drawn from the seed before anything starts, and can be cut down.

A fault names its kind and its place: the n-th message of the run, the n-th order of a market's place in the world, or the
n-th action of its crowd. So a subset of the list is a run as well, which is how a failure is reduced to its cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from astra_actors.kernel.rng import stream

MESSAGE: Final = ("drop", "duplicate", "delay", "reorder", "crash_before", "crash_after")
WHOLE: Final = ("crash.supervisor", "crash.everything", "crash.machine")
LEDGER: Final = ("ledger.full", "ledger.locked", "ledger.torn")
VENUE: Final = ("venue.reject", "venue.timeout", "venue.cancel_lost", "venue.late_fill", "venue.double")
CLOCK: Final = ("clock.forward", "clock.back")
FEED: Final = ("feed.disconnect", "feed.silence", "feed.garbage", "feed.drop", "feed.duplicate", "feed.reorder")


class Fault(msgspec.Struct, frozen=True, order=True):
    """One thing that goes wrong. `nth` counts messages, orders or actions from 1; `slot` is the market's place."""

    nth: int
    kind: str
    slot: int = -1
    amount: int = 0  # how late, how far: what it means depends on the kind

    def __str__(self) -> str:
        where = f" in market place {self.slot}" if self.slot >= 0 else ""
        return f"{self.kind} at {self.nth}{where}"


# How many of each family a run of 200 messages meets on average: enough that most seeds see several at once, few
# enough that the house trades between them.
WEIGHTS: Final[Mapping[tuple[str, ...], float]] = {
    tuple(f"message.{kind}" for kind in MESSAGE): 5.0,
    WHOLE: 0.5,
    LEDGER: 0.5,
    VENUE: 5.0,
    FEED: 4.0,
    CLOCK: 1.0,  # of a house on the wall clock alone
}


def draw(seed: int, *, steps: int, slots: int, live: bool = False) -> tuple[Fault, ...]:
    """The faults of one seed, in the order of their numbers."""
    rng = stream(seed, "faults")
    found: list[Fault] = []
    for family, mean in WEIGHTS.items():
        if family is CLOCK and not live:
            continue
        for _ in range(int(rng.poisson(mean * steps / 200))):
            kind = family[int(rng.integers(len(family)))]
            slot = int(rng.integers(slots)) if family in (VENUE, FEED) else -1
            reach = steps if slot < 0 else max(6, steps // 8)
            found.append(Fault(1 + int(rng.integers(reach)), kind, slot, 1 + int(rng.integers(5))))
    return tuple(sorted(found))
