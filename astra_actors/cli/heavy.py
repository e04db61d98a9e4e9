"""Commands that compute a lot, as Ray tasks on this machine or on a cluster: ruin, calibrate."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from astra_actors.cli.calibrating import calibrate
from astra_actors.cli.options import DEFAULT_DATA_DIR, Address, Config, DataDir, Json, Workers, print_json, say

if TYPE_CHECKING:
    from astra_actors.risk.limits import RiskLimits
    from astra_actors.simulation.ruin.paths import Chunk
    from astra_actors.simulation.ruin.record import Record
    from astra_actors.simulation.ruin.study import RuinStudy
    from supervision.heavy_jobs import HeavyJob


TOGETHER: Final = 5  # trades of a cluster that stand at once, unless somebody says otherwise


def add_to(app: typer.Typer) -> None:
    """Register the commands of this group."""
    app.command()(ruin)
    app.command()(calibrate)


def ruin(
    paths: Annotated[int, typer.Option(help="Simulated paths.")] = 10_000,
    trades: Annotated[int, typer.Option(help="Trades a path.")] = 1_000,
    returns: Annotated[
        Path | None,
        typer.Option(
            help="A CSV with one trade return a row (fraction of equity), its cluster beside it if known;"
            " default: the ledger's trades."
        ),
    ] = None,
    law: Annotated[
        Literal["iid", "stationary", "copula", "normal"] | None,
        typer.Option(help="Where returns come from; default: blocks of the record, or stated bets when it is short."),
    ] = None,
    rho: Annotated[
        float | None, typer.Option(help="Copula: correlation of trades in one cluster; default: what the record says.")
    ] = None,
    together: Annotated[int, typer.Option(help="Copula: how many trades of a cluster stand at once.")] = TOGETHER,
    block: Annotated[float | None, typer.Option(help="Stationary: mean block length; default: automatic.")] = None,
    unconstrained: Annotated[
        bool, typer.Option("--unconstrained", help="Leave caps, scaling and breaker out.")
    ] = False,
    after_breaker: Annotated[
        Literal["rebase", "stop"],
        typer.Option(help="After the breaker: the operator rebases and goes on, or trading ends."),
    ] = "rebase",
    ruin_level: Annotated[float, typer.Option(help="Ruin is equity at or below this fraction of the start.")] = 0.5,
    seed: Annotated[int, typer.Option(help="Same seed, same paths, whatever the number of workers.")] = 12345,
    address: Address = "",
    workers: Workers = None,
    config: Config = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Simulate drawdown and ruin from a record of trade returns: 10,000 paths in parallel, each figure with its interval."""
    from astra_actors.reporting.atomic import write_atomic
    from astra_actors.simulation.ruin.batches import batches_of, walk_batch
    from astra_actors.simulation.ruin.beside import rare_beside
    from astra_actors.simulation.ruin.dependence import rho_of
    from astra_actors.simulation.ruin.page import ruin_page
    from astra_actors.simulation.ruin.paths import AfterBreaker, PathPlan
    from astra_actors.simulation.ruin.record import chosen_law, load_returns
    from astra_actors.simulation.ruin.study import put_together
    from supervision.heavy_jobs import HeavyJob, JobPlace

    record = load_returns(returns) if returns is not None else _from_ledger(data_dir)
    seen = rho_of(record.returns, record.clusters, seed=seed) if law == "copula" and rho is None else None
    chosen, why = chosen_law(law, record, rho=seen.value if seen else rho or 0.0, together=together, block=block)
    limits = None if unconstrained else _limits(record, config, data_dir)
    plan = PathPlan(trades=trades, ruin_level=ruin_level, limits=limits, after_breaker=AfterBreaker(after_breaker))
    place = JobPlace(address=address, workers=workers)
    job = HeavyJob("ruin", walk_batch, (chosen, plan, seed), batches_of(paths), place)
    began = time.monotonic()
    study = put_together(chosen, plan, seed, _walked(job, paths))
    figures = {
        **study.figures(),
        "source": record.source,
        "law_reason": f"{why}; {seen.source}" if seen else why,
        "rho": seen.to_dict() if seen else None,
        "rare_ruin": rare_beside(chosen, plan, paths=paths, seed=seed),
        "distribution": job.figures(),
        "wall_s": round(time.monotonic() - began, 3),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    own_terms = rho is None and block is None and together == TOGETHER
    figures["evidence"] = _kept(
        record, study, figures, data_dir, own_caps=config is None, own_law=law is None, own_terms=own_terms
    )
    page = write_atomic(
        data_dir / "reports" / f"ruin-{study.digest[:12]}.html",
        ruin_page(study, figures, source=record.source, why=figures["law_reason"]),
    )
    if json:
        print_json({**figures, "page": str(page)})
    else:
        _say(figures, page)


def _from_ledger(data_dir: Path) -> Record:
    from astra_actors.reporting.ledger_reading import read_ledger
    from astra_actors.simulation.kept_run import newest_run
    from astra_actors.simulation.ruin.record import record_of

    ledger = data_dir / "ledger.db"
    return record_of(read_ledger(ledger, newest_run(ledger, instead="--returns FILE")))


def _limits(record: Record, config: list[Path] | None, data_dir: Path) -> RiskLimits:
    """The caps of the run whose trades they are; for a file of returns, or where a person says so, those of the settings."""
    from astra_actors.cli.options import settings_for
    from astra_actors.simulation.kept_run import limits_of_run

    if record.run_id and config is None:
        return limits_of_run(data_dir / "ledger.db", record.run_id)
    return settings_for("world", config, {}).risk


def _kept(
    record: Record,
    study: RuinStudy,
    figures: dict[str, Any],
    data_dir: Path,
    *,
    own_caps: bool,
    own_law: bool,
    own_terms: bool = True,
) -> dict[str, Any]:
    """Keep what the study shows for the live gate; says why, where it shows nothing there."""
    from astra_actors.reporting.evidence import EVIDENCE, write_evidence
    from astra_actors.simulation.ruin.beside import gate_measures, why_no_evidence
    from supervision.identity import now_text

    own_record = bool(record.run_id) and own_caps
    why = why_no_evidence(
        study.plan, study.law, paths=study.paths, own_record=own_record, own_law=own_law, own_terms=own_terms
    )
    if why:
        return {"kept": False, "why": why, "measures": {}}
    names = ("digest", "law", "law_terms", "seed", "paths", "trades", "p_ruin", "p_mdd_50")
    detail = {**{name: figures[name] for name in names}, "ledger_digest": record.ledger_digest}
    measures = gate_measures(figures)
    for name, value in measures.items():
        folder = data_dir / EVIDENCE
        write_evidence(folder, name, value, run_id=record.run_id, at=now_text(), detail=detail, of=record.standing)
    return {"kept": True, "why": "", "measures": measures}


def _walked(job: HeavyJob, paths: int) -> Iterator[Chunk]:
    """Chunks as workers hand them in, with a bar for a person who waits."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("paths", total=paths)
        for chunk in job:
            bar.advance(task, len(chunk.drawdown))
            yield chunk


def _say(figures: dict[str, Any], page: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    kind = "caps, sizing and breaker in force" if figures["constrained"] else "unconstrained"
    say(f"returns: {figures['source']}")
    say(
        f"{figures['paths']:,} paths of {figures['trades']:,} trades, law {figures['law']} ({figures['law_reason']}), {kind}"
    )
    if figures["wins_kept"] is not None and figures["wins_kept"] < 1.0:
        say(
            f"losses above the market cap are cut to it, and every win to {figures['wins_kept']:.1%}: one stake, one cut"
        )
    table = Table("", "value", "95 % interval", box=None)
    for name, key in (
        ("P(drawdown > 20 %)", "p_mdd_20"),
        ("P(drawdown > 50 %)", "p_mdd_50"),
        ("P(ruin)", "p_ruin"),
        ("mean largest drawdown", "mean_mdd"),
        ("95 % of paths fall at most", "mdd_p95"),
        ("99 % of paths fall at most", "mdd_p99"),
    ):
        one = figures[key]
        low, high = ("unknown" if end is None else f"{end:.3%}" for end in (one["ci_low"], one["ci_high"]))
        table.add_row(name, f"{one['value']:.3%}", f"{low} to {high}")
    console = Console()
    console.print(table)
    for name, row in figures["gate"].items():
        console.print(f"{row['status']}  {name} < {row['limit']:.1%}: upper 95 % bound {row['upper_95']:.3%}")
    rare = figures["rare_ruin"]
    if rare["p"] is None:
        console.print(f"rare ruin: unknown; {rare['why']}")
    else:
        interval = f"{rare['ci_low']:.3g} to {rare['ci_high']:.3g}"
        console.print(f"rare ruin, by importance sampling: {rare['p']:.3g} ({interval}) for {rare['of']}")
    kept = figures["evidence"]
    console.print(f"kept for the live gate: {', '.join(kept['measures']) or 'nothing; ' + kept['why']}")
    where = figures["distribution"]
    console.print(
        f"{where['chunks']} chunks on {where['workers']} workers of {len(where['nodes'])} node(s), "
        f"{where['chunks_again']} walked again after a death"
    )
    console.print(f"{figures['wall_s']} s, {figures['peak_rss_mb']} MB; fan chart: {page}")
