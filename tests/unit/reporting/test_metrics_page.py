"""The reference page of metrics names every figure that a report holds."""

from __future__ import annotations

import re
from pathlib import Path

from astra_actors.metrics.stat import MINIMUM
from astra_actors.reporting.truth_report import build_report

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "metrics.md"
RUN = "11111111-1111-4111-8111-111111111111"
COUNTS = {"n", "voided", "unscored", "events", "rolling_state"}  # described in words


def test_every_figure_is_on_the_page(ledger):
    named = set(re.findall(r"`([a-z0-9_]+)`", PAGE.read_text()))
    report = build_report(ledger, RUN, extra={})
    figures = set(report["metrics"]) | set(report["maker_truth_metrics"]) | {"fills_band", "shares_band", "pnl_band"}
    figures |= set(report["forecast_quality"]["entry"]) - COUNTS
    assert figures - named == set()


def test_the_page_states_the_minimum_samples():
    text = PAGE.read_text()
    rows = {metric: f"{metric}_per_trade" for metric in ("sharpe", "sortino")}
    rows |= {"expectancy": "expectancy_usd", "var": "var_95", "cvar": "cvar_95"}
    for metric, minimum in MINIMUM.items():
        row = next(
            line for line in text.splitlines() if line.startswith("|") and f"`{rows.get(metric, metric)}`" in line
        )
        assert row.rstrip(" |").rsplit("|", 1)[1].strip().split(",")[0] == str(minimum), row
