"""Every metric that Astra exports: name, kind, unit, tags, who records it, and what it says. Nothing else is exported.

Ray puts `ray_` in front of a name and adds tags of its own (`NodeAddress`, `WorkerId` and others). A counter counts within
the life of the process that records it, which is what `increase()` and `rate()` expect.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

CLUSTERS_MAX: Final = 32  # names of clusters that may ever become a tag; those beyond share the name `other`


@unique
class Kind(Enum):
    """How the numbers of a metric are meant."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One exported metric. `buckets` are upper bounds of a histogram, in its unit; `live` ones exist on a live feed only."""

    name: str
    kind: Kind
    unit: str
    owner: str  # the kind of actor that records it
    meaning: str
    tags: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    live: bool = False

    @property
    def exported(self) -> str:
        """The name in Prometheus."""
        return f"ray_{self.name}"


def _gauge(name: str, unit: str, meaning: str, *tags: str, owner: str = "supervisor", live: bool = False) -> Metric:
    return Metric(name=name, kind=Kind.GAUGE, unit=unit, owner=owner, meaning=meaning, tags=tags, live=live)


def _counter(name: str, unit: str, meaning: str, *tags: str, owner: str = "supervisor", live: bool = False) -> Metric:
    return Metric(name=name, kind=Kind.COUNTER, unit=unit, owner=owner, meaning=meaning, tags=tags, live=live)


def _histogram(name: str, meaning: str, *tags: str, owner: str, buckets: tuple[float, ...]) -> Metric:
    return Metric(
        name=name, kind=Kind.HISTOGRAM, unit="seconds", owner=owner, meaning=meaning, tags=tags, buckets=buckets
    )


def _of_account(name: str, meaning: str) -> Metric:
    return Metric(
        name=name, kind=Kind.HISTOGRAM, unit="seconds", owner="gateway", meaning=meaning, buckets=_NETWORK, live=True
    )


_NETWORK: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# -- the portfolio -----------------------------------------------------------------------------------------------------

EQUITY: Final = _gauge("astra_equity_usd", "usd", "cash, and positions at mid")
PEAK: Final = _gauge("astra_equity_peak_usd", "usd", "the highest equity so far, from which the drawdown is taken")
DRAWDOWN: Final = _gauge("astra_drawdown_ratio", "ratio", "fall from the peak, as a share of it")
EXPOSURE: Final = _gauge("astra_exposure_usd", "usd", "worst case of every market: positions and resting orders")
RESERVED: Final = _gauge("astra_reserved_usd", "usd", "the part of the exposure that resting orders alone make up")
GRANTED: Final = _gauge("astra_granted_usd", "usd", "set aside for markets: leases that may be used, or what stands")
CAP: Final = _gauge("astra_cap_usd", "usd", "what may be lost in a scope", "scope", "name")
CAP_EXPOSURE: Final = _gauge("astra_cap_exposure_usd", "usd", "worst case in a scope", "scope", "name")
CAP_GRANTED: Final = _gauge("astra_cap_granted_usd", "usd", "set aside in a scope", "scope", "name")
CAP_USE: Final = _gauge("astra_cap_use_ratio", "ratio", "set aside in a scope, as a share of its cap", "scope", "name")
BREACHES: Final = _counter("astra_cap_breaches_total", "breaches", "worst cases above what was allowed; must stay 0")
STATE: Final = _gauge(
    "astra_trading_state", "flag", "1 for the trading state that is in force, 0 for the others", "state"
)
MARKET_TIME: Final = _gauge("astra_market_time_seconds", "seconds", "time of the last barrier, since 1970 UTC")
WINDOWS: Final = _counter("astra_windows_total", "windows", "barriers passed")
FEED_UPTIME: Final = _gauge("astra_feed_uptime_ratio", "ratio", "share of the time watched in which books were trusted")
UNSEEN: Final = _gauge("astra_unseen_entity_ratio", "ratio", "share of markets of which the entity file knows nothing")
QUARANTINED: Final = _gauge("astra_markets_quarantined", "markets", "markets whose engine raised")

