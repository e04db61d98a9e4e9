"""The gazetteer file: read whole or not at all, every mistake told at once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from astra_actors.clustering.gazetteer import Gazetteer
from astra_actors.clustering.gazetteer_tree import gazetteer_of
from astra_actors.config.load import shipped_dir
from astra_actors.config.mistakes import Mistake, refuse
from astra_actors.config.strict_yaml import read_yaml
from astra_actors.kernel.errors import ConfigError


def shipped_entities() -> Path:
    """The gazetteer that comes with Astra."""
    return shipped_dir() / "entities.yaml"


def load_gazetteer(path: Path | None = None) -> Gazetteer:
    """The gazetteer of a file, or the shipped one; raises `ConfigError` that names field, value and remedy."""
    return _load(path or shipped_entities())


def read_gazetteer(text: str, *, name: str) -> Gazetteer:
    """The gazetteer a text holds; `name` is what the person calls the file."""
    gazetteer, findings = gazetteer_of(read_yaml(text, name=name))
    refuse([Mistake(f"{name} {field}", value, remedy) for field, value, remedy in findings])
    return gazetteer


@lru_cache(maxsize=2)  # reading takes longer than most of what is asked of it, and a process reads one file or two
def _load(path: Path) -> Gazetteer:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), type(error).__name__, "give an entity file that can be read, in UTF-8") from error
    return read_gazetteer(text, name=str(path))
