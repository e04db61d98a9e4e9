"""Everything that is wrong with the settings, told at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from astra_actors.config.alert_settings import MASK
from astra_actors.kernel.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Mistake:
    """One setting that is wrong: which, what it holds, and what to do."""

    field: str
    value: Any
    remedy: str

    def __str__(self) -> str:
        return str(ConfigError(self.field, self.value, self.remedy))


class SettingsError(ConfigError):
    """Several settings are wrong; `mistakes` has each of them, and the text one line a mistake."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        first = mistakes[0]
        super().__init__(first.field, first.value, first.remedy)
        self.mistakes = tuple(mistakes)
        self.args = (self.mistakes,)

    def __str__(self) -> str:
        return "\n".join(str(mistake) for mistake in self.mistakes)


def refuse(mistakes: Sequence[Mistake]) -> None:
    """Raise all mistakes as one `ConfigError`; without any, do nothing."""
    if len(mistakes) == 1:
        raise ConfigError(mistakes[0].field, mistakes[0].value, mistakes[0].remedy)
    if mistakes:
        raise SettingsError(mistakes)


def of_validation(error: ValidationError, root: type[BaseModel]) -> list[Mistake]:
    """Pydantic's findings in our words."""
    return [_mistake(detail, root) for detail in error.errors(include_url=False, include_context=False)]


def _mistake(detail: Mapping[str, Any], root: type[BaseModel]) -> Mistake:
    path = tuple(str(step) for step in detail["loc"])
    name = ".".join(path)
    value = MASK if path[0] == "alerts" and _may_be_address(path, detail["input"]) else detail["input"]
    if detail["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return Mistake(name, value, f"there is no such setting{_meant(path, root)}")
    message = str(detail["msg"]).removeprefix("Value error, ")
    return Mistake(name, value, message[:1].lower() + message[1:])


def _may_be_address(path: Sequence[str], value: Any) -> bool:
    """Addresses of alerts hold tokens, also where they stand under a name that is spelt wrongly."""
    return "url" in path[-1] or "urls" in path or "://" in str(value)


def _meant(path: tuple[str, ...], root: type[BaseModel]) -> str:
    names = list(_names_in(path[:-1], root))
    close = get_close_matches(path[-1], names, n=1)
    if close:
        return f"; did you mean {'.'.join((*path[:-1], close[0]))}?"
    return f"; there are: {', '.join(names)}" if names else ""


def _names_in(section: Iterable[str], root: type[BaseModel]) -> Iterable[str]:
    """The names of the settings in one section, found by walking the defaults of the tree."""
    place: Any = root()
    for step in section:
        place = getattr(place, step, None)
    if isinstance(place, BaseModel):
        return type(place).model_fields
    return [each.name for each in fields(place)] if is_dataclass(place) else []
