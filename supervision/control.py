"""An operator's word from another terminal: small files in the data directory, which the running driver reads.

`astra_pause` and `astra_kill` stand until they are lifted, so they also hold a run that starts later; `astra_resume` is a
request that is taken up once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from astra_actors.reporting.atomic import write_atomic

PAUSE: Final = "astra_pause"
KILL: Final = "astra_kill"
RESUME: Final = "astra_resume"


@dataclass(frozen=True, slots=True)
class Word:
    """What was said, by whom, and why."""

    action: str
    author: str
    why: str


def say_word(root: Path, word: Word) -> Path:
    """Leave a word for the run of this data directory; a resume takes the standing switches away."""
    if word.action == RESUME:
        (root / PAUSE).unlink(missing_ok=True)
        (root / KILL).unlink(missing_ok=True)
    return write_atomic(root / word.action, json.dumps({"author": word.author, "why": word.why}) + "\n")


def read_words(root: Path) -> dict[str, Word]:
    """The words that stand now, by action; a file that a hand made with `touch` counts as well."""
    found = {}
    for action in (KILL, PAUSE, RESUME):
        path = root / action
        if path.exists():
            content = _content(path)
            found[action] = Word(
                action, str(content.get("author", "file")), str(content.get("why", f"{action} is there"))
            )
    return found


class Switches:
    """Turn the words that stand into calls, each once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._told: set[str] = set()

    def new_words(self) -> list[Word]:
        """The words not told yet; a pause file taken away by hand is a resume."""
        standing = read_words(self._root)
        words = [word for action, word in standing.items() if action not in self._told]
        if PAUSE in self._told and PAUSE not in standing and RESUME not in standing:
            words.append(Word(RESUME, "file", f"{PAUSE} was taken away"))
        self._told = {action for action in standing if action != RESUME}
        (self._root / RESUME).unlink(missing_ok=True)
        return words


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
