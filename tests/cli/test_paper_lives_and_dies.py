"""DESIGN §9 on the command as a person runs it: it ends well when asked, comes back when killed, and is alone in its place."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from astra_command import status_of

from astra_actors.ledger.recovery import recover
from astra_actors.simulation.harness.house import House, lively

pytestmark = [pytest.mark.ray, pytest.mark.slow]

SPEED = "60000"  # virtual seconds a second: sixteen windows a second, slow enough to be caught in the act
SLOW = "12000"
BUSY = 10  # orders rest at the end of this window
SEED_QUESTIONS = (
    "SELECT COUNT(*) FROM trades WHERE resolution_outcome IS NOT NULL",
    "SELECT COUNT(DISTINCT category) FROM trades WHERE resolution_outcome IS NOT NULL",
)
PROMISED = """run_id feed venue seed virtual_days wall_s markets events decisions orders fills resolved categories strategies
    pnl_usd equity_usd max_drawdown fills_band pnl_band sharpe_per_trade sharpe_ci win_rate win_rate_ci brier brier_market
    cap_breaches orphan_orders restarts gate ledger_digest report_path ledger_path""".split()  # noqa: SIM905


def question(data: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{data / 'ledger.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def paper(data: Path, settings: Path, *more: str) -> tuple[str, ...]:
    return ("paper", "--config", str(settings), "--data-dir", str(data), *more)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of the whole run in one process; also what the command must come to, however often it was killed."""
    made = House(lively(tmp_path_factory.mktemp("undisturbed")), audited=False)
    digest = made.complete()
    made.store.close()
    return digest


@pytest.mark.soak
def test_a_run_from_start_to_end(astra, lively_file, tmp_path, undisturbed):
    data = tmp_path / "data"
    command = astra(*paper(data, lively_file, "--json"))
    assert command.wait() == 0, command.told
    report = command.json()
    assert [name for name in PROMISED if name not in report] == []
    assert report["ledger_digest"] == undisturbed
    assert (report["orphan_orders"], report["cap_breaches"], report["restarts"]) == (0, 0, 0)
    assert (report["feed"], report["venue"], report["seed"], report["exit_reason"]) == ("world", "paper", 2, "finished")
    assert Path(report["report_path"]).exists() and Path(report["ledger_path"]).exists()
    assert all({"status", "value", "limit"} <= set(line) for line in report["gate"].values())
    refused = astra(*paper(data, lively_file, "--resume"))
    assert refused.wait() == 1
    assert "has finished" in refused.told and "Traceback" not in refused.told


def test_sigterm_cancels_everything_writes_the_report_and_the_run_can_go_on(astra, lively_file, tmp_path):
    data = tmp_path / "data"
    command = astra(*paper(data, lively_file, "--speed", SLOW, "--json"))
    command.until(lambda: status_of(data).get("window", 0) >= BUSY, f"window {BUSY}")
    began = time.monotonic()
    assert command.end(signal.SIGTERM) == 0, command.told
    print(f"MEASURED SIGTERM: {time.monotonic() - began:.2f} s to the end with its report")
    status, report = status_of(data), command.json()
    assert (status["open_orders"], status["ended"], report["exit_reason"]) == (0, "SIGTERM", "SIGTERM")
    assert Path(report["report_path"]).exists()
    manifest = json.loads((data / "runs" / report["run_id"] / "manifest.json").read_text())
    assert manifest["exit_reason"] == "SIGTERM" and manifest["ended_at"] > manifest["started_at"]
    assert question(data, "SELECT exit_reason, ended_at IS NULL FROM runs") == [("SIGTERM", 0)]
    with closing(sqlite3.connect(f"file:{data / 'ledger.db'}?mode=ro", uri=True)) as connection:
        found = recover(connection, report["run_id"])
    assert found.open_orders == [], "no order rests by the ledger either"
    assert report["orders"] > 0
    stopped = status["window"]

    again = astra(*paper(data, lively_file, "--speed", SLOW, "--resume", "--json"))
    again.until(lambda: status_of(data).get("window", 0) >= stopped + 6, "it goes on")
    assert again.end(signal.SIGINT) == 0, again.told
    assert again.json()["exit_reason"] == "SIGINT"
    assert again.json()["orders"] > report["orders"], "it trades on"
    windows = [row[0] for row in question(data, 'SELECT "window" FROM windows ORDER BY "window"')]
    assert windows == list(range(1, len(windows) + 1))


def test_sigkill_and_resume_end_in_the_same_ledger(astra, lively_file, tmp_path, undisturbed):
    data = tmp_path / "data"
    command = astra(*paper(data, lively_file, "--speed", SPEED))
    command.until(lambda: status_of(data).get("window", 0) >= BUSY, f"window {BUSY}")

    second = astra(*paper(data, lively_file))
    assert second.wait() == 1
    assert "Traceback" not in second.told and str(command.process.pid) in second.told
    beat = json.loads((tmp_path / "said" / "health").read_text())
    missing = {"timestamp", "run_id", "cycle_id", "status", "ws_connected", "open_orders", "memory_mb", "pid"} - set(
        beat
    )
    assert not missing and beat["status"] == "ok" and beat["pid"] == command.process.pid
    for sql in SEED_QUESTIONS:
        answer = question(data, sql)
        assert answer[0][0] >= 0
        if shell := shutil.which("sqlite3"):
            said = subprocess.run([shell, str(data / "ledger.db"), sql], capture_output=True, text=True, check=True)
            assert int(said.stdout) >= answer[0][0]
    look = astra("status", "--json", "--data-dir", str(data))
    assert look.wait() == 0 and look.json()["running"] is True
    assert command.process.poll() is None, "nobody who looks disturbs it"

    window = status_of(data)["window"]
    command.end(signal.SIGKILL)
    acknowledged = question(data, 'SELECT MAX("window") FROM windows')[0][0]
    assert acknowledged >= window - 1
    look = astra("status", "--json", "--data-dir", str(data))
    assert look.wait() == 0 and look.json()["running"] is False

    other = astra(*paper(data, lively_file, "--speed", SPEED, "--resume", "--seed", "99"))
    assert other.wait() == 1
    assert "run.seed" in other.told and "99" in other.told and "Traceback" not in other.told
    began = time.monotonic()
    again = astra(*paper(data, lively_file, "--speed", SPEED, "--resume", "--json"))
    again.until(lambda: status_of(data).get("window", 0) > acknowledged, "the next window")
    print(f"MEASURED resume: {time.monotonic() - began:.2f} s from the command to the next window")
    assert again.wait() == 0, again.told
    assert again.json()["ledger_digest"] == undisturbed
    assert question(data, "SELECT exit_reason FROM runs") == [("finished",)]
    lines = [line for path in (data / "decisions").rglob("*.jsonl") for line in path.read_text().splitlines()]
    assert len({json.loads(line)["decision_id"] for line in lines}) == len(lines) == again.json()["decisions"]


def test_the_questions_of_the_seed_are_answered_after_a_run_on_a_tape(astra, tmp_path, recorded_data):
    tape = recorded_data / "ws" / "tickscope_20260607_0130.parquet"
    command = astra("replay", str(tape), "--data-dir", str(tmp_path / "data"), "--json", env=dict(os.environ))
    assert command.wait() == 0, command.told
    assert command.json()["ledger_digest"]
    for sql in SEED_QUESTIONS:
        assert question(tmp_path / "data", sql) == [(0,)]
