"""What the benchmarks share: rounds that alternate between contestants, medians, and one table or one JSON object."""

from __future__ import annotations

import argparse
import gc
import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
Rows = Sequence[Mapping[str, Any]]


def options(about: str | None, **numbers: int) -> argparse.Namespace:
    """The command line of a benchmark: `--json`, and whole numbers with their defaults."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{default} unless told")
    return parser.parse_args()


def medians(rounds: int, contestants: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """The median of what each contestant returns; they take turns, so that a busy minute meets all of them."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            gc.collect()
            found[name].append(run())
    return {name: statistics.median(values) for name, values in found.items()}


def at_percent(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of the others do not pass."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def show(benchmark: str, rows: Rows, *, as_json: bool, notes: Sequence[str] = ()) -> None:
    """Print the rows: one JSON object, or a table with a column for each name that occurs."""
    if as_json:
        print(json.dumps({"benchmark": benchmark, "rows": list(rows), "notes": list(notes)}))
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        first, *rest = (cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join([line[0].ljust(len(first)), *rest]))
    for note in notes:
        print(note)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
