"""Commands that run something: paper, replay, record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from astra_actors.cli.options import (
    DEFAULT_DATA_DIR,
    Address,
    Config,
    DataDir,
    Json,
    Workers,
    print_json,
    say,
    settings_for,
)

Feed = Literal["world", "tape", "polymarket"]


def add_to(app: typer.Typer) -> None:
    """Register the commands of this group."""
    app.command()(paper)
    app.command()(replay)
    app.command()(record)


def paper(
    feed: Annotated[
        Feed, typer.Option(help="What is seen: a synthetic world, a recorded tape, or the venue.")
    ] = "world",
    tape: Annotated[
        list[Path] | None, typer.Option(help="A tape to trade on; may be repeated. Implies --feed tape.")
    ] = None,
    days: Annotated[float | None, typer.Option(help="Virtual days of a world; days of wall time on the venue.")] = None,
    speed: Annotated[str, typer.Option(help="`max`, or virtual seconds a second.")] = "max",
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same ledger.")] = None,
    markets: Annotated[int | None, typer.Option(help="Markets of a world, over the whole run.")] = None,
    actors: Annotated[int | None, typer.Option(help="Market actors; the ledger does not depend on it.")] = None,
    config: Config = None,
    address: Annotated[
        str, typer.Option(help="HOST:PORT of a Ray cluster to join; without it a local Ray is started.")
    ] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Take up the last run of this data directory.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Run paper trading; live progress on stderr, at the end the truth report."""
    from astra_actors.cli.progress import ProgressScreen, print_summary
    from astra_actors.engine.build import FeedSpec
    from supervision.driver import Run, prepare
    from supervision.joining import usable_address

    usable_address(address)
    kind = "tape" if tape else feed
    settings = settings_for(
        kind,
        config,
        {
            "seed": seed,
            "days": days,
            "markets": markets,
            "actors": actors,
            "speed": 0.0 if speed == "max" else _speed(speed),
            "data_dir": str(data_dir),
            "tape_paths": tuple(str(path.resolve()) for path in tape) if tape else None,
        },
    )
    run = settings.run
    spec = FeedSpec(kind=kind, seed=run.seed, days=run.days, markets=run.markets, tapes=run.tape_paths)
    prepared = prepare(settings, spec, resume=resume)
    if not json:
        _introduce(prepared.identity.run_id, kind, prepared.changes, resumed=prepared.resumed)
    with Run(prepared, address=address) as running, ProgressScreen(quiet=json) as screen:
        reason = running.drive(screen.update)
        report = running.finish(reason)
    if json:
        print_json(report)
    else:
        print_summary(report)


def replay(
    tape: Annotated[list[Path], typer.Argument(help="Recorded tape files: JSONL, CSV or Parquet, gzipped or not.")],
    book_only: Annotated[bool, typer.Option("--book-only", help="Rebuild and verify the books; no trading.")] = False,
    strategy: Annotated[list[str] | None, typer.Option(help="Only these strategies, in this order.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of latencies and fills.")] = None,
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=V1,V2",
            help="Replay under every value of a setting, as Ray tasks; repeated: every combination.",
        ),
    ] = None,
    address: Address = "",
    workers: Workers = None,
    config: Config = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Replay a tape deterministically: rebuild its books, verify them against the venue, and trade on them on paper."""
    from astra_actors.cli.replaying import replay_tape, say_replay

    flags = {"seed": seed, "data_dir": str(data_dir), "tape_paths": tuple(str(path.resolve()) for path in tape)}
    if sweep or address or workers:
        from astra_actors.cli.sweeping import Sweep, run_sweep, say_sweep

        asked = Sweep(tapes=tape, sweep=sweep or [], book_only=book_only, only=strategy, config=config, flags=flags)
        figures = run_sweep(asked, address=address, workers=workers)
        print_json(figures) if json else say_sweep(figures)
        return
    settings = settings_for("tape", config, flags)
    result = replay_tape(settings, tape, trade=not book_only, only=strategy)
    if json:
        print_json(result)
    else:
        say_replay(result)


def record(
    output: Annotated[Path, typer.Argument(help="A directory for the recorded segments.")],
    minutes: Annotated[float, typer.Option(help="How long to record; Ctrl-C ends it earlier.")] = 60.0,
    markets: Annotated[int, typer.Option(help="How many of the most liquid open markets.")] = 20,
    config: Config = None,
    json: Json = False,
) -> None:
    """Record the venue's market stream, frame by frame as received, to JSONL and Parquet."""
    from supervision.recording import record_stream

    settings = settings_for("polymarket", config, {})
    summary = record_stream(settings, output, seconds=minutes * 60, markets=markets)
    if json:
        print_json(summary)
    else:
        say(f"recorded {summary['frames']} frames of {summary['markets']} markets to {output}")


def _speed(text: str) -> float:
    from astra_actors.kernel.errors import BadInput

    try:
        speed = float(text)
    except ValueError:
        speed = -1.0
    if not 0 < speed < 1e9:
        raise BadInput("--speed", text, "give `max`, or virtual seconds a second such as 60")
    return speed


def _introduce(run_id: str, feed: str, changes: list[str], *, resumed: bool) -> None:
    say(
        f"astra: {'resuming' if resumed else 'run'} {run_id} on {feed}; stop it with Ctrl-C, it cancels everything first"
    )
    for change in changes[:20]:
        say(f"astra: since the last session {change}")
