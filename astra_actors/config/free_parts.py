"""The two parts of the tree whose names are not its own: overrides of the EV gate, and the parameters of strategies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from astra_actors.config.mistakes import Mistake
from astra_actors.gates.params import EvParams
from astra_actors.kernel.errors import ConfigError
from astra_actors.strategies.registry import load_strategies, strategy_classes

_EV: Final[TypeAdapter[EvParams]] = TypeAdapter(EvParams)
_EV_NAMES: Final = tuple(each.name for each in fields(EvParams))


def of_overrides(tree: Mapping[str, Any]) -> list[Mistake]:
    """What is wrong in `gates.ev_overrides`: each is held to the bounds of the field it overrides."""
    gates = tree.get("gates")
    overrides = gates.get("ev_overrides") if isinstance(gates, Mapping) else None
    if not isinstance(overrides, Mapping):
        return []  # absent, or of the wrong shape, which the tree itself reports
    mistakes = []
    for strategy, partial in overrides.items():
        at = f"gates.ev_overrides.{strategy}"
        if strategy not in strategy_classes():
            known = ", ".join(strategy_classes())
            mistakes.append(Mistake(at, strategy, f"there is no such strategy; there are: {known}"))
        elif isinstance(partial, Mapping):
            mistakes += _of_partial(at, partial)
    return mistakes


def of_strategies(tree: Mapping[str, Any]) -> list[Mistake]:
    """What is wrong under `strategies`, strategy by strategy."""
    section = tree.get("strategies")
    mistakes = []
    for name, params in section.items() if isinstance(section, Mapping) else ():
        if not isinstance(params, Mapping):
            continue
        try:
            load_strategies({name: params})
        except ConfigError as error:
            mistakes.append(Mistake(error.field, error.value, error.remedy))
    return mistakes


def _of_partial(at: str, partial: Mapping[str, Any]) -> list[Mistake]:
    try:
        _EV.validate_python(dict(partial))
    except ValidationError as error:
        return [_mistake(at, detail["type"], str(detail["loc"][0]), detail) for detail in error.errors()]
    return []


def _mistake(at: str, kind: str, name: str, detail: Mapping[str, Any]) -> Mistake:
    if kind == "unexpected_keyword_argument":
        return Mistake(f"{at}.{name}", detail["input"], f"gates.ev has: {', '.join(_EV_NAMES)}")
    message = str(detail["msg"])
    return Mistake(f"{at}.{name}", detail["input"], message[:1].lower() + message[1:])
