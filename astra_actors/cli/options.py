"""The options that several commands share, and how flags become settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from astra_actors.config.settings import Settings

DataDir = Annotated[Path, typer.Option("--data-dir", help="Everything a run writes lies below it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout; everything else goes to stderr.")]
Config = Annotated[
    list[Path] | None, typer.Option("--config", help="A settings file laid over the shipped ones; may be repeated.")
]
Address = Annotated[
    str, typer.Option(help="HOST:PORT of a Ray cluster's head; without it a Ray of this machine's own.")
]
Workers = Annotated[
    int | None, typer.Option(help="Chunks that run at once; default: every core. The result does not depend on it.")
]
DEFAULT_DATA_DIR = Path("data")


def settings_for(feed: str, config: list[Path] | None, flags: dict[str, Any]) -> Settings:
    """Shipped settings, the feed's own profile, the person's files, the environment, and the flags that were given."""
    given = {name: value for name, value in flags.items() if value is not None}
    return settings_over(feed, config, {"run": {"feed": feed, "venue": "paper", **given}})


def settings_over(feed: str, config: list[Path] | None, flags: dict[str, Any], *, profile: str = "paper") -> Settings:
    """The same, for flags of any section. Only `astra live` has the profile `live`."""
    from astra_actors.config.load import load_settings, shipped_dir

    of_feed = shipped_dir() / "feeds" / f"{feed}.yaml"
    files = [*([of_feed] if of_feed.exists() else []), *(config or [])]
    return load_settings(profile=profile, files=files, flags=flags)


def print_json(content: Any) -> None:
    """One JSON object on stdout."""
    typer.echo(json.dumps(content, indent=2, default=str, ensure_ascii=False))


def say(text: str = "") -> None:
    """A line for a person."""
    typer.echo(text, err=True)
