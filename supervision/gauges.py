"""The portfolio and the tree as metrics: whatever stands in the status is told to Ray, under the names of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from actors.meter import Meter
from astra_actors.kernel.units import NS_PER_S
from astra_actors.reporting import metric_names as names
from astra_actors.reporting.logging import get_logger
from astra_actors.reporting.metric_names import CLUSTERS_MAX, Metric
from astra_actors.risk.trading_state import TradingMode

PORTFOLIO: Final[tuple[tuple[Metric, str], ...]] = (
    (names.EQUITY, "equity_usd"),
    (names.PEAK, "peak_usd"),
    (names.DRAWDOWN, "drawdown"),
    (names.EXPOSURE, "exposure_usd"),
    (names.RESERVED, "reserved_usd"),
    (names.GRANTED, "granted_usd"),
    (names.FEED_UPTIME, "feed_uptime"),
    (names.UNSEEN, "unseen_entity_rate"),
)
LOG: Final = get_logger("supervisor")
OTHER: Final = "other"  # the fullest of the clusters that have no name of their own
FULLEST: Final = "fullest"  # the market that is meant changes; its id is in the status


class Gauges:
    """Tell the status, as often as it is asked for. Names of clusters are taken up in the order in which they come."""

    def __init__(self, meter: Meter | None = None) -> None:
        self._meter = meter or Meter(adopting=True)
        self._clusters: dict[str, None] = {}

    def tell(self, status: Mapping[str, Any], now_ns: int) -> None:
        """Record every figure of the portfolio and of the tree, at `now_ns` by the clock on the wall; never raises."""
        try:
            self._tell(status, now_ns)
        except Exception as error:  # a figure that is missing stops nothing
            LOG.error("gauges.untold", why=f"{type(error).__name__}: {error}")

    def _tell(self, status: Mapping[str, Any], now_ns: int) -> None:
        meter = self._meter
        for metric, key in PORTFOLIO:
            meter.set(metric, status[key])
        meter.set(names.MARKET_TIME, status["now_ns"] / NS_PER_S)
        meter.set(names.QUARANTINED, len(status["quarantined"]))
        meter.total(names.WINDOWS, status["window"])
        meter.total(names.BREACHES, status["cap_breaches"])
        for mode in TradingMode:
            meter.set(names.STATE, mode.name == status["trading"]["state"], state=mode.name)
        self._tell_caps(status["caps"])
        for child in status["children"]:
            name = child["name"]
            meter.total(names.RESTARTS, child["restarts"], child=name)
            meter.set(names.CHILD_UP, child["state"] == "running", child=name)
            if child["progress_ns"] is not None:
                meter.set(names.PROGRESS_AGE, max(0, now_ns - child["progress_ns"]) / NS_PER_S, child=name)

    def _tell_caps(self, caps: Sequence[Mapping[str, Any]]) -> None:
        """A series that was told once stays, so every name is told each time, those without a market as 0."""
        told: dict[tuple[str, str], Mapping[str, Any]] = {}
        for cap in caps:
            key = (cap["scope"], self._name(cap))
            if key not in told or (cap["use"] or 0.0) > (told[key]["use"] or 0.0):
                told[key] = cap
        for name in self._clusters:
            if ("cluster", name) not in told:
                self._tell_cap("cluster", name, {"cap_usd": None, "exposure_usd": 0.0, "granted_usd": 0.0, "use": 0.0})
        for (scope, name), cap in told.items():
            self._tell_cap(scope, name, cap)

    def _tell_cap(self, scope: str, name: str, cap: Mapping[str, Any]) -> None:
        meter = self._meter
        meter.set(names.CAP, cap["cap_usd"], scope=scope, name=name)
        meter.set(names.CAP_EXPOSURE, cap["exposure_usd"], scope=scope, name=name)
        meter.set(names.CAP_GRANTED, cap["granted_usd"], scope=scope, name=name)
        meter.set(names.CAP_USE, cap["use"], scope=scope, name=name)

    def _name(self, cap: Mapping[str, Any]) -> str:
        """The tag for a scope's name: bounded for clusters, one word for whichever market is the fullest."""
        name: str = cap["name"]
        if cap["scope"] == "market":
            return FULLEST
        if cap["scope"] != "cluster":
            return name
        if name not in self._clusters and len(self._clusters) < CLUSTERS_MAX:
            self._clusters[name] = None
        return name if name in self._clusters else OTHER
