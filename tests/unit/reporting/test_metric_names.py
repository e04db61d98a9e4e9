"""The table of exported metrics keeps its own rules: names end in their unit, tags are bounded, and nobody is left out."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from astra_actors.reporting import metric_names
from astra_actors.reporting.metric_names import BY_NAME, METRICS, Kind, Metric

ROOT = Path(__file__).resolve().parents[3]
BASE_UNITS = ("usd", "ratio", "seconds", "bytes")  # what Prometheus wants in the name; counts need no unit there
TAGS = {"shard", "child", "veto", "state", "scope", "name"}  # each from a list that a run cannot make longer
ids = [metric.name for metric in METRICS]


@pytest.mark.parametrize("metric", METRICS, ids=ids)
def test_a_name_says_what_is_counted_and_in_which_unit(metric: Metric) -> None:
    assert metric.name.startswith("astra_") and metric.name == metric.name.lower()
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    if metric.unit in BASE_UNITS:
        assert metric.name.endswith(f"_{metric.unit}")
    assert metric.meaning and not metric.meaning.endswith(".")


@pytest.mark.parametrize("metric", METRICS, ids=ids)
def test_tags_are_bounded_and_only_histograms_have_buckets(metric: Metric) -> None:
    assert set(metric.tags) <= TAGS
    assert bool(metric.buckets) == (metric.kind is Kind.HISTOGRAM)
    assert list(metric.buckets) == sorted(set(metric.buckets))
    assert all(bound > 0 for bound in metric.buckets)


def test_every_metric_is_there_once_and_somebody_records_it() -> None:
    assert len(BY_NAME) == len(METRICS) > 30
    constants = {id(value): name for name, value in vars(metric_names).items() if isinstance(value, Metric)}
    used: set[str] = set()
    for folder in ("actors", "supervision"):
        for path in (ROOT / folder).glob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert [constants[id(metric)] for metric in METRICS if constants[id(metric)] not in used] == []
