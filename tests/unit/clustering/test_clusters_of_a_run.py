"""What a run assigned can be read back: clusters with reasons and the gazetteer's hash, and what today's file would change."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from astra_actors.cli.main import main
from astra_actors.config.entities import load_gazetteer
from astra_actors.config.load import load_settings
from astra_actors.engine.build import open_research
from astra_actors.engine.messages import OpenMarket
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from astra_actors.lockstep.journal import Journal
from astra_actors.market.instrument import Category, Instrument, MarketListing
from astra_actors.reporting.clusters_of_run import clusters_of_run
from astra_actors.reporting.explain import explain

RUN = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
SAID = {
    "m-fed": ("Will the Fed cut rates in March?", ("economy",), ""),
    "m-giants": ("Will the Giants win tonight?", ("mlb", "baseball"), ""),
    "m-coin": ("Above 90,000 on Friday?", (), "BTC"),
    "m-none": ("Will Mira Talvane resign?", (), ""),
}


def listing(market_id: str) -> MarketListing:
    question, tags, underlying = SAID[market_id]
    return MarketListing(
        instrument=Instrument(market_id=market_id, yes_asset=f"{market_id}1", no_asset=f"{market_id}2"),
        question=question, rules="", category=Category.OTHER, event_id=f"e-{market_id}", tags=tags, underlying=underlying,
    )  # fmt: skip


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with four markets as research read them."""
    folder = tmp_path_factory.mktemp("run")
    listings = [listing(name) for name in SAID]
    journal = Journal()
    assert journal.unseen_entity_rate is None
    for one, reading in zip(listings, open_research(load_settings(environ={})).read(listings), strict=True):
        opened = OpenMarket(
            listing=one, definition=None, definition_reason=reading.reason, clusters=reading.clusters, incarnation=0
        )
        journal.opened(opened, reading, 1, 5)
    assert journal.unseen_entity_rate == 0.25
    identity = RunIdentity(
        run_id=RUN, git_sha="0", started_at="t", python_version="3", config_hash="a" * 64, prompt_bundle_hash="b" * 64,
        paper_mode=True, feed="world", venue="paper", seed=7,
    )  # fmt: skip
    with LedgerStore.open(folder / "ledger.db") as store:
        store.begin_run(identity, "{}")
        store.commit(1, 10, journal.drain())
    return folder


def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    monkeypatch.setattr(sys, "argv", ["astra", "clusters", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    return capsys.readouterr().out


def test_clusters_and_the_gazetteers_hash_are_on_record(data_dir: Path) -> None:
    recorded = clusters_of_run(data_dir)
    assert recorded.run_id == RUN
    assert {one.words.market_id: one.clusters[1:] for one in recorded.markets} == {
        "m-fed": ("entity:fed",),
        "m-giants": ("entity:mlb-san-francisco-giants",),
        "m-coin": ("entity:bitcoin",),
        "m-none": ("name:mira-talvane",),
    }
    assert {one.gazetteer for one in recorded.markets} == {load_gazetteer().digest}


def test_the_same_file_changes_nothing(data_dir, monkeypatch, capsys) -> None:
    """Tags and underlying are on record with the question: without them the Giants and the coin would be nobody's."""
    found = json.loads(told(monkeypatch, capsys, "--data-dir", str(data_dir), "--json"))
    assert found["changes"] == []
    assert found["unseen_entity_rate"] == 0.25
    assert found["gazetteer_of_run"] == [found["gazetteer"]["hash"]]


def test_another_file_tells_who_would_join_and_leave(data_dir, tmp_path, monkeypatch, capsys) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "version: 2\nentities: {talvane: {aliases: [Mira Talvane]}, fed: {aliases: [Fed]}}\n"
        "overrides: [{market: m-giants, clusters: [mine], reason: a test}]\n"
    )
    words = ("--data-dir", str(data_dir), "--entities", str(mine))
    found = json.loads(told(monkeypatch, capsys, *words, "--json"))
    changes = {one["id"]: (one["joined"], one["left"]) for one in found["changes"]}
    assert changes == {
        "m-giants": (["mine"], ["event:e-m-giants", "entity:mlb-san-francisco-giants"]),
        "m-coin": (["underlying:BTC"], ["entity:bitcoin"]),
        "m-none": (["entity:talvane"], ["name:mira-talvane"]),
    }
    assert "m-none: joins entity:talvane; leaves name:mira-talvane" in told(monkeypatch, capsys, *words)
    assert "since the run: joins mine" in told(monkeypatch, capsys, *words, "--explain", "m-gi")


def test_the_story_of_a_market_tells_why(data_dir: Path) -> None:
    lines = explain(data_dir / "ledger.db", data_dir / "decisions", "m-fed")
    assert '  cluster entity:fed: "Fed" names it' in lines
