"""Which strategies exist, which of them a run uses, and which one a market gets.

A strategy is a file in this folder with a class under `@strategy`; adding the file is all there is to do.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from astra_actors import strategies as package
from astra_actors.definitions.contract import DefinitionContract
from astra_actors.kernel.errors import BadInput, ConfigError
from astra_actors.market.instrument import MarketListing
from astra_actors.strategies.base import Strategy

C = TypeVar("C", bound=type)

_CLASSES: Final[dict[str, type]] = {}


def strategy(cls: C) -> C:
    """Register a frozen dataclass as the strategy `cls.name`."""
    name = getattr(cls, "name", None)
    if not isinstance(name, str) or not name:
        raise BadInput(cls.__name__, name, "give the class a `name: ClassVar[str]`")
    params = getattr(cls, "__dataclass_params__", None)
    if not is_dataclass(cls) or params is None or not params.frozen:
        raise BadInput(name, cls.__name__, "put @strategy above @dataclass(frozen=True, slots=True, kw_only=True)")
    known = _CLASSES.get(name)
    if known is not None and known.__qualname__ != cls.__qualname__:
        raise BadInput(name, cls.__qualname__, f"the name is taken by {known.__module__}.{known.__qualname__}")
    _CLASSES[name] = cls
    return cls


def strategy_classes() -> Mapping[str, type]:
    """Every strategy of this folder by name, in the order of their files."""
    _scan()
    return dict(_CLASSES)


def load_strategies(settings: Mapping[str, Mapping[str, Any]]) -> tuple[Strategy, ...]:
    """The enabled strategies in declared order; every mistake in their parameters is reported together."""
    known = strategy_classes()
    loaded: list[Strategy] = []
    mistakes: list[ConfigError] = []
    for name, given in settings.items():
        if name not in known:
            mistakes.append(ConfigError(f"strategies.{name}", name, f"known strategies are {sorted(known)}"))
            continue
        try:
            made = _make(name, known[name], given)
        except ConfigError as error:
            mistakes.append(error)
            continue
        if made is not None:
            loaded.append(made)
    if len(mistakes) == 1:
        raise mistakes[0]
    if mistakes:
        raise ConfigError("strategies", sorted(settings), "; ".join(str(error) for error in mistakes))
    return tuple(loaded)


def choose(strategies: Sequence[Strategy], listing: MarketListing, definition: DefinitionContract) -> Strategy | None:
    """The first strategy in declared order that accepts the market."""
    for candidate in strategies:
        if candidate.accepts(listing, definition):
            return candidate
    return None


def _make(name: str, cls: type, given: Mapping[str, Any]) -> Strategy | None:
    params = dict(given)
    enabled = params.pop("enabled", True)
    if not isinstance(enabled, bool):
        raise ConfigError(f"strategies.{name}.enabled", enabled, "give true or false")
    try:
        made: Any = TypeAdapter(cls).validate_python(params)
    except ValidationError as error:
        raise _config_error(name, cls, error) from error
    assert isinstance(made, Strategy)  # the common suite holds every registered class to it
    return made if enabled else None


def _config_error(name: str, cls: type, error: ValidationError) -> ConfigError:
    texts = []
    for item in error.errors():
        field = ".".join(str(part) for part in item["loc"])
        if item["type"] == "unexpected_keyword_argument":
            texts.append(f"{field}: unknown; its parameters are {[f.name for f in fields(cls)]}")
        else:
            texts.append(f"{field}: {item['msg']}")
    first = error.errors()[0]
    where = ".".join(["strategies", name, *(str(part) for part in first["loc"])])
    return ConfigError(where, first["input"], "; ".join(texts))


@cache
def _scan() -> None:
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
        import_module(f"{package.__name__}.{module.name}")
