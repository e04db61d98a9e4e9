"""The command as a person has it: a process of its own, a data directory of its own, and nothing of this process's."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from astra_command import Command

from astra_actors.simulation.harness.house import LIVELY


@pytest.fixture
def astra(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Start the command; what still runs at the end of the test is killed."""
    started: list[Command] = []

    def start(*words: str, env: dict[str, str] | None = None) -> Command:
        command = Command(tmp_path / "said", *words, env=env)
        started.append(command)
        return command

    yield start
    for command in started:
        if command.process.poll() is None:
            command.end()


@pytest.fixture
def lively_file(tmp_path: Path) -> Path:
    """The lively world of the simulation as a settings file, without Ray's own page."""
    run = {**LIVELY["run"], "dashboard": False, "actors": 2}
    path = tmp_path / "lively.yaml"
    path.write_text(json.dumps({**LIVELY, "run": run}))
    return path
