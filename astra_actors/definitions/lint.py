"""The strict lint of a contract: what is missing, unknown, or of the wrong kind is a finding (methods §18.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from astra_actors.kernel.clock import ns_from_text
from astra_actors.kernel.errors import BadInput

THRESHOLD_CATEGORY: Final = "crypto_threshold"
EVENT_CATEGORY: Final = "event_outcome"
OPS: Final = (">=", ">", "<=", "<", "==")
ROUNDINGS: Final = ("floor_int", "round_int", "ceil_int", "floor_cent", "round_cent")

_TEXT_FIELDS: Final = ("market_id", "oracle_source", "venue_rules_version")
_PRICE_FIELDS: Final = ("underlying", "quote_ccy")
_FIELDS: Final = (
    *_TEXT_FIELDS,
    *_PRICE_FIELDS,
    "category",
    "resolution_type",
    "cutoff_ts_utc",
    "oracle_details",
    "condition",
)


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One thing wrong with a contract; the codes are closed and stand in ledgers."""

    code: str
    field: str
    value: Any

    def __str__(self) -> str:
        return f"{self.code} ({self.field} = {self.value!r})"


@dataclass(frozen=True, slots=True)
class _Shape:
    """The keys one kind of contract has, all of them required and no others allowed."""

    condition: tuple[str, ...]
    oracle: tuple[str, ...]
    window: str = ""


_SHAPES: Final[dict[tuple[str, str], _Shape]] = {
    (THRESHOLD_CATEGORY, "touch"): _Shape(("op", "level", "window"), ("feed", "rounding", "finality"), "any_time"),
    (THRESHOLD_CATEGORY, "close"): _Shape(
        ("op", "level", "window", "measurement_time"), ("feed", "rounding"), "at_close"
    ),
    (EVENT_CATEGORY, "event"): _Shape(("outcome",), ("rule",)),
}
_CATEGORIES: Final = tuple(dict.fromkeys(category for category, _ in _SHAPES))


def lint(content: Mapping[str, Any]) -> tuple[LintFinding, ...]:
    """Everything wrong with a contract's fields, in a fixed order; empty when it may be used."""
    return tuple(_findings(content))


def _findings(content: Mapping[str, Any]) -> Iterator[LintFinding]:
    for name in content:
        if name not in _FIELDS:
            yield LintFinding("unknown_field", str(name), content[name])
    for name in _FIELDS:
        if name not in content:
            yield LintFinding("missing_field", name, None)
    for name in _TEXT_FIELDS:
        if name in content and not _is_text(content[name]):
            yield LintFinding("invalid_text", name, content[name])
    yield from _cutoff(content)
    category, resolution = content.get("category"), content.get("resolution_type")
    if category not in _CATEGORIES:
        yield LintFinding("unsupported_category", "category", category)
        return
    shape = _SHAPES.get((str(category), str(resolution)))
    if shape is None:
        yield LintFinding("invalid_resolution_type", "resolution_type", resolution)
        return
    yield from _priced(content, threshold=category == THRESHOLD_CATEGORY)
    yield from _condition(content.get("condition"), shape)
    yield from _oracle(content.get("oracle_details"), shape)


def _cutoff(content: Mapping[str, Any]) -> Iterator[LintFinding]:
    if "cutoff_ts_utc" in content and not _is_time(content["cutoff_ts_utc"]):
        yield LintFinding("invalid_cutoff_ts_utc", "cutoff_ts_utc", content["cutoff_ts_utc"])


def _priced(content: Mapping[str, Any], *, threshold: bool) -> Iterator[LintFinding]:
    """A threshold names what is priced and in which currency; an outcome has neither, and must not pretend to."""
    for name in _PRICE_FIELDS:
        if name not in content:
            continue
        value = content[name]
        if (threshold and not _is_text(value)) or (not threshold and value != ""):
            yield LintFinding(f"invalid_{name}", name, value)


def _condition(condition: Any, shape: _Shape) -> Iterator[LintFinding]:
    if not isinstance(condition, Mapping):
        yield LintFinding("invalid_condition", "condition", condition)
        return
    for key in condition:
        if key not in shape.condition:
            yield LintFinding("unknown_condition_key", f"condition.{key}", condition[key])
    for key in shape.condition:
        if key not in condition:
            code = "missing_measurement_time" if key == "measurement_time" else f"missing_condition_{key}"
            yield LintFinding(code, f"condition.{key}", None)
            continue
        code = _condition_value(key, condition[key], shape)
        if code:
            yield LintFinding(code, f"condition.{key}", condition[key])


def _condition_value(key: str, value: Any, shape: _Shape) -> str:
    if key == "op":
        return "" if isinstance(value, str) and value in OPS else "invalid_condition_op"
    if key == "level":  # a boolean is an integer to Python and never a price
        return "" if type(value) is int and value > 0 else "invalid_condition_level_type"
    if key == "window":
        return "" if value == shape.window else "invalid_condition_window"
    if key == "measurement_time":
        return "" if _is_time(value) else "invalid_measurement_time"
    return "" if _is_text(value) else f"invalid_condition_{key}"


def _oracle(details: Any, shape: _Shape) -> Iterator[LintFinding]:
    if not isinstance(details, Mapping):
        yield LintFinding("invalid_oracle_details", "oracle_details", details)
        return
    for key in details:
        if key not in shape.oracle:
            yield LintFinding("unknown_oracle_key", f"oracle_details.{key}", details[key])
    for key in shape.oracle:
        if key not in details:
            yield LintFinding(f"missing_oracle_{key}", f"oracle_details.{key}", None)
            continue
        value = details[key]
        if not _is_text(value) or (key == "rounding" and value not in ROUNDINGS):
            yield LintFinding(f"invalid_oracle_{key}", f"oracle_details.{key}", value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_time(value: Any) -> bool:
    try:
        ns_from_text(value)
    except BadInput:
        return False
    return isinstance(value, str)
