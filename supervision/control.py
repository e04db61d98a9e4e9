"""An operator's word from another terminal: small files, which the process that drives a run looks at between two slices.

`astra_pause` and `astra_kill` stand until they are lifted, so they also hold a run that starts later. They count in the data
directory, and in the system's temporary directory, where they concern every run of the machine. `astra_resume` is a
request: it is answered once.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import socket
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from astra_actors.reporting.atomic import write_atomic

PAUSE: Final = "astra_pause"
KILL: Final = "astra_kill"
RESUME: Final = "astra_resume"
ANSWER: Final = "astra_answer"
HOLDS: Final = {KILL: "KILL", PAUSE: "PAUSE"}  # the hold that each switch asks for
SHARED_ENV: Final = "ASTRA_SWITCH_DIR"  # another directory than the system's temporary one


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What was said, by whom, and why; `word_id` is what its answer names."""

    action: str
    author: str
    why: str
    word_id: str = ""
    revive: bool = False  # a resume that undoes a kill, and leaves the account paused
    reset_drawdown: bool = False  # a resume that rebases the peak


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a word: one sentence, and how long it took from hearing it to the last order gone."""

    word_id: str
    action: str
    done: bool  # False: refused
    text: str
    state: str
    orders_before: int = 0
    orders_after: int = 0
    took_ms: float = 0.0


def shared_dir() -> Path:
    """Where a switch concerns every run of this machine."""
    return Path(os.environ.get(SHARED_ENV) or tempfile.gettempdir())


def say_word(root: Path, word: Word) -> Path:
    """Leave a word for the run of this data directory; the last word wins, so a switch takes an older request back."""
    if word.action != RESUME:
        (root / RESUME).unlink(missing_ok=True)
    return write_atomic(root / word.action, json.dumps(asdict(word)) + "\n")


def read_answer(root: Path) -> dict[str, Any]:
    """The last answer that was given in this data directory; empty before the first."""
    return _content(root / ANSWER)


def standing_words(root: Path) -> list[Word]:
    """The switches that stand for the run of this data directory, for whoever only looks."""
    return Switches(root)._standing()


class Switches:
    """The switches of one run: which of them it has not taken up yet, and what becomes of them."""

    def __init__(self, root: Path, shared: Path | None = None) -> None:
        self._root = root
        self._shared = shared_dir() if shared is None else shared
        self._paused = False
        self._known: set[str] | None = None  # the words of switches that need no answer any more

    def take_up(self, hear: Callable[[Word], Answer], holds: Collection[str]) -> list[Answer]:
        """Have every new word heard, by the level and not by the edge: a switch whose hold is not up is told again.

        So a word survives whoever heard it and died before it was written down. One that is said while its hold stands
        is heard once, so that whoever says it is answered.
        """
        answers = []
        for word in self._new_words(holds):
            seen = {action: _written_ns(self._root / action) for action in (KILL, PAUSE, RESUME)}
            answer = self._shared_refusal(word) or hear(word)
            if word.action == RESUME:
                self._after_resume(word, answer, seen)
            answers.append(answer)
            write_atomic(self._root / ANSWER, json.dumps(asdict(answer)) + "\n")
        return answers

    def _new_words(self, holds: Collection[str]) -> list[Word]:
        standing = self._standing()
        if self._known is None:  # what held before this run looked for the first time, nobody waits for
            self._known = {word.word_id for word in standing if HOLDS[word.action] in holds}
        said = [word for word in standing if word.word_id and word.word_id not in self._known]
        words = [word for word in standing if HOLDS[word.action] not in holds or word in said]
        self._known.update(word.word_id for word in words)
        paused = any(word.action == PAUSE for word in standing)
        request = self._request()
        if request is not None:
            words.append(request)
        elif self._paused and not paused and HOLDS[PAUSE] in holds:
            words.append(Word(action=RESUME, author="file", why=f"{PAUSE} was taken away"))
        self._paused = paused
        return words

    def _standing(self) -> list[Word]:
        """The switches that are on; of two that say the same, the data directory's own."""
        found: dict[str, Word] = {}
        for action in (KILL, PAUSE):
            for folder in (self._root, self._shared):
                path = folder / action
                if action not in found and path.exists():
                    found[action] = _word_of(path, action)
        return list(found.values())

    def _request(self) -> Word | None:
        path = self._root / RESUME
        asked_ns = _written_ns(path)
        if asked_ns is None:
            return None
        if any((_written_ns(self._root / action) or 0) > asked_ns for action in HOLDS):
            path.unlink(missing_ok=True)  # somebody stopped it after that; the last word wins
            return None
        return _word_of(path, RESUME)

    def _shared_refusal(self, word: Word) -> Answer | None:
        """No run lifts a switch that holds all of them."""
        if word.action != RESUME:
            return None
        for action in (KILL, PAUSE):
            path = self._shared / action
            if path.exists() and self._shared != self._root:
                standing = _word_of(path, action)
                text = (
                    f"refused: {path} stands, by {standing.author}: {standing.why}; "
                    "it holds every run of this machine, take it away first"
                )
                return Answer(word_id=word.word_id, action=RESUME, done=False, text=text, state=HOLDS[action])
        return None

    def _after_resume(self, word: Word, answer: Answer, seen: Mapping[str, int | None]) -> None:
        """A switch stands as long as its hold: lifted, it is taken away; a revived kill leaves a pause behind."""
        self._take_away(RESUME, seen)
        if not answer.done:
            return
        if word.revive:
            pause = Word(action=PAUSE, author=word.author, why="revived after a kill")
            write_atomic(self._root / PAUSE, json.dumps(asdict(pause)) + "\n")
            self._take_away(KILL, seen)
        else:
            self._take_away(PAUSE, seen)
            self._paused = False

    def _take_away(self, action: str, seen: Mapping[str, int | None]) -> None:
        """Remove a file, unless somebody has said that word anew while this one was heard."""
        if _written_ns(self._root / action) == seen[action]:
            (self._root / action).unlink(missing_ok=True)


def _word_of(path: Path, action: str) -> Word:
    """The word in a file; one that a hand made with `touch` is its owner's."""
    content = _content(path)
    return Word(
        action=action,
        author=str(content.get("author") or _owner(path)),
        why=str(content.get("why") or f"{path} is there"),
        word_id=str(content.get("word_id") or ""),
        revive=bool(content.get("revive")),
        reset_drawdown=bool(content.get("reset_drawdown")),
    )


def _owner(path: Path) -> str:
    try:
        uid = path.stat().st_uid
    except OSError:
        return "file"
    with contextlib.suppress(KeyError):
        return f"{pwd.getpwuid(uid).pw_name}@{socket.gethostname()}"
    return f"uid {uid}@{socket.gethostname()}"


def _written_ns(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
