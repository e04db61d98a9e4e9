"""What crosses the border of a shard: the command for one window of time, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from astra_actors.definitions.contract import DefinitionContract
from astra_actors.execution.order import Order
from astra_actors.kernel.facts import Fact, OrderFilled, ShadowFilled
from astra_actors.market.instrument import MarketListing
from astra_actors.reporting.alerts import Alert
from astra_actors.risk.lease import Lease
from astra_actors.risk.report import MarketReport
from astra_actors.risk.veto import Veto


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMarket:
    """A market handed to its owner: the listing, what its rules gave, what it hangs together with."""

    listing: MarketListing
    definition: DefinitionContract | None
    definition_reason: str
    clusters: tuple[str, ...]
    incarnation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What research made of one listing: its contract or why there is none, its clusters, who wants to trade it."""

    market_id: str
    definition: DefinitionContract | None
    reason: str
    clusters: tuple[str, ...]
    strategy: str
    clusters_why: str = ""  # for the ledger: the reason of each cluster, and the gazetteer's hash
    unseen: bool = False  # the gazetteer knows nothing of what the market is about


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCommand:
    """Run from `from_ns` up to `to_ns`. `leases` are those that changed; every other lease is renewed to `lease_until_ns`.

    `veto` holds back everything that adds risk, in every market: burn-in, pause, halt, breaker. Two commands are the same
    when they ask for the same: who asks (`epoch`, of the Supervisor) and who is asked (`incarnation`, of the shard's owner)
    are compared apart.
    """

    window: int
    from_ns: int
    to_ns: int
    lease_until_ns: int
    leases: tuple[Lease, ...] = ()
    opens: tuple[OpenMarket, ...] = ()
    veto: Veto | None = None
    cancel_all: bool = False
    epoch: int = field(default=0, compare=False)
    incarnation: int = field(default=0, compare=False)

    def share(self, owner: Mapping[str, int], index: int) -> WindowCommand:
        """The part of the command that concerns one shard's markets."""
        return replace(
            self,
            leases=tuple(lease for lease in self.leases if owner[lease.market_id] == index),
            opens=tuple(opened for opened in self.opens if owner[opened.listing.market_id] == index),
        )


class ShardCounters(msgspec.Struct):
    """What a shard counted since it started; sums over shards are what a run reports."""

    events: int = 0
    decisions: int = 0
    orders: int = 0
    fills: int = 0
    rejects: int = 0
    reject_pauses: int = 0  # how often a market began or lengthened a pause after rejects in a row
    cancels: int = 0
    vetoes: dict[str, int] = msgspec.field(default_factory=dict)
    resyncs: int = 0
    rejected_frames: int = 0
    feed_open_ns: int = 0  # market time under watch, summed over markets
    feed_down_ns: int = 0  # the part of it in which the stream could not be trusted
    open_orders: int = 0
    live_markets: int = 0


class WindowResult(msgspec.Struct):
    """What a shard says at the barrier. Facts and artifacts travel apart, straight to the ledger."""

    window: int
    shard: int
    reports: tuple[MarketReport, ...]
    counters: ShardCounters
    poisoned: tuple[tuple[str, str], ...] = ()  # markets whose engine raised, and what it raised
    alerts: tuple[
        Alert, ...
    ] = ()  # what a person should hear of; it is told, never decided upon, and stands in no window
    epoch: int = 0  # of the Supervisor that asked
    incarnation: int = 0  # of the owner that answers


class WindowRecords(msgspec.Struct):
    """What a window leaves for the ledger: facts in any order, and encoded artifacts with their sort keys."""

    window: int
    facts: list[Fact]
    artifacts: list[tuple[int, str, bytes]]
    shard: int = 0
    epoch: int = 0  # of the Supervisor that asked
    incarnation: int = 0  # of the owner that wrote them


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What the ledger says a live market holds: a live feed cannot be lived through again, so its fills are re-applied."""

    fills: tuple[OrderFilled, ...] = ()
    shadow_fills: tuple[ShadowFilled, ...] = ()
    resting: tuple[Order, ...] = ()  # orders that nothing on record has ended
    order_ids: tuple[str, ...] = ()  # every order the market ever had: the next id goes on from their number
    seq: int = 0  # the number of its last fact
    last_mid_e4: float | None = None  # as it last stood on record: what is held is marked at it until a book is there
    entries: tuple[tuple[str, str, float | None, float | None], ...] = ()  # order, its estimate's id, p, market's p


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketHistory:
    """Everything one market was told since it opened: its owner rebuilds it from this alone, without a checkpoint."""

    opened: OpenMarket
    commands: tuple[WindowCommand, ...]
    carried: Carried | None = None  # of a live market, whose `commands` are only the last ones
