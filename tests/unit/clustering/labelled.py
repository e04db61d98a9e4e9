"""The labelled questions, and the rule that keeps half of them away from whoever tunes the gazetteer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("labelled_questions.jsonl")
SALT = "astra-clustering"


@dataclass(frozen=True)
class Labelled:
    """One question and what it hangs on; two questions are related when they share a group."""

    id: str
    question: str
    groups: tuple[str, ...]


def labelled() -> list[Labelled]:
    """All questions of the list."""
    rows = [json.loads(line) for line in LIST.read_text(encoding="utf-8").splitlines()]
    return [Labelled(row["id"], row["question"], tuple(row["groups"])) for row in rows]


def held_out(question_id: str) -> bool:
    """Whether nobody may look at this question while tuning: the first 8 hex digits of SHA-256(salt|id) are odd."""
    return int(hashlib.sha256(f"{SALT}|{question_id}".encode()).hexdigest()[:8], 16) % 2 == 1
