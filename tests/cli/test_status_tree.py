"""DESIGN §5: `astra status` says of every run how it is: one that lives, one that ended, one that died, one that never was."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from astra_actors.cli.main import app
from astra_actors.kernel.errors import BadInput
from astra_actors.ledger.alert_rows import AlertRow
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from astra_actors.reporting.heartbeat import Status, heartbeat_fields, write_heartbeat
from supervision import workspace

RUN = "5b0d3e0c-0000-4000-8000-000000000000"
PATIENCE_S = 30.0
ROOT = Path(__file__).resolve().parents[2]


def status_of_a_run(**changed: Any) -> dict[str, Any]:
    """What a driver writes while market-0 was replaced once."""
    now_ns = time.time_ns()
    shard = {"markets": 6, "open_orders": 14, "granted_usd": 200.0, "used_usd": 61.2, "feed_ns": None, "mailbox": None}
    child = {
        "kind": "market",
        "state": "running",
        "node": "127.0.0.1",
        "pid": 7,
        "progress": 149,
        "progress_ns": now_ns,
        "incarnation": 3_000_002,
        "adopted": False,
    }
    caps = {"cap_usd": 600.0, "exposure_usd": 61.2, "granted_usd": 200.0}
    return {
        "run_id": RUN,
        "driver_pid": os.getpid(),
        "written_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "ended": None,
        "window": 34,
        "now_ns": 1_772_445_600_000_000_000,
        "progress_ns": now_ns,
        "epoch": 3,
        "given_up": "",
        "holds": ["BREAKER"],
        "alerts_waiting": 0,
        "trading_state": "REDUCING",
        "trading": {
            "state": "REDUCING",
            "trigger": "BREAKER",
            "since_ns": 1_772_323_200_000_000_000,
            "author": "authority",
            "detail": "12 % below the peak",
        },
        "equity_usd": 4_996.11,
        "drawdown": 0.0015,
        "exposure_usd": 61.2,
        "granted_usd": 200.0,
        "open_orders": 14,
        "fills": 30,
        "restarts": 1,
        "cap_breaches": 0,
        "quarantined": ["w9"],
        "caps": [
            {"scope": "aggregate", "name": "all", "use": 0.1, **caps},
            {"scope": "cluster", "name": "half", "use": 0.5, **caps},
            {"scope": "cluster", "name": "empty", "use": 0.0, **caps},
        ],
        "children": [
            {**child, **shard, "name": "market-0", "restarts": 1, "cause": "ChildHung: market-0 stands still at 148"},
            {**child, "name": "analyst", "kind": "analyst", "restarts": 0, "cause": None, "state": "silent"},
        ],
        **changed,
    }


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory and a place for the heartbeat, apart from everybody else's."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("ASTRA_HEALTH_PATH", str(tmp_path / "beat"))
    monkeypatch.setenv("ASTRA_SWITCH_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return folder


def write(data: Path, content: dict[str, Any]) -> None:
    (data / "status.json").write_text(json.dumps(content))


def asked(data: Path, *words: str) -> Any:
    """The command's answer; a refusal is raised."""
    result = CliRunner().invoke(app, ["status", *words, "--data-dir", str(data)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout) if "--json" in words else result.stdout


def test_a_living_run_as_a_tree(data: Path) -> None:
    write(data, status_of_a_run())
    said = asked(data)
    lines = said.splitlines()
    assert lines[0].startswith("astra 5b0d3e0c  running  written ")
    supervisor = (
        "Supervisor  REDUCING since 2026-03-01T00:00 by authority (breaker 12 % below the peak)  epoch 3  window 34"
    )
    assert supervisor in lines[1]
    assert "── market-0   running" in lines[2]
    assert "restarts 1  6 markets, 14 orders, lease 61.20 of 200.00 USD used" in lines[2]
    assert "last replaced because: ChildHung: market-0 stands still at 148" in lines[3]
    assert "── analyst    silent" in lines[4]
    assert "equity 4,996.11 USD, drawdown 0.15%" in said
    assert "caps, the fullest: aggregate 10% of 600.00, cluster half 50% of 600.00" in said
    assert "quarantined: w9" in said
    assert "\x1b[" not in said, "no colours where nobody can see them"


ACCOUNT = {
    "open_orders": 18, "unknown": 2, "settling": 1, "heartbeat_age_s": 0.4, "channel_is_up": True, "user_uptime": 0.9987,
    "comparisons": 7, "last_reconciliation": {"differences": 0}, "weather": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ({}, "account: 18 orders may rest, 2 of them unknown, 1 settlements under way, heartbeat 0.4 s ago,"),
        ({"weather": "the user channel is away"}, "; nothing new rests: the user channel is away"),
        ({"why_not": "no answer"}, "account: no answer"),
    ],
)
def test_a_live_run_says_how_its_account_stands(data: Path, account: dict[str, Any], told: str) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    write(data, status_of_a_run(driver_pid=gone.pid, gateway={**ACCOUNT, **account}))
    said = asked(data).replace("\n", " ")
    assert told in said
    assert "astra live --resume" in said


