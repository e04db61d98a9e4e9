"""Why something happened, from the records alone: an order, a fill, a trade, a decision, a market, a veto, or all skips."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from astra_actors.kernel.errors import BadInput
from astra_actors.ledger.connection import open_reader
from astra_actors.reporting.decision_files import DecisionFiles
from astra_actors.reporting.explain_market import market_lines
from astra_actors.reporting.explain_order import fill_lines, order_lines
from astra_actors.reporting.explain_text import decision_lines, gate_words
from astra_actors.reporting.explain_trade import trade_lines
from astra_actors.risk.remedies import REMEDIES
from astra_actors.risk.veto import Veto

NAMED_MAX: Final = 8  # candidates named when a prefix is ambiguous
_TABLES: Final = (
    ("order", "orders", "order_id"),
    ("fill", "fills", "fill_id"),
    ("trade", "trades", "trade_id"),
    ("market", "markets", "market_id"),
    ("market", "markets", "slug"),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """What a subject turned out to be."""

    kind: str
    key: str
    lineage: str


def explain(ledger: Path, decisions_dir: Path, subject: str, *, run_id: str | None = None) -> list[str]:
    """Lines for a person. A prefix is enough; one that fits several things, or none, is a `BadInput` that says so.

    The newest lineage that knows the subject answers, unless `run_id` names another: runs of one seed share their ids.
    """
    subject = subject.strip()
    if not subject:
        raise BadInput("subject", subject, "give an id, the beginning of one, the name of a veto, or `skips`")
    veto = Veto.__members__.get(subject.upper())
    if veto is not None:
        return _veto_lines(veto)
    with closing(open_reader(ledger)) as db:
        db.row_factory = sqlite3.Row
        db.execute("BEGIN")
        lineages = _lineages(db, run_id)
        if subject.lower() == "skips":
            return _skip_lines(DecisionFiles(decisions_dir, lineages[0]), lineages[0])
        hit = _find(db, lineages, subject) or _find_decision(decisions_dir, lineages, subject)
        if hit is None:
            raise BadInput(
                "subject", subject, "nothing on record begins so; give an order, fill, trade, decision or market id"
            )
        return _lines(db, DecisionFiles(decisions_dir, hit.lineage), hit)


def _lines(db: sqlite3.Connection, files: DecisionFiles, hit: Hit) -> list[str]:
    if hit.kind == "order":
        return order_lines(db, files, hit.lineage, hit.key)
    if hit.kind == "fill":
        return fill_lines(db, files, hit.lineage, hit.key)
    if hit.kind == "trade":
        return trade_lines(db, hit.lineage, hit.key)
    if hit.kind == "market":
        return market_lines(db, files, hit.lineage, hit.key)
    return decision_lines(files.find(hit.key)[0])


def _lineages(db: sqlite3.Connection, run_id: str | None) -> list[str]:
    """Lineages, the one with the newest run first."""
    rows = db.execute("SELECT run_id, lineage FROM runs ORDER BY rowid DESC").fetchall()
    if run_id is not None:
        rows = [row for row in rows if row["run_id"].startswith(run_id)]
    if not rows:
        raise BadInput("run", run_id, "the ledger holds no such run")
    return list(dict.fromkeys(row["lineage"] for row in rows))


def _find(db: sqlite3.Connection, lineages: list[str], subject: str) -> Hit | None:
    for lineage in lineages:
        hits: dict[str, Hit] = {}
        for kind, table, column in _TABLES:
            key = "market_id" if kind == "market" else column
            for row in db.execute(
                f"SELECT DISTINCT {key} FROM {table} WHERE substr({column}, 1, :size) = :subject"
                " AND run_id IN (SELECT run_id FROM runs WHERE lineage = :lineage) LIMIT :most",
                {"size": len(subject), "subject": subject, "lineage": lineage, "most": NAMED_MAX + 1},
            ):
                hits[row[0]] = Hit(kind, row[0], lineage)
        if subject in hits:
            return hits[subject]
        if len(hits) > 1:
            raise _ambiguous(subject, [f"{hit.kind} {hit.key}" for hit in hits.values()])
        if hits:
            return next(iter(hits.values()))
    return None


def _find_decision(decisions_dir: Path, lineages: list[str], subject: str) -> Hit | None:
    if not subject.startswith("dec-"):
        return None
    for lineage in lineages:
        found = DecisionFiles(decisions_dir, lineage).find(subject, NAMED_MAX + 1)
        names = dict.fromkeys(decision.decision_id for decision in found)
        if len(names) > 1 and subject not in names:
            raise _ambiguous(subject, [f"decision {name}" for name in names])
        if names:
            return Hit("decision", next(iter(names)), lineage)
    return None


def _ambiguous(subject: str, names: list[str]) -> BadInput:
    shown = ", ".join(names[:NAMED_MAX]) + (", …" if len(names) > NAMED_MAX else "")
    return BadInput("subject", subject, f"it could be {shown}; give more of it")


def _veto_lines(veto: Veto) -> list[str]:
    return [f"veto {veto.name}", f"  meaning: {veto.value}", f"  what to do: {REMEDIES[veto]}"]


def _skip_lines(files: DecisionFiles, lineage: str) -> list[str]:
    if files.empty:
        raise BadInput("subject", "skips", f"there are no decision artifacts under {files.folder}")
    actions, vetoes = files.tally()
    total = sum(actions.values())
    lines = [f"{total:,} decisions of run {lineage[:8]}"]
    lines += [f"  {name}: {count:,} ({count / total:.1%})" for name, count in actions.most_common()]
    lines.append("why nothing rested, the first gate that closed:")
    for name, count in vetoes.most_common():
        lines.append(f"  {name}: {count:,} ({count / total:.1%}): {gate_words(name)}")
    return lines
