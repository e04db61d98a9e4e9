"""`astra doctor` says how old the last heartbeat is, and warns of a process that lives but beats no more."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from astra_actors.reporting.heartbeat import Status, heartbeat_fields, write_heartbeat
from supervision import startup_checklist
from supervision.startup_checklist import CheckLine, Situation, run_checklist
from supervision.workspace import Workspace

S_NS = 1_000_000_000


def item(folder: Path) -> CheckLine:
    """The heartbeat's line of the checklist, in an empty directory."""
    situation = Situation(
        workspace=Workspace(folder), run_id="", config_hash="", prompt_hash="", heartbeat=folder / "beat", live=False
    )
    (line,) = [line for line in run_checklist(situation) if line.name == "heartbeat path writable"]
    return line


def beat(folder: Path, *, age_s: int, pid: int | None) -> None:
    at_ns = time.time_ns() - age_s * S_NS
    write_heartbeat(folder / "beat", heartbeat_fields(now_ns=at_ns, run_id="r", cycle=1, status=Status.OK, pid=pid))


def test_before_the_first_beat_there_is_nothing_to_tell(tmp_path: Path) -> None:
    line = item(tmp_path)
    assert line.status == "PASS" and "last beat" not in line.seen


@pytest.mark.parametrize(
    ("age_s", "pid", "status"),
    [
        pytest.param(10, os.getppid(), "PASS", id="a young beat"),
        pytest.param(4_000, None, "PASS", id="an old one of nobody"),
        pytest.param(4_000, 2**22 + 1, "PASS", id="an old one of a process that is gone"),
    ],
)
def test_the_age_is_told(tmp_path: Path, age_s: int, pid: int | None, status: str) -> None:
    beat(tmp_path, age_s=age_s, pid=pid)
    line = item(tmp_path)
    assert line.status == status
    assert f"last beat {age_s} s ago" in line.seen or f"last beat {age_s + 1} s ago" in line.seen


def test_a_process_that_lives_and_does_not_beat_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup_checklist, "still_runs", lambda pid, seen_ns: True)
    beat(tmp_path, age_s=400, pid=4_711)
    line = item(tmp_path)
    assert line.status == "WARN"
    assert "by 4711, which lives" in line.seen and "hangs" in line.remedy


def test_a_number_given_to_a_younger_process_is_another_process(tmp_path: Path) -> None:
    beat(tmp_path, age_s=400 * 86_400, pid=os.getpid())
    assert item(tmp_path).status == "PASS"
