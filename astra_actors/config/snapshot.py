"""The effective settings as one canonical text, its hash, and what changed since the last session."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pydantic import SecretStr

from astra_actors.config.alert_settings import MASK
from astra_actors.config.settings import Settings
from astra_actors.kernel.canonical import canonical_bytes, canonical_hash

ABSENT: Final = "(absent)"


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that differs between two sessions."""

    name: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.name}: {self.old} → {self.new}"


def settings_tree(settings: Settings) -> dict[str, Any]:
    """The whole tree as plain JSON values. Decimals are text; strategies are a list, because their order decides."""
    tree: dict[str, Any] = _plain(settings.model_dump())
    tree["strategies"] = [{"name": name, **_plain(values)} for name, values in settings.strategies.items()]
    return tree


def settings_json(settings: Settings) -> str:
    """The canonical text of the tree. Secrets are not in it: they are not in the tree."""
    return canonical_bytes(settings_tree(settings)).decode()


def settings_hash(settings: Settings) -> str:
    """What the ledger is headed with: two runs with one hash ran under the same settings."""
    return canonical_hash(settings_tree(settings))


def diff(old_json: str, new_json: str) -> list[Change]:
    """Every setting that differs, by name; a setting that one side does not have is `(absent)` there."""
    old, new = dict(_leaves(json.loads(old_json))), dict(_leaves(json.loads(new_json)))
    names = sorted({**old, **new})
    pairs = ((name, old.get(name, ABSENT), new.get(name, ABSENT)) for name in names)
    return [Change(name, before, after) for name, before, after in pairs if before != after]


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from _leaves(child, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and value and all(isinstance(child, dict) and "name" in child for child in value):
        for place, child in enumerate(value, start=1):
            yield f"{name}.{child['name']}", f"asked at place {place}"
            for key, leaf in child.items():
                if key != "name":
                    yield from _leaves(leaf, f"{name}.{child['name']}.{key}")
    else:
        yield name, value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, Mapping):
        return {str(key): _plain(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(child) for child in value]
    return value
