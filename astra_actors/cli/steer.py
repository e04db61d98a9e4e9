"""Commands that steer a running system from another terminal: pause, resume, kill."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from astra_actors.cli.options import DEFAULT_DATA_DIR, DataDir, Json, print_json, say

Why = Annotated[str, typer.Option("--why", help="The reason; it goes on record with your name.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands of this group."""
    app.command()(pause)
    app.command()(resume)
    app.command()(kill)


def pause(why: Why = "asked for", data_dir: DataDir = DEFAULT_DATA_DIR, json: Json = False) -> None:
    """Cancel every quote and place none until `astra resume`; holds over a restart."""
    _leave("astra_pause", "paused", why, data_dir, json)


def resume(why: Why = "asked for", data_dir: DataDir = DEFAULT_DATA_DIR, json: Json = False) -> None:
    """Lift a pause, acknowledge a day's loss, or bring a killed account back to paused; refused while a breaker holds."""
    _leave("astra_resume", "asked to resume", why, data_dir, json)


def kill(why: Why = "asked for", data_dir: DataDir = DEFAULT_DATA_DIR, json: Json = False) -> None:
    """Cancel everything and trade no more; only `astra resume`, twice, leads out."""
    _leave("astra_kill", "killed", why, data_dir, json)


def _leave(action: str, done: str, why: str, data_dir: DataDir, as_json: bool) -> None:
    from astra_actors.kernel.errors import BadInput
    from supervision.control import Word, say_word

    if not data_dir.is_dir():
        raise BadInput("--data-dir", str(data_dir), "give the data directory of the run that is meant")
    path = say_word(data_dir, Word(action, getpass.getuser(), why))
    if as_json:
        print_json({"action": action, "author": getpass.getuser(), "why": why, "file": str(path)})
    else:
        say(f"astra: {done}; the run of {data_dir} takes it up within a second, `astra status` shows it")
