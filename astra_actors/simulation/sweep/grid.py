"""The combinations of a sweep: every value of every setting with every value of the others, in the order they were given."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from astra_actors.config.load import laid_over, named_setting
from astra_actors.kernel.errors import BadInput

COMBINATIONS_MAX: Final = 1_000  # beyond it the best of them says nothing about any of them

# What a replay takes from the tape and the command, or does not look at: every value would give the same figures.
FIXED: Final = frozenset(
    f"run.{name}"
    for name in ("feed", "venue", "data_dir", "tape_paths", "actors", "speed", "days", "markets", "dashboard")
)

Combination = tuple[tuple[str, str], ...]  # setting and value, as they were typed


@dataclass(frozen=True, slots=True)
class Axis:
    """One setting with the values to try."""

    name: str
    values: tuple[str, ...]


def axis_of(text: str) -> Axis:
    """`risk.market_cap=0.005,0.01` as a setting with two values; raises `BadInput` for anything else."""
    name, sign, rest = text.partition("=")
    values = tuple(value.strip() for value in rest.split(","))
    remedy = "give SECTION.NAME=V1,V2, such as risk.market_cap=0.005,0.01"
    if not sign or not all(values) or not all(name.split(".")) or "." not in name:
        raise BadInput("--sweep", text, remedy)
    if name.strip() in FIXED:
        raise BadInput(
            "--sweep", name, "a replay does not depend on it; sweep what decides, sizes, quotes or simulates"
        )
    if len(set(values)) != len(values):
        raise BadInput("--sweep", text, "name each value once")
    return Axis(name.strip(), values)


def combinations(texts: Sequence[str]) -> list[Combination]:
    """Every combination, the last setting moving fastest."""
    axes = [axis_of(text) for text in texts]
    names = [axis.name for axis in axes]
    if len(set(names)) != len(names):
        raise BadInput("--sweep", ", ".join(names), "name each setting once, with all its values")
    count = 1
    for axis in axes:
        count *= len(axis.values)
    if count > COMBINATIONS_MAX:
        raise BadInput("--sweep", f"{count} combinations", f"try at most {COMBINATIONS_MAX}")
    return [tuple(zip(names, values, strict=True)) for values in itertools.product(*(axis.values for axis in axes))]


def flags_of(combination: Combination, below: dict[str, Any]) -> dict[str, Any]:
    """The combination as flags, laid over those that were given beside it."""
    flags = below
    for name, value in combination:
        flags = laid_over(flags, named_setting(name, value))
    return flags


def words_of(combination: Combination) -> str:
    """The combination for a person."""
    return " ".join(f"{name}={value}" for name, value in combination)
