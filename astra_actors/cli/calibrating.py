"""The command that learns from outcomes: a calibration map for each category, judged on events that no fit has seen."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from astra_actors.cli.options import DEFAULT_DATA_DIR, Address, DataDir, Json, Workers, print_json

if TYPE_CHECKING:
    from astra_actors.learning.records import Fit


def calibrate(
    method: Annotated[
        Literal["platt", "temperature", "beta", "isotonic"],
        typer.Option(help="Family of maps; a wider one needs more outcomes: 50, 50, 150, 300."),
    ] = "platt",
    dry: Annotated[bool, typer.Option("--dry", help="Fit and judge, and write nothing.")] = False,
    address: Address = "",
    workers: Workers = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Learn calibration maps from the ledger's settled forecasts, judge them on a holdout, and put every fit on record."""
    from supervision.heavy_jobs import JobPlace
    from supervision.learning_jobs import fit_all, put_on_record

    place = JobPlace(address=address, workers=workers)
    began = time.monotonic()
    found = fit_all(data_dir / "ledger.db", method, place)
    if not dry:
        put_on_record(data_dir / "ledger.db", found.run_id, found.fits)
    content = {
        "run_id": found.run_id,
        "outcomes": found.outcomes,
        "written": not dry,
        "fits": [_plain(one) for one in found.fits],
        "distribution": found.distribution,
        "wall_s": round(time.monotonic() - began, 3),
    }
    if json:
        print_json(content)
    else:
        _say(content, data_dir)


def _plain(one: Fit) -> dict[str, Any]:
    return {**asdict(one), "verdict": one.verdict.name, "meaning": one.verdict.value}


def _say(content: dict[str, Any], data_dir: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"{content['outcomes']:,} settled forecasts of run {content['run_id']}")
    table = Table("category", "verdict", "why", "in force", box=None)
    for one in content["fits"]:
        terms = " ".join(
            f"{value:.3f}" if isinstance(value, float) else str(value) for value in one["in_force"].values()
        )
        if one["category"] != "*" and one["verdict"] == "TOO_FEW" and terms == "identity":
            terms = "as all"  # its parent stands, as the reason beside it says
        table.add_row(
            "all" if one["category"] == "*" else one["category"], one["meaning"].split(":")[0], one["why"], terms
        )
    console.print(table)
    said = f"on record in {data_dir / 'ledger.db'}" if content["written"] else "nothing was written"
    console.print(f"{said}; {content['wall_s']} s. Estimates do not pass through these maps by themselves.")
