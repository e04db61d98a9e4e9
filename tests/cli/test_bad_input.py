"""What a person gets wrong costs one clear sentence that names it, exit 1, and nothing half-written."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from astra_actors.ledger.migrations import SCHEMA_VERSION


def astra(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    import os

    return subprocess.run(
        [sys.executable, "-m", "astra_actors.cli.main", *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **(env or {})},
        check=False,
    )


def check_refused(answer: subprocess.CompletedProcess[str], *named: str) -> None:
    assert answer.returncode == 1, answer.stderr
    assert "Traceback" not in answer.stderr
    assert [line for line in answer.stderr.splitlines() if line.startswith("astra: ")], answer.stderr
    for word in named:
        assert word in answer.stderr, f"{word!r} is not named in: {answer.stderr}"


SETTINGS = [
    pytest.param("run: {sped: 3}\n", ("run.sped",), id="an unknown key"),
    pytest.param("run: {seed: 1}\nrun: {seed: 2}\n", ("run", "twice"), id="a key given twice"),
    pytest.param("run: {bankroll_usd: -5}\n", ("run.bankroll_usd", "-5"), id="a negative bankroll"),
    pytest.param("risk: {market_cap: 1.5}\n", ("risk.market_cap", "1.5"), id="a cap above one"),
    pytest.param("run: {markets: many}\n", ("run.markets", "many"), id="a word for a number"),
    pytest.param("run: [1, 2]\n", ("run",), id="a list for a section"),
    pytest.param("run: {seed: .nan}\n", ("run.seed",), id="not a number"),
    pytest.param("strategies: {market_makng: {}}\n", ("market_makng",), id="an unknown strategy"),
]


@pytest.mark.parametrize(("text", "named"), SETTINGS)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: tuple[str, ...]) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    data = tmp_path / "data"
    check_refused(astra("paper", "--config", str(file), "--days", "1", "--data-dir", str(data)), *named)
    assert not (data / "ledger.db").exists(), "nothing is begun with settings that are wrong"


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("run: {sped: 3, bankroll_usd: -5}\nrisk: {market_cap: 2}\n")
    answer = astra("settings", "--config", str(file), "--data-dir", str(tmp_path / "data"))
    check_refused(answer, "run.sped", "run.bankroll_usd", "risk.market_cap")


def test_a_mistyped_override_is_named(tmp_path: Path) -> None:
    answer = astra("settings", "--data-dir", str(tmp_path), env={"ASTRA_RUN__SEEED": "3"})
    check_refused(answer, "run.seeed")


COMMANDS = [
    pytest.param(("paper", "--config", "nowhere.yaml"), ("nowhere.yaml",), id="a settings file that is not there"),
    pytest.param(("paper", "--speed", "fast"), ("--speed", "fast"), id="a speed that is no number"),
    pytest.param(("paper", "--resume"), ("--resume", "no run"), id="resume without a run"),
    pytest.param(("replay", "nowhere.jsonl"), ("nowhere.jsonl", "no such file"), id="a tape that is not there"),
    pytest.param(("explain", "order-1"), ("ledger",), id="explain without a ledger"),
    pytest.param(("report",), ("--data-dir", "report"), id="a report before any run"),
    pytest.param(("gates", "paper"), ("report",), id="a gate before any report"),
    pytest.param(("status",), ("status",), id="a status before any run"),
    pytest.param(("db", "check"), ("ledger",), id="a check without a ledger"),
    pytest.param(("db", "restore", "2"), ("backup 2",), id="a backup that is not there"),
    pytest.param(("sql", "select 1"), ("ledger",), id="a question without a ledger"),
    pytest.param(("pause",), ("--data-dir",), id="a pause of nothing"),
]


@pytest.mark.parametrize(("words", "named"), COMMANDS)
def test_a_command_without_its_object_says_so(tmp_path: Path, words: tuple[str, ...], named: tuple[str, ...]) -> None:
    check_refused(astra(*words, "--data-dir", str(tmp_path / "none")), *named)


TAPES = [
    pytest.param("empty.jsonl", b"", id="an empty tape"),
    pytest.param("foreign.csv", b"a,b\n1,2\n", id="a table of something else"),
    pytest.param("cut.jsonl.gz", b"\x1f\x8b\x08\x00\x00", id="a truncated archive"),
    pytest.param("noise.parquet", b"PAR1nothing", id="a torn Parquet file"),
]


@pytest.mark.parametrize(("name", "content"), TAPES)
def test_a_tape_that_is_none_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    check_refused(astra("replay", str(path), "--data-dir", str(tmp_path / "data")), name)
    assert not (tmp_path / "data" / "ledger.db").exists()


def test_a_ledger_newer_than_the_code_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    check_refused(astra("paper", "--days", "1", "--data-dir", str(tmp_path)), "newer", "astra db restore")
    assert path.read_bytes() == before


def test_a_corrupt_ledger_stops_the_start_and_names_the_way_back(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 8_192)
    check_refused(astra("paper", "--days", "1", "--data-dir", str(tmp_path)), "restore")


def test_wrong_usage_is_another_exit_code() -> None:
    assert astra("paper", "--no-such-flag").returncode == 2
    assert astra("no-such-command").returncode == 2


def test_settings_print_one_json_object(tmp_path: Path) -> None:
    answer = astra("settings", "--json", "--data-dir", str(tmp_path))
    content = json.loads(answer.stdout)
    assert (len(content["hash"]), content["settings"]["run"]["seed"]) == (64, 12_345)


def test_the_doctor_goes_through_seventeen_items(tmp_path: Path) -> None:
    answer = astra("doctor", "--json", "--data-dir", str(tmp_path), env={"ASTRA_HEALTH_PATH": str(tmp_path / "beat")})
    items = json.loads(answer.stdout)["items"]
    assert [item["number"] for item in items] == list(range(1, 18))
    assert {item["number"]: item["status"] for item in items if item["status"] != "PASS"} in ({}, {17: "WARN"})
