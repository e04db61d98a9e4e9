"""The command that looks for trouble: whole simulated houses under faults from seeds, and the promises checked in each."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from astra_actors.cli.options import Json, print_json, say
from astra_actors.kernel.errors import BadInput

if TYPE_CHECKING:
    from astra_actors.simulation.campaign import Job, Tally
    from astra_actors.simulation.harness.shrink import Trace

SEEDS_MAX: Final = 10_000_000
STEPS_MAX: Final = 20_000  # a house of two hundred steps takes a tenth of a second


def add_to(app: typer.Typer) -> None:
    """Register the commands of this group."""
    app.command()(chaos)


def chaos(
    seeds: Annotated[str, typer.Option("--seeds", help="Which seeds: 7, 1..1000, or 1..10,42.")] = "1..100",
    seed_file: Annotated[
        Path | None, typer.Option("--seed-file", help="Seeds from a file instead, one number or range a line.")
    ] = None,
    steps: Annotated[int, typer.Option("--steps", help="Messages in each run before its faults stop.")] = 200,
    jobs: Annotated[int, typer.Option("--jobs", help="Processes side by side; 0: one a processor.")] = 0,
    mutant: Annotated[
        str, typer.Option("--mutant", help="Break Astra on purpose, to see that the checkers notice.")
    ] = "",
    anomaly_walk: Annotated[
        bool,
        typer.Option("--anomaly-walk", help="Fail message 1, then 2, then 3 … of each seed, instead of faults drawn."),
    ] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Go through all seeds although one has failed.")
    ] = False,
    json: Json = False,
) -> None:
    """Run simulated worlds under faults drawn from seeds, every promise checked after every message."""
    from astra_actors.simulation.campaign import Job, minimal_trace, run
    from astra_actors.simulation.harness.mutants import MUTANTS

    if mutant and mutant not in MUTANTS:
        raise BadInput("--mutant", mutant, f"choose one of {', '.join(MUTANTS)}")
    if mutant and anomaly_walk:
        raise BadInput("--mutant", mutant, "one or the other: an anomaly walk goes through Astra as it is")
    if not 1 <= steps <= STEPS_MAX:
        raise BadInput("--steps", steps, f"give a number of messages from 1 to {STEPS_MAX:,}")
    if jobs < 0:
        raise BadInput("--jobs", jobs, "give a number of processes, or 0 for one a processor")
    chosen = tuple(read_seeds(seeds if seed_file is None else _from_file(seed_file)))
    job = Job(seeds=chosen, steps=steps, mutant=mutant, anomaly_walk=anomaly_walk, keep_going=keep_going)
    began = time.monotonic()
    tally = None
    with _Bar(len(chosen) * (_walks() if anomaly_walk else 1)) as bar:
        for tally in run(job, jobs=jobs or os.cpu_count() or 1):
            bar.update(tally)
    assert tally is not None, "there is at least one seed"
    trace = minimal_trace(job, tally.failing) if tally.failing is not None else None
    wall_s = time.monotonic() - began
    if json:
        print_json(as_json(job, tally, trace, wall_s))
    else:
        _tell(job, tally, trace, wall_s)
    if tally.breaches:
        raise typer.Exit(1)


def read_seeds(text: str) -> Iterator[int]:
    """The seeds of `1..10,42`, each once, in their order; raises `BadInput`."""
    seen: dict[int, None] = {}
    for part in filter(None, text.replace("\n", ",").replace(" ", "").split(",")):
        first, dots, last = part.partition("..")
        if not first.isdecimal() or (dots and not last.isdecimal()):
            raise BadInput("--seeds", part, "give seeds as 7, as 1..1000, or as 1..10,42")
        low, high = int(first), int(last) if dots else int(first)
        if low > high:
            raise BadInput("--seeds", part, "a range goes upwards, as 1..9")
        if high - low + len(seen) >= SEEDS_MAX:
            raise BadInput("--seeds", part, f"at most {SEEDS_MAX:,} seeds at once")
        seen.update(dict.fromkeys(range(low, high + 1)))
    if not seen:
        raise BadInput("--seeds", text, "give at least one seed")
    yield from seen


def as_json(job: Job, tally: Tally, trace: Trace | None, wall_s: float) -> dict[str, Any]:
    """What `--json` prints."""
    failing = tally.failing
    return {
        "seeds": tally.seeds,
        "runs": tally.runs,
        "steps": tally.steps,
        "windows": tally.windows,
        "restarts": tally.restarts,
        "faults": dict(sorted(tally.faults.items())),
        "breaches": tally.breaches,
        "promises": dict(sorted(tally.promises.items())),
        "failing_seed": failing.seed if failing is not None else None,
        "trace": trace.lines() if trace is not None else None,
        "mutant": job.mutant or None,
        "digest": tally.digest,
        "wall_s": round(wall_s, 3),
    }


def _from_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("--seed-file", str(path), f"give a readable file of seeds ({error})") from error


def _walks() -> int:
    from astra_actors.simulation.harness.walk import WALKED

    return len(WALKED)


class _Bar:
    """A progress bar on a terminal's stderr, and nothing elsewhere."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._progress: Any = None
        self._task: Any = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("chaos"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
            self._progress = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))

    def __enter__(self) -> _Bar:
        if self._progress is not None:
            self._progress.start()
            self._task = self._progress.add_task("", total=self._total)
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def update(self, tally: Tally) -> None:
        """Show how far it is."""
        if self._progress is not None:
            said = f"{tally.steps:,} messages, {sum(tally.faults.values()):,} faults, {tally.breaches} breaches"
            self._progress.update(self._task, completed=tally.seeds, description=said)


def _tell(job: Job, tally: Tally, trace: Trace | None, wall_s: float) -> None:
    faults = ", ".join(f"{kind} {count}" for kind, count in sorted(tally.faults.items()))
    say(
        f"{tally.seeds} seeds, {tally.runs} runs, {tally.steps:,} messages in {tally.windows:,} windows, "
        f"{tally.restarts} restarts of everything, {wall_s:.1f} s"
    )
    say(f"faults: {faults or 'none'}")
    if trace is None:
        say(f"every promise held; digest {tally.digest[:16]}")
        return
    say(f"seed {trace.seed} breaks a promise; with {len(trace.faults)} faults left after {trace.runs} runs:")
    for line in trace.lines():
        say(f"  {line}")
    say(f"again: {again(job, trace.seed)}")


def again(job: Job, seed: int) -> str:
    """The command that fails again: what was drawn depends on the steps as well as on the seed."""
    mutant = f" --mutant {job.mutant}" if job.mutant else ""
    return f"astra chaos --seeds {seed} --steps {job.steps}{mutant}{' --anomaly-walk' if job.anomaly_walk else ''}"
