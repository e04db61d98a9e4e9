"""Many seeds, one verdict: each seed is a house of its own, and the whole gives one digest whatever ran side by side."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from astra_actors.kernel.errors import AstraError
from astra_actors.simulation.harness.seeds import Breach, Outcome, run_seed
from astra_actors.simulation.harness.shrink import Trace, reduced
from astra_actors.simulation.harness.walk import WALKED, walk

BLOCK = 8  # seeds handed to a process at once
PATIENCE_S = 5.0  # how long a process that is asked to end may take


class WorkerDied(AstraError):
    """A process that ran seeds ended without having answered for all of them."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign runs: these seeds for so many steps, perhaps with a broken Astra, perhaps as an anomaly walk."""

    seeds: tuple[int, ...]
    steps: int = 200
    mutant: str = ""
    anomaly_walk: bool = False
    keep_going: bool = False  # look at every seed although one has failed


@dataclass(slots=True)
class Tally:
    """What came of the seeds so far, in their order."""

    seeds: int = 0
    runs: int = 0
    steps: int = 0
    windows: int = 0
    restarts: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    promises: Counter[str] = field(default_factory=Counter)  # broken, by name
    failing: Outcome | None = None
    _digest: str = ""

    @property
    def breaches(self) -> int:
        """Seeds that broke a promise."""
        return sum(self.promises.values())

    @property
    def digest(self) -> str:
        """One number over the ends of all seeds: the same seeds give the same."""
        return self._digest

    def add(self, outcome: Outcome) -> None:
        """Count one seed."""
        self.seeds += 1
        self.runs += outcome.runs
        self.steps += outcome.steps
        self.windows += outcome.windows
        self.restarts += outcome.restarts
        self.faults.update(outcome.faults)
        self._digest = hashlib.sha256(f"{self._digest} {outcome.seed} {outcome.digest}".encode()).hexdigest()
        if outcome.breach is not None:
            self.promises[outcome.breach.promise] += 1
            self.failing = self.failing or outcome


def run(job: Job, *, jobs: int = 1) -> Iterator[Tally]:
    """Run every seed and yield the tally after each; ends after the first seed that fails unless told to keep going."""
    tally = Tally()
    for outcome in _outcomes(job, jobs):
        tally.add(outcome)
        yield tally
        if outcome.breach is not None and not job.keep_going:
            return


def minimal_trace(job: Job, outcome: Outcome) -> Trace:
    """The fewest of its faults with which a failing seed still breaks the same promise."""
    assert outcome.breach is not None, "only a failure has a trace"
    return reduced(outcome.seed, outcome.drawn, outcome.breach, steps=job.steps, mutant=job.mutant)


def _outcomes(job: Job, jobs: int) -> Iterator[Outcome]:
    parts = list(parts_of(job))
    if jobs == 1 or len(parts) == 1:
        yield from (each for part in parts for each in run_part(job, part))
        return
    workers = [_Worker(job, number, min(jobs, len(parts))) for number in range(min(jobs, len(parts)))]
    try:
        for number in range(len(parts)):  # whoever is faster waits: the seeds come in their own order
            yield from workers[number % len(workers)].next()
    finally:
        for worker in workers:
            worker.end()


def parts_of(job: Job) -> Iterator[Sequence[tuple[int, str]]]:
    """Blocks of (seed, kind walked), in the order of the seeds; their size does not depend on who works on them."""
    if job.anomaly_walk:
        yield from ([(seed, kind)] for seed in job.seeds for kind in WALKED)
        return
    for start in range(0, len(job.seeds), BLOCK):
        yield [(seed, "") for seed in job.seeds[start : start + BLOCK]]


def run_part(job: Job, part: Sequence[tuple[int, str]]) -> list[Outcome]:
    """One block, up to its first failure unless the job says to keep going."""
    found: list[Outcome] = []
    for seed, kind in part:
        outcome = walk(seed, kind, steps=job.steps) if kind else run_seed(seed, steps=job.steps, mutant=job.mutant)
        found.append(outcome)
        if outcome.breach is not None and not job.keep_going:
            break
    return found


class _Worker:
    """A process of its own that runs every n-th block and writes a line a block."""

    def __init__(self, job: Job, number: int, of: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "astra_actors.simulation.worker", str(number), str(of)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None and self._process.stdout is not None, "both are pipes"
        self._process.stdin.write(msgspec.json.encode(job))
        self._process.stdin.close()
        self._lines = self._process.stdout

    def next(self) -> list[Outcome]:
        """The outcomes of its next block."""
        line = self._lines.readline()
        if not line.endswith(b"\n"):
            raise WorkerDied(f"a process that ran seeds ended with {self._process.wait()}; its words stand above")
        return msgspec.json.decode(line, type=list[Outcome])

    def end(self) -> None:
        """Let go of the process, whatever it still had to do; asked to end, it takes its files along."""
        self._process.terminate()
        try:
            self._process.wait(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._lines.close()


__all__ = ["Breach", "Job", "Outcome", "Tally", "Trace", "minimal_trace", "run"]
