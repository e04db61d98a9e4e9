"""What `astra replay --sweep` does: every combination of settings as one replay of the tape, on any worker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from astra_actors.cli.options import say
from astra_actors.kernel.errors import BadInput

if TYPE_CHECKING:
    from astra_actors.simulation.sweep.verdict import Replayed
    from supervision.heavy_jobs import HeavyJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What was typed."""

    tapes: list[Path]
    sweep: list[str]
    book_only: bool
    only: list[str] | None
    config: list[Path] | None
    flags: dict[str, Any]


def run_sweep(asked: Sweep, *, address: str, workers: int | None) -> dict[str, Any]:
    """Replay every combination; every one of their settings is checked before the first begins."""
    from astra_actors.simulation.sweep.grid import combinations
    from astra_actors.simulation.sweep.verdict import sweep_figures
    from supervision.heavy_jobs import HeavyJob, JobPlace
    from supervision.sweeping import TapeFiles, replay_shard

    if not asked.sweep:
        raise BadInput("--address, --workers", address or workers, "they are for a sweep; give --sweep NAME=V1,V2")
    if asked.book_only:
        raise BadInput("--book-only", "with --sweep", "a sweep trades; leave one of the two away")
    place = JobPlace(address=address, workers=workers)
    grid = combinations(asked.sweep)
    settings = [_settings(asked, combination) for combination in grid]
    tape = TapeFiles.read(asked.tapes, travel=bool(address))
    began = time.monotonic()
    job = HeavyJob("replay --sweep", replay_shard, (tape, asked.only), list(enumerate(settings)), place)
    figures = sweep_figures(grid, list(_replayed(job, len(grid))))
    return {
        "tapes": [str(path) for path in asked.tapes],
        **figures,
        "distribution": job.figures(),
        "wall_s": round(time.monotonic() - began, 3),
    }


def say_sweep(figures: dict[str, Any]) -> None:
    """A row a combination, and the sentence that has to be read with them."""
    from rich.console import Console
    from rich.table import Column, Table

    level = f"{100 * figures['interval_level']:.2f} % interval"
    table = Table(
        Column("settings", min_width=26, overflow="fold"),
        "orders",
        "fills",
        "P&L, three fills",
        "trades",
        "Sharpe",
        level,
        "deflated",
        box=None,
    )
    for row in figures["combinations"]:
        ends = "–" if row["sharpe_ci"] is None else " to ".join(f"{end:.3f}" for end in row["sharpe_ci"])
        words = " ".join(f"{name}={value}" for name, value in row["settings"].items())
        band = " ".join(f"{row['pnl_band'][name]:.2f}" for name in ("pessimistic", "base", "optimistic"))
        counts = (str(row["orders"]), str(row["fills"]), band, str(row["trades"]))
        table.add_row(words, *counts, _figure(row["sharpe"]), ends, _figure(row["deflated"]))
    console = Console()
    console.print(table)
    console.print(figures["verdict"])
    say(f"{figures['wall_s']:.1f} s")


def _settings(asked: Sweep, combination: tuple[tuple[str, str], ...]) -> Any:
    from astra_actors.cli.options import settings_over
    from astra_actors.simulation.sweep.grid import flags_of

    given = {name: value for name, value in asked.flags.items() if value is not None}
    return settings_over("tape", asked.config, flags_of(combination, {"run": {"feed": "tape", **given}}))


def _replayed(job: HeavyJob, count: int) -> Iterator[Replayed]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("replays", total=count)
        for part in job:
            bar.advance(task)
            yield part


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
