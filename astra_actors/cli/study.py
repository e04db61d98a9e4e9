"""Commands that study recorded outcomes: how good the estimator's probabilities were."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from astra_actors.cli.options import Json, print_json, say

if TYPE_CHECKING:
    from astra_actors.estimation.reliability import ReliabilityReport


def add_to(app: typer.Typer) -> None:
    """Register the commands of this group."""
    app.command()(reliability)


def reliability(
    markets: Annotated[
        Path, typer.Argument(help="Settled five-minute markets, one JSON object a line, gzipped or not.")
    ],
    ticks: Annotated[Path, typer.Argument(help="The ticks of the stream that settled them, CSV, gzipped or not.")],
    json: Json = False,
) -> None:
    """Score the threshold estimator on settled markets with their own ticks: Brier, expected score, reliability table."""
    from astra_actors.estimation.reliability import btc5m_reliability
    from astra_actors.estimation.sources.recorded_ticks import load_settled, load_ticks

    say(f"astra: reading {markets.name} and {ticks.name}")
    report = btc5m_reliability(load_settled(markets), load_ticks(ticks))
    if json:
        print_json(asdict(report))
    else:
        _say(report)


def _say(report: ReliabilityReport) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    scores = Table("before", "n", "Brier", "SE", "expected", "coin", "z", "p", "ECE", box=None)
    for row in report.horizons:
        score, meant = row.score, row.calibration
        cells = (score.score, score.se, meant.expected, 0.25, meant.z, meant.p_value, row.table.ece)
        scores.add_row(f"{row.horizon_s} s", str(score.n), *(_figure(cell) for cell in cells))
    console.print(f"{report.markets} settled markets; a calibrated forecaster would score `expected`, a coin 0.25")
    console.print(scores)
    for row in report.horizons:
        table = Table("said", "n", "mean said", "happened", title=f"{row.horizon_s} s before the end", box=None)
        for each in row.table.bins:
            if each.n:
                table.add_row(
                    f"{each.low:.1f}–{each.high:.1f}", str(each.n), _figure(each.mean_p), _figure(each.mean_y)
                )
        console.print(table)
        skipped = ", ".join(f"{why} {count}" for why, count in sorted(row.skipped.items()))
        console.print(f"without a forecast: {skipped or 'none'}")


def _figure(value: float | None) -> str:
    return "null" if value is None else f"{value:.4f}"
