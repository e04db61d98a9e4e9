"""What a run goes through: its markets, its time, and how it starts."""

from __future__ import annotations

from dataclasses import dataclass

from astra_actors.kernel.errors import AstraError
from astra_actors.market.instrument import MarketListing

LEASE_WINDOWS = 2  # a lease outlives its window by one, so that a slow barrier costs no quotes


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What a run goes through: its markets, its time, and how it starts."""

    listings: tuple[MarketListing, ...]  # in the order of `open_ns`, then id
    start_ns: int
    end_ns: int
    window_ns: int
    burn_in_failures_max: int = 10  # markets that may fail before the burn-in is over
    burn_in_windows: int = 3  # monitor only: no position before three clean cycles (methods §18.8)
    active_every: int = 6  # windows between two choices of the active set
    live: bool = (
        False  # time cannot be moved and the feed not be lived through again: an owner is rebuilt from its fills
    )
    lease_ns: int = 0  # how long a live market may trade without hearing from us; 0: two windows
    elsewhere: bool = False  # orders rest at a venue that outlives us: what dies here leaves them there
    unattended: bool = False  # virtual time: no person is there to acknowledge a daily-loss halt the next morning

    def granted_until_ns(self, now_ns: int) -> int:
        """When a lease given at this barrier ends."""
        return now_ns + (self.lease_ns or LEASE_WINDOWS * self.window_ns)

    def renewed_until_ns(self, from_ns: int, to_ns: int) -> int:
        """Until when the window renews every lease: never past what the authority holds in escrow for it."""
        return from_ns + self.lease_ns if self.lease_ns else to_ns + (LEASE_WINDOWS - 1) * self.window_ns


class BurnInError(AstraError):
    """Too much failed before the first window in which anything might have been traded."""
