"""Commands that steer a running system from another terminal: pause, resume, kill."""

from __future__ import annotations

import getpass
import socket
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from astra_actors.cli.options import DEFAULT_DATA_DIR, DataDir, Json, print_json, say

if TYPE_CHECKING:
    from supervision.control import Word

ANSWER_S: Final = 2.0  # a word acts within one second; after two, nobody is listening yet
_LOOK_S: Final = 0.02

Why = Annotated[str, typer.Option("--reason", "--why", help="The reason; it goes on record with your name.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands of this group."""
    app.command()(pause)
    app.command()(resume)
    app.command()(kill)


def pause(why: Why = "asked for", data_dir: DataDir = DEFAULT_DATA_DIR, json: Json = False) -> None:
    """Cancel every quote and place none until `astra resume`; holds over a restart."""
    from supervision.control import PAUSE

    _leave(_word(PAUSE, why), data_dir, json)


def resume(
    why: Why = "",
    revive: Annotated[bool, typer.Option("--revive", help="Undo a kill; the account is then paused.")] = False,
    reset_drawdown: Annotated[
        bool, typer.Option("--reset-drawdown", help="Rebase the peak to the present equity, after a full review.")
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Lift a pause and acknowledge a day's loss; refused, with the numbers, while a breaker, a halt or a kill holds."""
    from astra_actors.kernel.errors import BadInput
    from supervision.control import RESUME

    if revive and reset_drawdown:
        raise BadInput("--reset-drawdown", True, "one thing after the other: --revive first, and then look again")
    if (revive or reset_drawdown) and not why.strip():
        raise BadInput("--reason", why, "say why this may be undone; it goes on record with your name")
    word = _word(RESUME, why or "asked for", revive=revive, reset_drawdown=reset_drawdown)
    _leave(word, data_dir, json)


def kill(why: Why = "asked for", data_dir: DataDir = DEFAULT_DATA_DIR, json: Json = False) -> None:
    """Cancel everything and trade no more; only `astra resume --revive`, and then `astra resume`, lead out."""
    from supervision.control import KILL

    _leave(_word(KILL, why), data_dir, json)


def _word(action: str, why: str, **more: bool) -> Word:
    from supervision.control import Word

    author = f"{getpass.getuser()}@{socket.gethostname()}"
    return Word(action=action, author=author, why=why, word_id=uuid.uuid4().hex, **more)


def _leave(word: Word, data_dir: Path, as_json: bool) -> None:
    from astra_actors.kernel.errors import BadInput
    from supervision.control import say_word
    from supervision.workspace import Workspace

    if not data_dir.is_dir():
        raise BadInput("--data-dir", str(data_dir), "give the data directory of the run that is meant")
    began = time.monotonic()
    holder = Workspace(data_dir).holder()
    path = say_word(data_dir, word)
    answer = _await_answer(data_dir, word) if holder else {}
    if answer:
        text, done = answer["text"], bool(answer["done"])
    elif holder:
        text, done = f"{word.action} is left for process {holder}, which has not answered; see `astra status`", True
    else:
        text, done = f"nothing runs on {data_dir}; {word.action} is left for the next run there", True
    told: dict[str, Any] = {"action": word.action, "author": word.author, "why": word.why, "file": str(path)}
    waited_ms = round((time.monotonic() - began) * 1e3, 1)
    if as_json:
        print_json({**told, "answered": bool(answer), "waited_ms": waited_ms, **answer, "done": done, "text": text})
    else:
        say(f"astra: {text}" + (f" (answered after {waited_ms:.0f} ms)" if answer else ""))
    if not done:
        raise typer.Exit(1)


def _await_answer(data_dir: Path, word: Word) -> dict[str, Any]:
    """What the running system says to this word; nothing where it does not answer in time."""
    from supervision.control import read_answer

    give_up = time.monotonic() + ANSWER_S
    while time.monotonic() < give_up:
        answer = read_answer(data_dir)
        if answer.get("word_id") == word.word_id:
            return answer
        time.sleep(_LOOK_S)
    return {}