# -- the tree ----------------------------------------------------------------------------------------------------------

RESTARTS: Final = _counter("astra_child_restarts_total", "restarts", "times a child was replaced", "child")
CHILD_UP: Final = _gauge("astra_child_up", "flag", "1 while a child runs, 0 while it is replaced or out", "child")
PROGRESS_AGE: Final = _gauge("astra_progress_age_seconds", "seconds", "since a child last got further", "child")

# -- a shard of markets ------------------------------------------------------------------------------------------------

EVENTS: Final = _counter("astra_events_total", "events", "events that books took", "shard", owner="market")
DECISIONS: Final = _counter("astra_decisions_total", "decisions", "looks at a market", "shard", owner="market")
VETOES: Final = _counter("astra_vetoes_total", "refusals", "refusals, by reason", "shard", "veto", owner="market")
ORDERS: Final = _counter("astra_orders_total", "orders", "orders sent", "shard", owner="market")
FILLS: Final = _counter("astra_fills_total", "fills", "fills against us", "shard", owner="market")
CANCELS: Final = _counter("astra_cancels_total", "cancels", "cancels sent", "shard", owner="market")
REJECTS: Final = _counter("astra_rejects_total", "rejects", "orders the venue refused", "shard", owner="market")
RESYNCS: Final = _counter("astra_resyncs_total", "resyncs", "books that had to be built anew", "shard", owner="market")
MARKETS: Final = _gauge("astra_markets_open", "markets", "markets served", "shard", owner="market")
ORDERS_OPEN: Final = _gauge("astra_orders_open", "orders", "orders that may still fill", "shard", owner="market")
WINDOW_SECONDS: Final = _histogram(
    "astra_window_seconds",
    "how long a shard takes for a window",
    "shard",
    owner="market",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
MAILBOX: Final = _gauge("astra_mailbox_depth", "messages", "waiting in a mailbox", "shard", owner="market", live=True)
FEED_AGE: Final = _gauge(
    "astra_feed_age_seconds",
    "seconds",
    "since the quietest connection said anything",
    "shard",
    owner="market",
    live=True,
)

# -- the ledger --------------------------------------------------------------------------------------------------------

COMMIT_SECONDS: Final = _histogram(
    "astra_ledger_commit_seconds",
    "how long a window takes until it is on disk",
    owner="ledger",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
ROWS: Final = _counter("astra_ledger_rows_total", "rows", "facts written", owner="ledger")
LEDGER_BYTES: Final = _gauge("astra_ledger_bytes", "bytes", "size of the ledger file", owner="ledger")

# -- the account, on a live run ----------------------------------------------------------------------------------------

ROUND_TRIP_SECONDS: Final = _of_account(
    "astra_order_round_trip_seconds", "from the request with new orders to the venue's answer"
)
WRITE_AHEAD_SECONDS: Final = _of_account(
    "astra_write_ahead_seconds", "from rows of the account to the ledger's word that they are on disk"
)
QUESTION_SECONDS: Final = _of_account("astra_question_seconds", "from a question to the last page of its answer")
REQUESTS: Final = _counter(
    "astra_requests_total", "requests", "requests with keys to the venue", owner="gateway", live=True
)
REQUESTS_FAILED: Final = _counter(
    "astra_requests_failed_total", "requests", "requests that brought no 200", owner="gateway", live=True
)
HEARTBEAT_AGE: Final = _gauge(
    "astra_heartbeat_age_seconds", "seconds", "since the venue last took our heartbeat", owner="gateway", live=True
)
USER_UPTIME: Final = _gauge(
    "astra_user_channel_uptime_ratio", "ratio", "share of the time the user channel stood", owner="gateway", live=True
)
ACCOUNT_ORDERS: Final = _gauge(
    "astra_account_orders",
    "orders",
    "orders at the account that are open, or unknown",
    "state",
    owner="gateway",
    live=True,
)

METRICS: Final[tuple[Metric, ...]] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
BY_NAME: Final = {metric.name: metric for metric in METRICS}
