"""From files, environment and flags to one frozen tree; later layers win, and every mistake is told at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

import astra_actors
from astra_actors.config.free_parts import of_overrides, of_strategies
from astra_actors.config.live_mistakes import of_live
from astra_actors.config.mistakes import Mistake, of_validation, refuse
from astra_actors.config.risk_mistakes import of_risk
from astra_actors.config.settings import Settings
from astra_actors.config.strict_yaml import read_value, read_yaml
from astra_actors.kernel.errors import ConfigError

PREFIX: Final = "ASTRA_"
DELIMITER: Final = "__"

_FREE: Final = ("strategies", "ev_overrides")  # below these the tree does not say which type a value has


def load_settings(
    *,
    profile: str = "paper",
    files: Sequence[Path | str] = (),
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read what is shipped, then the person's own files, the environment, and the flags of the command."""
    shipped = [shipped_dir() / f"{name}.yaml" for name in ("default", "strategies", profile)]
    merged: dict[str, Any] = {}
    for file in (*shipped, *files):
        merged = laid_over(merged, read_file(Path(file)))
    merged = laid_over(merged, from_environment(os.environ if environ is None else environ))
    merged = laid_over(merged, flags or {})
    return validated(merged)


def validated(tree: Mapping[str, Any]) -> Settings:
    """The settings a plain mapping describes, or a `ConfigError` with everything that is wrong in it."""
    mistakes = of_overrides(tree) + of_strategies(tree)
    settings = None
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        mistakes = of_validation(error, Settings) + mistakes
    else:
        mistakes += of_risk(settings) + of_live(settings)
    refuse(mistakes)
    assert settings is not None, "pydantic refused the tree without naming a mistake"
    return settings


def read_file(path: Path) -> dict[str, Any]:
    """One settings file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), type(error).__name__, "give a settings file that can be read") from error
    tree = read_yaml(text, name=str(path))
    for section, content in tree.items():
        if not isinstance(content, Mapping):
            raise ConfigError(section, content, f"in {path} a section holds settings by name, such as seed: 7")
    return tree


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """`ASTRA_RISK__MARKET_CAP=0.005` as {"risk": {"market_cap": "0.005"}}; names without `__` are not settings."""
    tree: dict[str, Any] = {}
    mistakes = []
    for name in sorted(environ):
        if not name.startswith(PREFIX) or DELIMITER not in name:
            continue
        path = name.removeprefix(PREFIX).lower().split(DELIMITER)
        if not all(path) or not _put(tree, path, _value(path, environ[name])):
            mistakes.append(Mistake(name, environ[name], "name it ASTRA_<SECTION>__<NAME>"))
    refuse(mistakes)
    return tree


def named_setting(name: str, text: str) -> dict[str, Any]:
    """`risk.market_cap` and `0.01` as {"risk": {"market_cap": "0.01"}}: a leaf to be laid over other settings."""
    path = name.split(".")
    tree: dict[str, Any] = {}
    _put(tree, path, _value(path, text))
    return tree


def shipped_dir() -> Path:
    """Where the settings lie that come with Astra: in the package, or beside it in a checkout."""
    package = Path(astra_actors.__file__).resolve().parent
    packed = package / "_configs"
    return packed if packed.is_dir() else package.parent / "configs"


def _value(path: Sequence[str], text: str) -> Any:
    if text == "null" or text[:1] in ("[", "{") or any(step in _FREE for step in path):
        return read_value(text)
    return text


def _put(tree: dict[str, Any], path: Sequence[str], value: Any) -> bool:
    """Whether the value could be put there: a name cannot be both a setting and a section."""
    place: Any = tree
    for step in path[:-1]:
        place = place.setdefault(step, {})
        if not isinstance(place, dict):
            return False
    place[path[-1]] = value
    return True


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` wins leaf by leaf; a name keeps the place it first had."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        result[key] = laid_over(old, value) if both else value  # type: ignore[arg-type]
    return result