def test_as_json_it_is_one_object_with_ages(data: Path) -> None:
    write(data, status_of_a_run())
    said = asked(data, "--json")
    assert (said["state"], said["running"], said["quiet"], said["resume"]) == ("running", True, False, False)
    assert 0 <= said["children"][0]["progress_age_s"] < PATIENCE_S
    assert said["heartbeat"] is None and said["words"] == [] and said["alerts"] == []


def test_the_how_to_page_names_every_key(data: Path) -> None:
    write(data, status_of_a_run())
    said = asked(data, "--json")
    page = (ROOT / "docs" / "how-to" / "watch_a_run.md").read_text(encoding="utf-8")
    rows = "\n".join(line for line in page.splitlines() if line.startswith("|"))
    names = [*said, *said["children"][0], *said["caps"][0], *said["trading"]]
    assert [name for name in names if f"`{name}`" not in rows] == []


def test_on_several_hosts_each_child_has_its_node(data: Path) -> None:
    content = status_of_a_run()
    write(data, content)
    assert " on 127.0.0.1" not in asked(data), "on one host it goes without saying"
    content["children"][0]["node"] = "10.0.0.7"
    write(data, content)
    said = asked(data)
    assert " on 10.0.0.7" in said and " on 127.0.0.1" in said


def test_one_actor_and_one_that_is_not_there(data: Path) -> None:
    write(data, status_of_a_run())
    said = asked(data, "market-0")
    assert "market-0" in said and "analyst" not in said
    alone = asked(data, "supervisor")
    assert "Supervisor  REDUCING" in alone and "── market-0" not in alone and "── analyst" not in alone
    with pytest.raises(BadInput, match=r"market-9.*supervisor, market-0, analyst"):
        asked(data, "market-9")


