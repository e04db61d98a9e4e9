"""pause, resume and kill against a running command on a real Ray: within a second, over restarts, and back in two steps."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from astra_command import Command, status_of

pytestmark = pytest.mark.ray

SLOW = "6000"  # virtual seconds a second: five windows in three seconds, a hundred seconds for the whole world
BUSY = 8  # orders rest at the end of this window


def steer(astra: Callable[..., Command], data: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """Say a word from another terminal: exit code, and what the command prints."""
    command = astra(*words, "--data-dir", str(data), "--json")
    code = command.wait()
    assert "Traceback" not in command.told
    return code, command.json()


def measured(said: dict[str, Any]) -> str:
    return f"{said['waited_ms']:.0f} ms to the answer, {said['took_ms']:.0f} ms of them until no quote rested"


def question(data: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{data / 'ledger.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def open_by_the_ledger(data: Path) -> int:
    rows = question(
        data,
        "SELECT COUNT(*) FROM orders WHERE order_id NOT IN (SELECT order_id FROM order_events WHERE event_type IN"
        " ('fill_last', 'cancel_ack', 'reject', 'expire'))",
    )
    return int(rows[0][0])


@pytest.mark.soak
def test_a_run_is_paused_resumed_killed_and_brought_back(
    astra: Callable[..., Command], lively_file: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    paper = ("paper", "--config", str(lively_file), "--data-dir", str(data), "--speed", SLOW)
    run = astra(*paper)
    run.until(lambda: status_of(data).get("window", 0) >= BUSY and status_of(data)["open_orders"], "orders rest")

    code, said = steer(astra, data, "pause", "--reason", "lunch")
    print(f"MEASURED pause: {measured(said)}")
    assert (code, said["answered"], said["done"], said["orders_after"]) == (0, True, True, 0)
    assert said["text"].startswith("paused: ") and said["text"].endswith((" order cancelled", " orders cancelled"))
    assert said["waited_ms"] < 2_000  # the command gives up after that
    assert open_by_the_ledger(data) == 0, "what is answered is in the ledger"
    assert question(data, "SELECT author, detail FROM risk_events WHERE kind = 'pause'") == [(said["author"], "lunch")]
    status = run.until(lambda: status_of(data)["holds"] == ["PAUSE"] and status_of(data), "the status shows it")
    assert (status["trading_state"], status["open_orders"]) == ("HALTED", 0)
    look = astra("status", "--data-dir", str(data))
    assert look.wait() == 0
    shown = look.told + look.out.read_text()
    assert "HALTED" in shown and said["author"] in shown

    window, placed = status["window"], status["orders"]
    run.until(lambda: status_of(data)["window"] >= window + 2, "windows go on")
    assert status_of(data)["orders"] == placed, "and nothing is placed in them"
    code, said = steer(astra, data, "resume")
    assert (code, said["text"], said["state"]) == (0, "trading again", "ACTIVE")

    code, said = steer(astra, data, "kill", "--reason", "smoke")
    print(f"MEASURED kill: {measured(said)}")
    assert (code, said["done"], said["state"], said["orders_after"]) == (0, True, "KILLED", 0)
    code, said = steer(astra, data, "resume")
    assert (code, said["done"]) == (1, False)
    assert "--revive" in said["text"]

    second = astra(*paper)  # refused with the process and the reason; the first one is not disturbed
    assert second.wait() == 1
    assert str(run.process.pid) in second.told and "--data-dir" in second.told and "Traceback" not in second.told
    assert run.process.poll() is None
    run.end()

    again = astra(*paper, "--resume")  # the first owner is dead, and its lock with it
    again.until(lambda: status_of(data).get("driver_pid") == again.process.pid, "it is back")
    assert status_of(data)["holds"] == ["KILL"]
    code, said = steer(astra, data, "resume", "--revive", "--reason", "no smoke")
    assert (code, said["state"]) == (0, "HALTED")
    assert ((data / "astra_kill").exists(), (data / "astra_pause").exists()) == (False, True)
    code, said = steer(astra, data, "resume")
    assert (code, said["text"]) == (0, "trading again")

    (data / "astra_kill").touch()
    began = time.monotonic()
    again.until(lambda: status_of(data)["trading_state"] == "KILLED", "a file does the same")
    print(f"MEASURED touch astra_kill: {(time.monotonic() - began) * 1e3:.0f} ms until the status says KILLED")
    assert status_of(data)["open_orders"] == 0
    kinds = [row[0] for row in question(data, "SELECT kind FROM risk_events WHERE author LIKE '%@%' ORDER BY rowid")]
    assert kinds == ["pause", "resume", "kill", "resume_refused", "revive", "resume", "kill"]
