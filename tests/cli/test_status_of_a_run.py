"""DESIGN §5 and §10 on a run as a person starts it: the tree is there from outside, and nothing listens beyond this machine."""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest
from astra_command import status_of

pytestmark = [pytest.mark.ray, pytest.mark.slow]

SLOW = "12000"  # virtual seconds a second: slow enough to be looked at


def family(pid: int) -> list[psutil.Process]:
    """A process and everything it started."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def listening(pid: int) -> dict[str, set[str]]:
    """The addresses on which a run can be reached, and by which of its processes."""
    found: dict[str, set[str]] = {}
    for process in family(pid):
        with contextlib.suppress(psutil.Error):
            for connection in process.net_connections(kind="tcp"):
                if connection.status == psutil.CONN_LISTEN:
                    found.setdefault(connection.laddr.ip.removeprefix("::ffff:"), set()).add(process.name())
    return found


def all_answered(data: Path) -> list[dict[str, Any]]:
    children: list[dict[str, Any]] = status_of(data).get("children", [])
    return children if children and all(child["pid"] for child in children) else []


@pytest.mark.soak
def test_a_run_is_seen_from_outside_and_only_from_this_machine(astra, lively_file, tmp_path):
    data = tmp_path / "data"
    command = astra("paper", "--config", str(lively_file), "--data-dir", str(data), "--speed", SLOW)
    command.until(lambda: all_answered(data) and status_of(data)["window"] >= 3, "three windows, and every child heard")

    reached = listening(command.process.pid)
    assert {"127.0.0.1"} == set(reached), reached
    assert any("raylet" in name for name in reached["127.0.0.1"]), "Ray's own processes were looked at"

    look = astra("status", "--json", "--data-dir", str(data))
    assert look.wait() == 0, look.told
    seen = look.json()
    assert (seen["state"], seen["trading"]["state"], seen["heartbeat"]["old"]) == ("running", "ACTIVE", False)
    ours = {process.pid for process in family(command.process.pid)}
    assert {child["pid"] for child in seen["children"]} | {seen["pid"]} <= ours
    assert command.end(signal.SIGTERM) == 0, command.told
    after = astra("status", "--data-dir", str(data))
    assert after.wait() == 0
    said = after.out.read_text()
    assert "ended (SIGTERM)" in said and "astra paper --resume" in said
