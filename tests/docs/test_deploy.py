"""What lies in `deploy/` fits what Astra exports: metrics of the dashboard are in the table, ports are on loopback only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from astra_actors.reporting.metric_names import METRICS, Kind

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "astra.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
COMPOSE = yaml.safe_load((DEPLOY / "docker-compose.observability.yml").read_text(encoding="utf-8"))
PROMETHEUS = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
RULES = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
FUNCTIONS = {"sum", "max", "min", "topk", "rate", "increase", "histogram_quantile", "absent"}
WORDS = {"by", "scope", "name", "state", "child", "shard", "veto", "le", "m"}
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())


def exported() -> dict[str, set[str]]:
    """Every series that a scrape can give, with the tags it may be asked by."""
    series: dict[str, set[str]] = {}
    for metric in METRICS:
        tags = {*metric.tags, "SessionName"}
        if metric.kind is Kind.HISTOGRAM:
            series |= {f"{metric.exported}_{part}": tags | {"le"} for part in ("bucket", "sum", "count")}
        else:
            series[metric.exported] = tags
    return series


def queries() -> Iterator[tuple[str, str]]:
    for panel in PANELS:
        yield from ((panel["title"], target["expr"]) for target in panel["targets"])
    for group in RULES["groups"]:
        yield from ((rule["alert"], rule["expr"]) for rule in group["rules"])


def check_query(query: str) -> None:
    """Brackets in pairs, known functions and names only, labels that the metric has; not a parser, but no typo passes."""
    depth: list[str] = []
    for sign in re.sub(r'"[^"]*"', '""', query):
        if sign in "([{":
            depth.append(sign)
        elif sign in ")]}":
            assert depth and "([{".index(depth.pop()) == ")]}".index(sign), query
    assert not depth, query
    for name, labels in re.findall(r"(ray_astra_\w+)(?:\{([^}]*)\})?", query):
        assert name in exported(), f"{name} is not exported"
        asked = set(re.findall(r'(\w+)\s*(?:=~|!~|!=|=)"', labels))
        assert asked <= exported()[name], f"{name} has no {asked - exported()[name]}"
    bare = re.sub(r'ray_astra_\w+(\{[^}]*\})?|"[^"]*"|\[[^\]]*\]', " ", query)
    assert set(re.findall(r"[A-Za-z_]+", bare)) <= FUNCTIONS | WORDS, bare


@pytest.mark.parametrize(("title", "query"), list(queries()))
def test_a_query_asks_for_what_is_exported(title: str, query: str) -> None:
    check_query(query)


@pytest.mark.parametrize(
    "query",
    [
        "sum(ray_astra_equity)",
        "sum(ray_astra_equity_usd",
        'max(ray_astra_equity_usd{shard="0"})',
        "summe(ray_astra_equity_usd)",
        "max(ray_astra_window_seconds)",
    ],
)
def test_a_wrong_query_is_found(query: str) -> None:
    with pytest.raises(AssertionError):
        check_query(query)


def test_every_metric_has_its_place_on_the_dashboard() -> None:
    shown = " ".join(target["expr"] for panel in PANELS for target in panel["targets"])
    assert [metric.exported for metric in METRICS if not re.search(rf"{metric.exported}(_bucket)?\b", shown)] == []


def test_panels_have_numbers_of_their_own_and_do_not_overlap() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        own = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert at["x"] + at["w"] <= 24 and not own & cells, panel["title"]
        cells |= own


def test_the_data_source_is_a_variable() -> None:
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource" and variables["datasource"]["query"] == "prometheus"
    sources = [panel["datasource"] for panel in PANELS]
    sources += [target["datasource"] for panel in PANELS for target in panel["targets"]]
    assert {source["uid"] for source in sources} == {"${datasource}"}
    check_query(re.sub(r"label_values\((.*), \w+\)", r"max(\1)", variables["session"]["definition"]))


def test_prometheus_finds_its_targets_in_rays_file_and_keeps_every_metric() -> None:
    scrape = PROMETHEUS["scrape_configs"][0]
    (found,) = scrape["file_sd_configs"]
    assert [Path(name).name for name in found["files"]] == ["prom_metrics_service_discovery.json"]
    assert all((DEPLOY / "prometheus" / name).is_file() for name in PROMETHEUS["rule_files"])
    (keep,) = [one for one in scrape["metric_relabel_configs"] if one.get("action") == "keep"]
    assert [name for name in exported() if not re.fullmatch(keep["regex"], name)] == []


def test_ports_are_published_on_loopback_only() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert sorted(port.split(":")[1] for port in ports) == ["3000", "9090"]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert all(service.get("network_mode") != "host" for service in COMPOSE["services"].values())


def test_the_overlay_fits_the_compose_file_and_its_mounts_are_there() -> None:
    base = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text(encoding="utf-8"))
    assert "astra" in base["services"]
    named = {*COMPOSE["volumes"], *base["volumes"]}
    for service in COMPOSE["services"].values():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            assert source in named or (DEPLOY.parent / source).is_dir(), source
    assert all(":" in service["image"] for name, service in COMPOSE["services"].items() if name != "astra")


def test_grafana_is_given_the_dashboard_and_where_to_ask() -> None:
    provisioning = DEPLOY / "grafana" / "provisioning"
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "astra.yml").read_text(encoding="utf-8"))["providers"]
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text("utf-8"))["datasources"]
    mounts: Any = {mount.split(":")[1] for mount in COMPOSE["services"]["grafana"]["volumes"]}
    assert provider["options"]["path"] in mounts
    assert source["type"] == "prometheus" and source["url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_listens_on_every_address(path: Path) -> None:
    assert "0.0.0.0" not in path.read_text(encoding="utf-8")
