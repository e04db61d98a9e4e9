"""YAML without its surprises: a key once, `true` and `false` alone are booleans, and numbers look like numbers.

The common loader takes the second of two equal keys, reads `on` as True, `12:30:00` as 45,000, `0123` as 83 and `1e-3`
as text; each of these has a price when a limit stands behind it.
"""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from astra_actors.config.mistakes import Mistake, refuse
from astra_actors.kernel.errors import ConfigError

BYTES_MAX: Final = 1_000_000  # a settings file is a page; an alias bomb is not


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(None, None, "aliases are not used in settings", event.start_mark)
        return super().compose_node(parent, index)


_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9_]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:0|[1-9][0-9_]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"),
    list("-+0123456789"),
)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(None, None, f"line {line}: a key is text, not {key!r}", None)
        if key in result:
            raise yaml.constructor.ConstructorError(None, None, f"line {line}: {key!r} stands here twice", None)
        result[key] = loader.construct_object(value_node, deep=True)
    return result


def _float(loader: _Loader, node: yaml.ScalarNode) -> float:
    return float(str(loader.construct_scalar(node)).replace("_", ""))


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)


def read_yaml(text: str, *, name: str) -> dict[str, Any]:
    """The mapping a settings file holds; `name` is what the person calls the file."""
    if len(text) > BYTES_MAX:
        raise ConfigError(name, f"{len(text)} characters", f"a settings file has at most {BYTES_MAX}")
    try:
        value = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        refuse([Mistake(name, _where(error), "write plain YAML, each key once")])
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(name, type(value).__name__, "a settings file is a mapping of sections")
    return value


def read_value(text: str) -> Any:
    """One value as YAML reads it; text that is no YAML stays text."""
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError:
        return text


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"line {mark.line + 1}: {problem}" if mark is not None else str(problem)
