"""`astra clusters` as a person types it: a list in, clusters with reasons out, one clear refusal for what is wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from astra_actors.cli.main import main

ROWS = [
    {"id": "a", "question": "Will the Fed cut rates?", "event_id": "e1"},
    {"id": "b", "question": "Is Jerome Powell out by May?"},
    {"id": "c", "question": "Will Roger Federer play?"},
]


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["astra", "clusters", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def written(folder: Path, *rows: Any) -> str:
    path = folder / "q.jsonl"
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return str(path)


def test_a_list_becomes_clusters(monkeypatch, capsys, tmp_path) -> None:
    assert run(monkeypatch, "--file", written(tmp_path, *ROWS), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["id"], one["cluster_ids"], one["entities"]) for one in told["markets"]] == [
        ("a", ["event:e1", "entity:fed"], ["fed"]),
        ("b", ["entity:fed"], ["fed"]),
        ("c", ["entity:federer"], ["federer"]),
    ]
    assert told["markets"][1]["why"] == {"entity:fed": '"Jerome Powell" names it'}
    assert {"id": "entity:fed", "members": ["a", "b"]} in told["clusters"]
    assert told["unseen_entity_rate"] == 0.0


def test_one_market_is_explained(monkeypatch, capsys, tmp_path) -> None:
    assert run(monkeypatch, "--file", written(tmp_path, *ROWS), "--explain", "b") == 0
    said = capsys.readouterr().out
    assert '"Jerome Powell" names it; 1 other market' in said


def test_a_person_reads_lines(monkeypatch, capsys, tmp_path) -> None:
    assert run(monkeypatch, "--file", written(tmp_path, *ROWS)) == 0
    said = capsys.readouterr().out
    assert "entity:fed" in said
    assert "3 markets, 1 clusters of two or more" in said


def test_another_entity_file_is_used(monkeypatch, capsys, tmp_path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("version: 9\nentities: {tennis: {aliases: [Federer, Powell]}}\n")
    assert run(monkeypatch, "--file", written(tmp_path, *ROWS), "--entities", str(mine), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["gazetteer"]["version"] == 9
    assert {"id": "entity:tennis", "members": ["b", "c"]} in told["clusters"]


@pytest.mark.parametrize(
    ("rows", "words", "named"),
    [
        pytest.param(("{", {"id": "a"}), (), ("line 1", "line 2 question"), id="several wrong lines"),
        pytest.param((ROWS[0], ROWS[0]), (), ("line 2 id", "'a'", "line 1 has it"), id="an id twice"),
        pytest.param(ROWS, ("--explain", "z"), ("--explain", "'z'"), id="a market that is not there"),
        pytest.param(ROWS, ("--entities", "nowhere.yaml"), ("nowhere.yaml",), id="no entity file"),
        pytest.param(ROWS, ("--file", "nowhere.jsonl"), ("--file", "nowhere.jsonl"), id="no list"),
    ],
)
def test_what_is_wrong_is_named(monkeypatch, capsys, tmp_path, rows, words, named) -> None:
    assert run(monkeypatch, "--file", written(tmp_path, *rows), *words) == 1
    said = capsys.readouterr().err
    assert said.startswith("astra: ")
    for word in named:
        assert word in said


def test_without_a_run_or_a_list_there_is_nothing_to_show(monkeypatch, capsys, tmp_path) -> None:
    assert run(monkeypatch, "--data-dir", str(tmp_path)) == 1
    assert "--data-dir" in capsys.readouterr().err
