"""`astra stress`: what named disasters would cost the portfolio that stands now, or one from a file, against every cap."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from astra_actors.cli.options import DEFAULT_DATA_DIR, Address, Config, DataDir, Json, Workers, print_json, say

if TYPE_CHECKING:
    from astra_actors.risk.limits import RiskLimits
    from astra_actors.simulation.stress.book import Book
    from astra_actors.simulation.stress.scenarios import Scenario
    from astra_actors.simulation.stress.study import Job, Result, StressStudy

SMALL: Final = 400_000  # jobs × rows that one core works out in the seconds that a Ray takes to start
PAIRS_SHOWN: Final = 5
CAPS_SHOWN: Final = ("market", "cluster", "category", "aggregate")  # of each kind the fullest cap, as a share of it


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(stress)


def stress(
    portfolio: Annotated[
        Path | None, typer.Option(help="A portfolio as JSON or YAML; default: what the newest run of the ledger holds.")
    ] = None,
    scenario: Annotated[
        list[Path] | None,
        typer.Option(
            help="A YAML file of scenarios beside the shipped ones; the same name takes its place. May repeat."
        ),
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Run only the scenario of this name; may be repeated.")] = None,
    no_pairs: Annotated[bool, typer.Option("--no-pairs", help="Leave combinations of two scenarios out.")] = False,
    address: Address = "",
    workers: Workers = None,
    config: Config = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Strike the portfolio with every scenario: loss against each cap, the worst case by name, a verdict."""
    from astra_actors.reporting.atomic import write_atomic
    from astra_actors.simulation.stress.evidence import study_of_fullest
    from astra_actors.simulation.stress.figures import figures_of
    from astra_actors.simulation.stress.load import check_names, chosen, load_scenarios, with_steps
    from astra_actors.simulation.stress.page import stress_page
    from astra_actors.simulation.stress.study import jobs_of, put_together

    known = load_scenarios(scenario or ())
    book = _book(portfolio, config, data_dir)
    wanted = chosen(known, only or ())
    check_names(with_steps(wanted, known), book)
    began = time.monotonic()
    jobs = jobs_of(wanted, pairs=not no_pairs)
    study = put_together(book, wanted, _struck(book, known, jobs, address, workers))
    fullest = study_of_fullest(book.limits, book.base_e10, wanted, known)
    figures = {
        **figures_of(study),
        "fullest": None if fullest is None else figures_of(fullest),
        "evidence": _kept(data_dir, study, fullest, asked=config is None and portfolio is None),
        "wall_s": round(time.monotonic() - began, 3),
    }
    page = write_atomic(data_dir / "reports" / f"stress-{figures['digest'][:12]}.html", stress_page(figures))
    if json:
        print_json({**figures, "page": str(page)})
    else:
        _say(figures, page)


def _kept(data_dir: Path, study: StressStudy, fullest: StressStudy | None, *, asked: bool) -> dict[str, Any]:
    """Keep what the study shows for the live gate; says why, where it shows nothing there."""
    from astra_actors.reporting.evidence import EVIDENCE, Standing, write_evidence
    from astra_actors.simulation.stress.evidence import measures_of, why_no_evidence
    from astra_actors.simulation.stress.figures import figures_of
    from astra_actors.simulation.stress.load import load_scenarios
    from supervision.identity import now_text

    why = "" if asked else "it is not of the run's own portfolio under the run's own settings"
    why = why or why_no_evidence(study.scenarios, load_scenarios())
    if why or fullest is None:
        return {"kept": False, "why": why or "no equity is left", "measures": {}}
    facts = study.book.facts
    measures = measures_of((study, fullest))
    detail = {"digest": figures_of(study)["digest"], "fullest_digest": figures_of(fullest)["digest"]}
    for name, value in measures.items():
        write_evidence(
            data_dir / EVIDENCE,
            name,
            value,
            run_id=str(facts["run_id"]),
            at=now_text(),
            detail={**detail, "worst": study.worst.job[0], "ledger_digest": facts["ledger_digest"]},
            of=Standing(config_hash=str(facts["config_hash"]), ledger_ns=int(str(facts["ledger_ns"]))),
        )
    return {"kept": True, "why": "", "measures": measures}


def _book(portfolio: Path | None, config: list[Path] | None, data_dir: Path) -> Book:
    from astra_actors.simulation.kept_run import newest_run
    from astra_actors.simulation.stress.from_file import load_portfolio
    from astra_actors.simulation.stress.from_ledger import book_of_ledger

    if portfolio is not None:
        return load_portfolio(portfolio, _limits(config))
    ledger = data_dir / "ledger.db"
    return book_of_ledger(ledger, newest_run(ledger, instead="--portfolio FILE"), _limits(config) if config else None)


def _limits(config: list[Path] | None) -> RiskLimits:
    from astra_actors.cli.options import settings_for

    return settings_for("world", config, {}).risk


def _struck(
    book: Book, known: tuple[Scenario, ...], jobs: list[Job], address: str, workers: int | None
) -> Iterator[list[Result]]:
    """Results as they come: in this process when that is quick, else as tasks here or on the cluster."""
    from astra_actors.simulation.stress.study import chunks_of, strike_chunk
    from supervision.heavy_jobs import HeavyJob, JobPlace

    chunks = chunks_of(jobs)
    if not address and workers is None and len(jobs) * (len(book.holdings) + len(book.orders)) < SMALL:
        yield from (strike_chunk(book, known, *chunk) for chunk in chunks)
    else:
        place = JobPlace(address=address, workers=workers)
        yield from HeavyJob("stress", strike_chunk, (book, known), chunks, place)


def _say(figures: dict[str, Any], page: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    held = figures["portfolio"]
    say(f"portfolio: {held['source']}")
    say(
        f"equity {held['equity_usd']:,.2f} USD of a bankroll of {held['bankroll_usd']:,.2f}; {held['positions']} positions,"
        f" {held['orders']} open orders, {held['clusters']} clusters"
    )
    table = Table("scenario", "at mark", "at cost", *CAPS_SHOWN, "", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for row in sorted(figures["scenarios"], key=lambda row: -row["loss_usd"]):
        table.add_row(*_cells(row))
    console = Console(soft_wrap=True)
    console.print(table)
    for row in figures["pairs"][:PAIRS_SHOWN]:
        share = f"{row['share_of_bankroll']:.2%} of the bankroll"
        console.print(f"two at once: {row['name']} {row['loss_usd']:,.2f} USD, {share}, {row['status']}")
    for line in (*figures["reasons"], *figures["notes"]):
        console.print(line)
    full, kept = figures["fullest"], figures["evidence"]
    if full is not None:
        console.print(f"the fullest book that the caps allow: {_worst(full)}")
    console.print(f"kept for the live gate: {_measures(kept)}")
    console.print(f"worst case: {_worst(figures)}; page: {page}")


def _worst(figures: dict[str, Any]) -> str:
    worst = figures["worst"]
    share = f"{worst['share_of_bankroll']:.2%} of the bankroll"
    return f"{worst['name']}, {worst['loss_usd']:,.2f} USD, {share}, {figures['verdict']}"


def _measures(kept: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in kept["measures"].items()) or f"nothing; {kept['why']}"


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    uses = [row["cap_use"][kind] for kind in CAPS_SHOWN]
    shares = ("-" if use is None else f"{use:.1%}" for use in uses)
    return row["name"], f"{row['loss_usd']:,.2f}", f"{row['loss_at_cost_usd']:,.2f}", *shares, row["status"]
