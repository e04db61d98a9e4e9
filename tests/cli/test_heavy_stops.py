"""A heavy job that somebody stops: its tasks are cancelled, its Ray is gone, and the command says so and exits with 1."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil
import pytest
from astra_command import Command

from astra_actors.kernel.rng import stream

pytestmark = pytest.mark.ray


def family(command: Command) -> list[psutil.Process]:
    """Every process that descends from the command."""
    return psutil.Process(command.process.pid).children(recursive=True)


def works(process: psutil.Process) -> bool:
    try:
        return process.cmdline()[:1] == ["ray::_one"]
    except psutil.Error:
        return False


@pytest.mark.parametrize(
    ("number", "name"),
    [
        pytest.param(signal.SIGINT, "SIGINT", id="Ctrl-C"),
        pytest.param(signal.SIGTERM, "SIGTERM", id="a service manager", marks=pytest.mark.soak),
    ],
)
def test_a_stopped_study_leaves_nothing_behind(astra, tmp_path: Path, number, name):
    record = tmp_path / "returns.csv"
    record.write_text("".join(f"{value}\n" for value in stream(1, "record").normal(0.001, 0.01, 200)))
    data = tmp_path / "data"
    made = astra("ruin", "--returns", str(record), "--paths", "5000000", "--workers", "1", "--data-dir", str(data))
    made.until(lambda: any(works(process) for process in family(made)), "a worker walks a chunk")
    children = family(made)
    assert made.end(number) == 1
    assert f"astra: ruin was stopped by {name} after" in made.told
    assert "Traceback" not in made.told
    gone, alive = psutil.wait_procs(children, timeout=30)
    assert (len(gone), alive) == (len(children), []), "Ray ends with the command"
    assert not data.exists(), "and nothing was written"
