"""What the newest run recorded of its markets' clusters: which, why, and by which version of the gazetteer."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from astra_actors.clustering.assign import Assignment, MarketWords
from astra_actors.clustering.gazetteer import Gazetteer
from astra_actors.kernel.canonical import canonical_bytes
from astra_actors.kernel.errors import BadInput
from astra_actors.ledger.connection import open_reader
from astra_actors.ledger.runs import OF_LINEAGE, lineage_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedMarket:
    """One market as it was listed, with the clusters it was given then. `gazetteer` is empty where none was asked."""

    words: MarketWords
    clusters: tuple[str, ...]
    gazetteer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedClusters:
    """All markets of a run and of those it continues, in the order in which they came."""

    run_id: str
    markets: tuple[RecordedMarket, ...]


def cause_of(assignment: Assignment, words: MarketWords, gazetteer: Gazetteer) -> str:
    """The text that stands beside a market's clusters in the ledger: why, by which gazetteer, and what of it was read."""
    cause: dict[str, Any] = {"gazetteer": gazetteer.digest, "version": gazetteer.version, "why": dict(assignment.why)}
    if words.tags:
        cause["tags"] = list(words.tags)
    if words.underlying:
        cause["underlying"] = words.underlying
    return canonical_bytes(cause).decode()


def clusters_of_run(data_dir: Path) -> RecordedClusters:
    """Read the newest run's markets; raises `BadInput` where there is none."""
    ledger = data_dir / "ledger.db"
    if not ledger.exists():
        raise BadInput("--data-dir", str(data_dir), "there is no ledger; a run writes one, or pass --file FILE")
    db = open_reader(ledger)
    db.row_factory = sqlite3.Row
    try:
        newest = db.execute("SELECT run_id FROM runs ORDER BY rowid DESC LIMIT 1").fetchone()
        if newest is None:
            raise BadInput("--data-dir", str(data_dir), "the ledger holds no run yet; pass --file FILE")
        scope = {"lineage": lineage_of(db, newest["run_id"])}
        rows = db.execute(f"SELECT * FROM markets WHERE {OF_LINEAGE} ORDER BY local_ns, seq", scope).fetchall()
    finally:
        db.close()
    found = {row["market_id"]: _market(row) for row in rows}
    return RecordedClusters(run_id=newest["run_id"], markets=tuple(found.values()))


def recorded_reasons(cause: str) -> dict[str, str]:
    """The reason of each cluster, as `cause_of` wrote it; empty for a market that was listed without."""
    why = _cause(cause).get("why")
    return {str(name): str(reason) for name, reason in why.items()} if isinstance(why, dict) else {}


def _market(row: sqlite3.Row) -> RecordedMarket:
    cause = _cause(row["cause"])
    words = MarketWords(
        market_id=row["market_id"],
        question=row["question"],
        event_id=row["event_id"],
        neg_risk=bool(row["neg_risk"]),
        category=row["category"],
        tags=tuple(cause.get("tags", ())),
        underlying=str(cause.get("underlying", "")),
    )
    clusters = tuple(json.loads(row["clusters"]))
    return RecordedMarket(words=words, clusters=clusters, gazetteer=str(cause.get("gazetteer", "")))


def _cause(text: str) -> dict[str, Any]:
    """What was written beside the clusters; markets listed before clusters had reasons have none."""
    try:
        cause = json.loads(text) if text else {}
    except ValueError:
        return {}
    return cause if isinstance(cause, dict) else {}