def test_one_that_died_says_since_when_and_how_to_take_it_up(data: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    write(data, status_of_a_run(driver_pid=gone.pid, written_at="2026-03-01T12:00:00.000Z"))
    said = asked(data)
    assert said.startswith("astra 5b0d3e0c  died  written ")
    assert "the process is gone since about 2026-03-01T12:00:00.000Z" in said
    assert f"astra paper --resume --data-dir {data}" in said.replace("\n", "")
    assert "running" not in said, "its actors are gone with it"


def test_a_process_that_only_got_the_number_is_another(data: Path) -> None:
    write(data, status_of_a_run(written_at="2020-01-01T00:00:00.000Z"))
    assert asked(data, "--json")["state"] == "died"


@pytest.mark.parametrize(("reason", "resume"), [("finished", False), ("SIGTERM", True)])
def test_one_that_ended(data: Path, reason: str, resume: bool) -> None:
    write(data, status_of_a_run(ended=reason))
    said = asked(data, "--json")
    assert (said["state"], said["resume"]) == ("ended", resume)
    assert f"ended ({reason})" in asked(data)


def test_a_supervisor_that_waits_is_told(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "still_runs", lambda pid, seen_ns: True)
    before = datetime.fromtimestamp(time.time() - 15, UTC).isoformat().replace("+00:00", "Z")
    write(data, status_of_a_run(written_at=before))
    assert asked(data, "--json")["quiet"] is True
    assert "the Supervisor waits for something" in asked(data)


@pytest.mark.parametrize("content", [None, "", "[]", '{"run_id": 1}', "\x00"])
def test_what_is_no_status_is_refused(data: Path, content: str | None) -> None:
    if content is not None:
        (data / "status.json").write_text(content)
    with pytest.raises(BadInput, match="status"):
        asked(data)


def test_words_that_stand_and_an_old_heartbeat(data: Path, tmp_path: Path) -> None:
    write(data, status_of_a_run())
    (data / "astra_pause").write_text(json.dumps({"author": "ann", "why": "news"}))
    long_ago_ns = time.time_ns() - 400 * 1_000_000_000
    beat = heartbeat_fields(now_ns=long_ago_ns, run_id=RUN, cycle=1, status=Status.OK)
    write_heartbeat(tmp_path / "beat", beat)
    said = asked(data)
    assert "stands: astra_pause, said by ann: news" in said
    assert "is old: 7 min ago" in said
    write_heartbeat(tmp_path / "beat", {**beat, "run_id": "another"})
    assert asked(data, "--json")["heartbeat"] is None


@pytest.mark.parametrize("name", ["run", "50% of #1?"])
def test_alerts_of_the_last_hour(data: Path, name: str) -> None:
    data, now_ns = data / name, time.time_ns()
    data.mkdir()
    row = AlertRow(
        alert_id="1", run_id=RUN, kind="child_restart", severity="warning", scope="market-0", message="was replaced\nat 3",
        count=1, run_ns=0, raised_ns=now_ns - 60 * 1_000_000_000, delivered=False, delivered_ns=None, attempts=0,
        outcome="", detail="",
    )  # fmt: skip
    with LedgerStore.open(data / "ledger.db") as store:
        store.begin_run(a_run(), "{}")
        store.record_alerts([replace(row, alert_id="0", raised_ns=1), row])
    write(data, status_of_a_run())
    assert [alert["alert_id"] for alert in asked(data, "--json")["alerts"]] == ["1"]
    assert "alert 60 s ago: warning child_restart market-0: was replaced (not sent)" in asked(data)


def a_run() -> RunIdentity:
    return RunIdentity(
        run_id=RUN, git_sha="unknown", started_at="2026-03-01T00:00:00Z", python_version="3.11",
        config_hash="0" * 64, prompt_bundle_hash="0" * 64,
        paper_mode=True, feed="world", venue="paper", seed=1,
    )  # fmt: skip


def test_watching_draws_again_in_place_and_ctrl_c_leaves_the_terminal_as_it_was(data: Path) -> None:
    write(data, status_of_a_run())
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "astra_actors.cli.main", "status", "--watch", "--data-dir", str(data)]
    process = subprocess.Popen(command, stdout=slave, stderr=slave, stdin=slave, env={**os.environ, "TERM": "xterm"})
    os.close(slave)
    try:
        seen = read_until(master, "equity 4,996.11")
        write(data, status_of_a_run(equity_usd=5_001.0, driver_pid=process.pid))
        seen = read_until(master, "equity 5,001.00")
        assert "\x1b[1A" in seen, "the next look is drawn over the one before"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
        rest = read_until(master, "\x1b[?25h")
        assert "Traceback" not in rest and "Aborted" not in rest
    finally:
        process.kill()
        os.close(master)


def read_until(terminal: int, wanted: str) -> str:
    """What the terminal was sent, up to a text that must come."""
    seen, give_up = "", time.monotonic() + PATIENCE_S
    while wanted not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0.0, give_up - time.monotonic()))
        assert ready, f"in vain, for {PATIENCE_S:.0f} s: {wanted!r} after {seen!r}"
        seen += os.read(terminal, 65_536).decode(errors="replace")
    return seen
