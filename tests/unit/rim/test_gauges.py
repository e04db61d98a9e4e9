"""The status becomes metrics: each figure under its name, and tags that a run of any size cannot multiply."""

from __future__ import annotations

from typing import Any

from astra_actors.reporting import metric_names as names
from astra_actors.reporting.metric_names import CLUSTERS_MAX, Metric
from supervision.gauges import FULLEST, OTHER, Gauges
from supervision.tree import Tree

SECOND_NS = 1_000_000_000


class Told:
    """A meter that remembers the last value of every series."""

    def __init__(self) -> None:
        self.series: dict[tuple[str, ...], float | None] = {}

    def set(self, metric: Metric, value: float | None, **tags: str) -> None:
        self.series[metric.name, *(tags[tag] for tag in metric.tags)] = value

    total = set

    def named(self, metric: Metric) -> dict[tuple[str, ...], float | None]:
        return {key[1:]: value for key, value in self.series.items() if key[0] == metric.name}


def cap(scope: str, name: str, use: float | None) -> dict[str, Any]:
    return {"scope": scope, "name": name, "cap_usd": 100.0, "exposure_usd": 1.0, "granted_usd": 2.0, "use": use}


def status(**changed: Any) -> dict[str, Any]:
    """A run that stands at its tenth second."""
    child = {"name": "market-0", "restarts": 2, "state": "running", "progress_ns": 7 * SECOND_NS}
    return {
        "equity_usd": 5_000.0,
        "peak_usd": 5_100.0,
        "drawdown": 0.02,
        "exposure_usd": 40.0,
        "reserved_usd": 10.0,
        "granted_usd": 90.0,
        "feed_uptime": 0.99,
        "unseen_entity_rate": 0.25,
        "now_ns": 10 * SECOND_NS,
        "window": 4,
        "cap_breaches": 0,
        "quarantined": ["m1"],
        "trading": {"state": "REDUCING"},
        "caps": [cap("aggregate", "all", 0.5)],
        "children": [child, {**child, "name": "analyst", "state": "silent", "progress_ns": None}],
        **changed,
    }


def test_figures_of_the_portfolio_and_the_tree() -> None:
    told = Told()
    Gauges(told).tell(status(), 10 * SECOND_NS)  # type: ignore[arg-type]
    assert told.series["astra_equity_usd",] == 5_000.0
    assert told.series["astra_drawdown_ratio",] == 0.02
    assert told.series["astra_market_time_seconds",] == 10.0
    assert told.series["astra_markets_quarantined",] == 1
    assert told.named(names.STATE) == {("ACTIVE",): 0, ("REDUCING",): 1, ("HALTED",): 0, ("KILLED",): 0}
    assert told.named(names.CHILD_UP) == {("market-0",): 1, ("analyst",): 0}
    assert told.named(names.PROGRESS_AGE) == {("market-0",): 3.0}, "one that has not spoken has no age"
    assert told.named(names.RESTARTS) == {("market-0",): 2, ("analyst",): 2}


def test_clusters_are_bounded_by_name_and_the_fullest_of_the_rest_is_kept() -> None:
    told = Told()
    known = [cap("cluster", f"c{number}", 0.1) for number in range(CLUSTERS_MAX)]
    later = [cap("cluster", "late-a", 0.3), cap("cluster", "late-b", 0.9), cap("cluster", "late-c", None)]
    Gauges(told).tell(status(caps=[*known, *later]), 0)  # type: ignore[arg-type]
    uses = told.named(names.CAP_USE)
    assert len(uses) == CLUSTERS_MAX + 1
    assert uses["cluster", OTHER] == 0.9


def test_a_cluster_without_markets_is_told_as_empty() -> None:
    """Ray goes on exporting what it was told once."""
    told = Told()
    gauges = Gauges(told)  # type: ignore[arg-type]
    gauges.tell(status(caps=[cap("cluster", "c1", 0.8)]), 0)
    gauges.tell(status(caps=[]), 0)
    assert told.named(names.CAP_USE)["cluster", "c1"] == 0.0
    assert told.named(names.CAP_EXPOSURE)["cluster", "c1"] == 0.0


def test_the_fullest_market_has_one_series_whichever_it_is() -> None:
    told = Told()
    gauges = Gauges(told)  # type: ignore[arg-type]
    gauges.tell(status(caps=[cap("market", "m1", 0.8)]), 0)
    gauges.tell(status(caps=[cap("market", "m2", 1.0)]), 0)
    assert told.named(names.CAP_USE) == {("market", FULLEST): 1.0}


def test_a_status_that_says_too_little_stops_nothing() -> None:
    told = Told()
    Gauges(told).tell(status(trading=None), 0)  # type: ignore[arg-type]
    assert told.series["astra_equity_usd",] == 5_000.0, "what could be told was"


def test_a_tree_that_cannot_be_seen_is_the_one_seen_last() -> None:
    tree = Tree(now_ns=lambda: 7)
    assert tree.seen(None, None, [])["progress_ns"] == 7  # type: ignore[arg-type]
