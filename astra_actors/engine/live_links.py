"""What a live shard remembers beside its engines: the connections, and how fresh each market is on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from astra_actors.feeds.staleness import FreezeWatch, Step
from astra_actors.kernel.facts import FeedSessionEnded
from astra_actors.market.events import Event
from astra_actors.market.instrument import MarketListing
from astra_actors.risk.lease import Lease


class Unreplayable:
    """The past of a live feed: nobody can hand it out again."""

    name = "polymarket"
    start_ns = end_ns = 0

    def listings(self) -> Sequence[MarketListing]:
        """None: discovery knows them."""
        return ()

    def events(self, market_id: str, from_ns: int, to_ns: int) -> Sequence[Event]:
        """None: they come by themselves."""
        return ()


@dataclass(slots=True)
class Link:
    """One connection of the stream as the shard knows it."""

    number: int
    up: bool = False
    started_ns: int = 0
    alive_ns: int = 0  # the last sign of life: a frame, or the answer to a PING
    data_ns: int = 0
    frames: int = 0
    rejected: int = 0
    resyncs: int = 0
    freezes: int = 0
    renewed_ns: int = 0
    market_ids: dict[str, None] = field(default_factory=dict)

    def open(self, now_ns: int) -> None:
        """A new session begins."""
        self.up = True
        self.started_ns = self.alive_ns = self.data_ns = now_ns
        self.frames = self.rejected = self.resyncs = self.freezes = 0

    def session(self, ended_ns: int, reason: str) -> dict[str, Any]:
        """The columns of `FeedSessionEnded` for the session that ends now."""
        return {
            "started_ns": self.started_ns,
            "ended_ns": max(self.started_ns, ended_ns),
            "frames": self.frames,
            "rejected_frames": self.rejected,
            "resyncs": self.resyncs,
            "reason": reason,
        }


@dataclass(slots=True)
class Freshness:
    """One market beside its book: its connection, when it was doubted, and the lease it lost by silence."""

    listing: MarketListing
    watch: FreezeWatch
    link: Link | None = None
    doubted_ns: int = 0  # since when its book has not been live
    venue_ns: int = 0  # the venue's time of the newest thing the stream said
    stale: bool = False
    lapsed: Lease | None = None
    reported_ns: int = 0  # when it last said where it stands


def last_sign_ns(reason: str, at_ns: int, alive_ns: int) -> int:
    """When a session really ended: a dead peer was gone at its last sign of life, not when we noticed."""
    return alive_ns if reason in (Step.PONG_MISSING.value, Step.NO_DATA.value) else at_ns


def session_fact(link: Link, *, shard: int, seq: int, at_ns: int, ended_ns: int, reason: str) -> FeedSessionEnded:
    """The fact of one stretch during which a connection stood."""
    return FeedSessionEnded(
        seq=seq,
        market_id="",
        venue_ns=at_ns,
        local_ns=at_ns,
        connection=f"stream:{shard}.{link.number}",
        **link.session(ended_ns, reason),
    )
