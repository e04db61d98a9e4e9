"""Heavy jobs on a real Ray: the same bytes for any number of workers, through deaths, and nothing left in flight."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ray_run import ENVIRONMENT, until

from actors.tasks import AHEAD, RUNS_MAX, ChunkLost, OtherVersions, Tally, stream_chunks
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.rng import stream
from astra_actors.risk.limits import RiskLimits
from astra_actors.simulation.ruin.batches import walk_batch
from astra_actors.simulation.ruin.laws import law_of
from astra_actors.simulation.ruin.paths import PathPlan
from astra_actors.simulation.ruin.study import chunks_of, put_together, walk_chunk

pytestmark = pytest.mark.ray
CORES = 4
LAW = law_of("stationary", [float(x) for x in stream(1, "record").normal(0.001, 0.02, 150)])
PLAN, SEED = PathPlan(trades=60, limits=RiskLimits()), 9
WORK = chunks_of(4_200)  # nine chunks, the last one short


@pytest.fixture(scope="module")
def ray_of_four() -> Iterator[None]:
    """A Ray that believes in four cores."""
    import ray

    os.environ.update(ENVIRONMENT)
    ray.init(address="local", num_cpus=CORES, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def alone() -> str:
    """The digest of the study in this process."""
    return put_together(LAW, PLAN, SEED, [walk_chunk(LAW, PLAN, SEED, *chunk) for chunk in WORK]).digest


def shipped(work: Callable[..., Any]) -> Callable[..., Any]:
    """A function of this file as workers can have it: they cannot import what lies beside a test."""
    import sys

    import ray

    ray.cloudpickle.register_pickle_by_value(sys.modules[work.__module__])
    return work


def walk_and_be_killed(victims: tuple[int, ...], folder: Path, first: int, paths: int) -> Any:
    """Each victim, the first time it is walked, says which process walks it and waits for its end."""
    if first in victims and not (folder / str(first)).exists():
        (folder / str(first)).touch()
        (folder / "pid").write_text(f"{os.getpid()}\n")  # a pipe: somebody reads it
        signal.pause()
    return walk_chunk(LAW, PLAN, SEED, first, paths)


def kill_who_writes(pipe: Path, deaths: int) -> threading.Thread:
    """Kill the process whose id comes out of the pipe, `deaths` times."""

    def listen() -> None:
        for _ in range(deaths):
            os.kill(int(pipe.read_text()), signal.SIGKILL)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_number_of_workers_changes_no_byte(ray_of_four, alone, workers):
    tally = Tally()
    batches = [(0, 1_500), (1_500, 500), (2_000, 2_000), (4_000, 200)]
    results = stream_chunks(walk_batch, (LAW, PLAN, SEED), batches, workers=workers, tally=tally)
    assert put_together(LAW, PLAN, SEED, results).digest == alone
    assert (tally.chunks, tally.again, tally.in_flight_max) == (len(batches), 0, workers)


@pytest.mark.parametrize("victims", [(1_000,), (0, 4_000)], ids=["one worker dies", "the first and the last die"])
def test_a_worker_killed_in_the_middle_costs_its_chunk_alone(ray_of_four, alone, tmp_path, victims):
    os.mkfifo(tmp_path / "pid")
    killer = kill_who_writes(tmp_path / "pid", len(victims))
    tally = Tally()
    work = shipped(walk_and_be_killed)
    results = stream_chunks(work, (victims, tmp_path), WORK, workers=2, tally=tally)
    assert put_together(LAW, PLAN, SEED, results).digest == alone
    killer.join(timeout=10)
    assert not killer.is_alive()
    assert (tally.chunks, tally.again) == (len(WORK), len(victims)), "a lost chunk is walked again, and nothing else"


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(number: int) -> None:
    raise BadInput("chunk", number, "hand in another")


def test_a_chunk_that_ends_every_worker_ends_the_job(ray_of_four):
    tally = Tally()
    with pytest.raises(ChunkLost, match=rf"chunk \(7,\) ended the worker that ran it {RUNS_MAX} times"):
        list(stream_chunks(shipped(die), (), [(7,)], tally=tally))
    assert tally.again == RUNS_MAX - 1


def test_an_error_of_the_work_comes_back_as_it_was_raised(ray_of_four):
    with pytest.raises(BadInput, match="chunk: 3"):
        list(stream_chunks(shipped(refuse), (), [(3,)]))


def test_a_node_with_other_packages_ends_the_job(ray_of_four, monkeypatch):
    monkeypatch.setattr("actors.tasks._versions", lambda: ("python 3.11", "numpy 1.0"))
    with pytest.raises(OtherVersions, match=r"node .* has python 3.* numpy .*, the driver python 3.11 numpy 1.0"):
        next(stream_chunks(walk_chunk, (LAW, PLAN, SEED), WORK[:1]))


def note_and_wait(folder: Path, number: int) -> int:
    (folder / str(number)).touch()
    if number:
        signal.pause()  # for ever: only a cancel ends it
    return number


def test_work_in_flight_is_bounded_and_ends_with_whoever_listens(ray_of_four, tmp_path):
    import ray

    tally = Tally()
    results = stream_chunks(shipped(note_and_wait), (tmp_path,), [(number,) for number in range(100)], tally=tally)
    assert next(results) == 0
    until(lambda: len(list(tmp_path.iterdir())) == CORES + 1, "every core has taken up a chunk")
    assert tally.in_flight_max == AHEAD * CORES, "the rest waits here, not in Ray"
    results.close()
    until(lambda: ray.available_resources().get("CPU") == CORES, "what was in flight is cancelled")
    assert len(list(tmp_path.iterdir())) <= AHEAD * CORES + 1
    assert next(stream_chunks(walk_chunk, (LAW, PLAN, SEED), WORK[:1])).first == 0, "Ray goes on"
