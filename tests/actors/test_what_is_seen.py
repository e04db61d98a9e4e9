"""DESIGN §5: what Ray exports of a run is what is documented, and says the same as the run's own status."""

from __future__ import annotations

import os
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from ray_run import ENVIRONMENT, RayRun, until

from astra_actors.kernel.facts import FACTS
from astra_actors.reporting import metric_names as names
from astra_actors.reporting.metric_names import METRICS, Kind, Metric

pytestmark = [pytest.mark.ray, pytest.mark.slow]

GOAL = 18  # orders rest, and some have filled
RAYS_OWN = {"Component", "NodeAddress", "SessionName", "Version", "WorkerId"}
TOLD = {
    names.EVENTS: "events",
    names.ORDERS: "orders",
    names.FILLS: "fills",
    names.REJECTS: "rejects",
    names.RESYNCS: "resyncs",
    names.ORDERS_OPEN: "open_orders",
    names.WINDOWS: "window",
    names.BREACHES: "cap_breaches",
    names.EQUITY: "equity_usd",
    names.PEAK: "peak_usd",
    names.DRAWDOWN: "drawdown",
    names.EXPOSURE: "exposure_usd",
    names.RESERVED: "reserved_usd",
    names.GRANTED: "granted_usd",
    names.FEED_UPTIME: "feed_uptime",
}
SERIES = re.compile(r"^(ray_astra_\w+?)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


@dataclass(slots=True)
class Scrape:
    """What the metrics port of the node says of Astra."""

    kinds: dict[str, str] = field(default_factory=dict)
    meanings: dict[str, str] = field(default_factory=dict)
    series: dict[str, list[tuple[dict[str, str], float]]] = field(default_factory=dict)

    def sum(self, metric: Metric, part: str = "", **tags: str) -> float | None:
        """Over all series with these tags; None while there is none."""
        found = [
            value
            for labels, value in self.series.get(metric.exported + part, [])
            if all(labels.get(tag) == wanted for tag, wanted in tags.items())
        ]
        return sum(found) if found else None


def scrape() -> Scrape:
    import ray

    (node,) = ray.nodes()
    address = f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics"
    with urllib.request.urlopen(address, timeout=10) as answer:
        text = answer.read().decode()
    made = Scrape(
        kinds=dict(re.findall(r"^# TYPE (ray_astra_\w+) (\w+)$", text, re.MULTILINE)),
        meanings=dict(re.findall(r"^# HELP (ray_astra_\w+) (.*)$", text, re.MULTILINE)),
    )
    for name, labels, value in SERIES.findall(text):
        own = {tag: said for tag, said in re.findall(r'(\w+)="([^"]*)"', labels) if not tag.startswith("otel_")}
        made.series.setdefault(name, []).append((own, float(value)))
    return made


def told(made: RayRun, metric: Metric, wanted: float, part: str = "", **tags: str) -> Scrape:
    """The scrape in which a sum has come to what it must be; Ray hands metrics on with a delay."""
    seen: list[float | None] = []

    def arrived() -> Scrape | None:
        made.status()
        now = scrape()
        seen.append(now.sum(metric, part, **tags))
        return now if seen[-1] is not None and abs(seen[-1] - wanted) < 1e-6 else None

    try:
        found: Scrape = until(arrived, f"{metric.exported}{part} {tags} becomes {wanted}")
    except AssertionError as error:
        raise AssertionError(f"{error}; it was {seen[-1]}") from None
    return found


@dataclass(slots=True)
class Seen:
    """One run as its own status, its ledger and Ray show it: at rest, and after a shard was killed."""

    status: dict[str, Any]
    scraped: Scrape
    children: dict[str, dict[str, Any]]
    pids: dict[str, int]
    actors: dict[str, tuple[str, str]]
    rows: int
    windows: int
    size: int
    killed_status: dict[str, Any] = field(default_factory=dict)
    killed: Scrape = field(default_factory=Scrape)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """A run on a Ray with its dashboard, that hands metrics on every second."""
    import ray

    os.environ.update(ENVIRONMENT)
    made: RayRun | None = None
    try:
        ray.init(
            address="local",
            include_dashboard=True,
            log_to_driver=False,
            logging_level="ERROR",
            _system_config={"metrics_report_interval_ms": 1_000},
        )
        made = RayRun(tmp_path_factory.mktemp("seen"), shards=2)
        made.run_to(GOAL)
        found = at_rest(made)
        made.kill("market-1")
        found.killed_status = made.run_to(GOAL + 1)
        found.killed = told(made, names.RESTARTS, 1, child="market-1")
        yield found
    finally:
        if made is not None:
            made.end()
        ray.shutdown()


def at_rest(made: RayRun) -> Seen:
    def answered() -> dict[str, Any] | None:
        status = made.status()
        return status if all(child["pid"] for child in status["children"]) else None

    status = until(answered, "every child has answered beside its work")
    on_disk = until(lambda: GOAL in made.windows_on_disk() and made.windows_on_disk(), "the last window is on disk")
    rows = sum(made.question(f"SELECT COUNT(*) FROM {fact.table}")[0][0] for fact in FACTS)
    told(made, names.ROWS, rows)
    told(made, names.DECISIONS, status["decisions"])
    children = {child["name"]: child for child in status["children"]}
    return Seen(
        status=status,
        scraped=told(made, names.WINDOW_SECONDS, 2 * GOAL, "_count"),
        children=children,
        pids={name: made.pid(name) for name in children},
        actors=in_the_dashboard(made.namespace),
        rows=rows,
        windows=len(on_disk),
        size=made.workspace.ledger.stat().st_size,
    )


def in_the_dashboard(namespace: str) -> dict[str, tuple[str, str]]:
    import ray
    from ray.util.state import list_actors

    address = ray.get_runtime_context().gcs_address  # beside another Ray on this machine it has to be told which one
    wanted = [("ray_namespace", "=", namespace), ("state", "=", "ALIVE")]
    actors = list_actors(address=address, filters=wanted, detail=True)
    return {actor.name: (actor.class_name, actor.repr_name) for actor in actors}


def test_every_documented_metric_is_exported_and_no_other(seen: Seen) -> None:
    now = seen.scraped
    expected = {metric.exported: metric for metric in METRICS if not metric.live}
    assert sorted(now.kinds) == sorted(expected)
    for name, metric in expected.items():
        assert now.kinds[name] == metric.kind.value
        assert now.meanings[name] == metric.meaning
        part = "_count" if metric.kind is Kind.HISTOGRAM else ""
        for labels, _ in now.series[name + part]:
            assert set(labels) - RAYS_OWN == set(metric.tags), name


def test_the_values_are_those_of_the_status(seen: Seen) -> None:
    status, now = seen.status, seen.scraped
    assert status["fills"] > 0 and status["vetoes"] and status["granted_usd"] > 0
    assert {key: now.sum(metric) for metric, key in TOLD.items()} == pytest.approx(
        {key: status[key] for key in TOLD.values()}
    )
    assert {veto: now.sum(names.VETOES, veto=veto) for veto in status["vetoes"]} == status["vetoes"]
    assert now.sum(names.VETOES) == sum(status["vetoes"].values())
    assert now.sum(names.STATE, state=status["trading"]["state"]) == 1 == now.sum(names.STATE)
    assert now.sum(names.MARKET_TIME) == pytest.approx(status["now_ns"] / 1e9)
    assert now.sum(names.MARKETS) == status["live_markets"]


def test_caps_are_told_by_scope(seen: Seen) -> None:
    status, now = seen.status, seen.scraped
    named = {(cap["scope"], cap["name"]): cap for cap in status["caps"] if cap["scope"] != "market"}
    assert {scope for scope, _ in named} >= {"aggregate", "cluster"}
    for (scope, name), cap in named.items():
        assert now.sum(names.CAP_GRANTED, scope=scope, name=name) == pytest.approx(cap["granted_usd"])
        assert now.sum(names.CAP_USE, scope=scope, name=name) == pytest.approx(cap["use"])
    assert now.sum(names.CAP_GRANTED, scope="aggregate") == pytest.approx(status["granted_usd"])


def test_the_ledgers_metrics_are_what_the_ledger_holds(seen: Seen) -> None:
    now = seen.scraped
    assert now.sum(names.ROWS) == seen.rows > 0
    assert now.sum(names.COMMIT_SECONDS, "_count") == seen.windows == GOAL
    assert now.sum(names.LEDGER_BYTES) == pytest.approx(seen.size, abs=1 << 20)


def test_each_child_tells_how_far_it_has_come(seen: Seen) -> None:
    assert sorted(seen.children) == ["analyst", "ledger", "market-0", "market-1", "research"]
    assert {name: child["pid"] for name, child in seen.children.items()} == seen.pids
    assert all(child["progress_ns"] for child in seen.children.values())
    shards = [seen.children["market-0"], seen.children["market-1"]]
    assert sum(shard["markets"] for shard in shards) == seen.status["live_markets"]
    assert sum(shard["open_orders"] for shard in shards) == seen.status["open_orders"]
    assert sum(shard["used_usd"] for shard in shards) == pytest.approx(seen.status["exposure_usd"])
    assert {seen.scraped.sum(names.CHILD_UP, child=name) for name in seen.children} == {1.0}


def test_ray_shows_name_shard_feed_and_incarnation(seen: Seen) -> None:
    number = {name: child["incarnation"] for name, child in seen.children.items()}
    assert len(set(number.values())) == 5, "no two owners share a number"
    assert seen.actors == {
        "supervisor": ("Supervisor", "Supervisor(feed=world, shards=2, started at window 0)"),
        "ledger": ("LedgerActor", f"LedgerActor(ledger.db, incarnation={number['ledger']})"),
        "research": (
            "ResearchActor",
            f"ResearchActor(definitions, clusters, active set, incarnation={number['research']})",
        ),
        "market-0": ("MarketActor", f"MarketActor(shard=0, feed=world, incarnation={number['market-0']})"),
        "market-1": ("MarketActor", f"MarketActor(shard=1, feed=world, incarnation={number['market-1']})"),
        "analyst": ("AnalystActor", f"AnalystActor(truth reports, incarnation={number['analyst']})"),
    }


def test_a_replaced_child_is_counted_and_its_cause_told(seen: Seen) -> None:
    assert seen.scraped.sum(names.RESTARTS) == 0, "it is exported before anything happened"
    assert seen.killed.sum(names.RESTARTS) == 1
    child = next(child for child in seen.killed_status["children"] if child["name"] == "market-1")
    assert child["restarts"] == 1 and "Died" in child["cause"]
