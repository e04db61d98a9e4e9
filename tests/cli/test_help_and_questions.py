"""DESIGN §9: every command explains itself, and a question that has no answer is refused in a sentence."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from astra_actors.cli.main import app
from astra_actors.simulation.harness.house import House, lively


def commands(group: typer.Typer, *before: str) -> Iterator[tuple[str, ...]]:
    """Every command and group below the app, as the words that name it."""
    for command in group.registered_commands:
        assert command.callback is not None
        yield (*before, command.name or command.callback.__name__.replace("_", "-"))
    for below in group.registered_groups:
        assert below.typer_instance is not None and below.name is not None
        yield (*before, below.name)
        yield from commands(below.typer_instance, *before, below.name)


NAMES = [(), *sorted(commands(app))]


@pytest.mark.parametrize("words", NAMES, ids=lambda words: " ".join(words) or "astra")
def test_every_command_explains_itself(astra, words):
    command = astra(*words, "--help")
    assert command.wait() == 0, command.told
    said = command.out.read_text()
    assert "Usage:" in said and " ".join(words) in said
    assert said.count("--help") == 1


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory in which something happened."""
    folder = tmp_path_factory.mktemp("traded")
    made = House(lively(folder), audited=False).run_to(8)
    made.coordinator.flush()
    made.artifacts.close()
    made.store.close()
    return folder


REFUSED = [
    pytest.param(("sql", "selec 1"), ("selec",), id="a query that is none"),
    pytest.param(("sql", "select nothing from nowhere"), ("nowhere",), id="a table that is not there"),
    pytest.param(("sql", "delete from fills"), (), id="a query that writes"),
    pytest.param(("explain", "order-ffffffffffffffffffff"), ("order-ffffffffffffffffffff",), id="an unknown order"),
    pytest.param(("explain", "nonsense"), ("nonsense",), id="an id of nothing"),
    pytest.param(("report",), ("report",), id="a report that was never written"),
    pytest.param(("report", "--date", "2020-01-01"), ("2020-01-01",), id="a day without a report"),
]


@pytest.mark.parametrize(("words", "named"), REFUSED)
def test_a_question_without_an_answer_is_refused(astra, traded, words, named):
    before = (traded / "ledger.db").read_bytes()
    command = astra(*words, "--data-dir", str(traded))
    assert command.wait() == 1
    assert command.told.startswith("astra: ") and "Traceback" not in command.told
    assert all(word in command.told for word in named), command.told
    assert command.out.read_text() == "", "a refusal prints nothing where an answer belongs"
    assert (traded / "ledger.db").read_bytes() == before


def test_an_answer_is_one_json_object(astra, traded):
    command = astra("sql", "select count(*) as windows from windows", "--json", "--data-dir", str(traded))
    assert command.wait() == 0, command.told
    assert command.json()["rows"] == [{"windows": 8}]


TAPES = [
    pytest.param(None, id="missing"),
    pytest.param(b"", id="empty"),
    pytest.param(b'{"a": 1}\n', id="foreign"),
    pytest.param(b'[{"event_type": "book", "asset', id="torn"),
]


@pytest.mark.parametrize("content", TAPES)
def test_a_tape_that_is_none_is_refused_before_anything_is_written(astra, tmp_path, content):
    tape, data = tmp_path / "tape.jsonl", tmp_path / "data"
    if content is not None:
        tape.write_bytes(content)
    command = astra("paper", "--tape", str(tape), "--data-dir", str(data))
    assert command.wait() == 1
    assert "tape.jsonl" in command.told and "Traceback" not in command.told
    assert not data.exists()


def test_a_truncated_recording_is_refused(astra, tmp_path, recorded_data):
    tape = tmp_path / "cut.parquet"
    with (recorded_data / "ws" / "tickscope_20260607_0130.parquet").open("rb") as whole:
        tape.write_bytes(whole.read(3_000))
    command = astra("paper", "--tape", str(tape), "--data-dir", str(tmp_path / "data"))
    assert command.wait() == 1
    assert "cut.parquet" in command.told and len(command.told.strip().splitlines()) == 1


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc").is_dir(), reason="every directory can be written by root")
def test_a_directory_that_cannot_be_written_is_named(astra):
    command = astra("paper", "--days", "1", "--data-dir", "/proc/astra")
    assert command.wait() == 1
    assert "/proc/astra" in command.told and "Traceback" not in command.told


def test_the_ledger_is_still_whole(astra, traded, tmp_path):
    shutil.copytree(traded, tmp_path / "copy")
    command = astra("db", "check", "--json", "--data-dir", str(tmp_path / "copy"))
    assert command.wait() == 0, command.told
    assert command.json()["integrity"] == "ok"
