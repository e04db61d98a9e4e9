"""When a price level counts as met: the contract's operator on the price rounded as the contract says."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final

from astra_actors.definitions.contract import DefinitionContract

_CENT: Final = Decimal("0.01")
_COMPARE: Final[dict[str, Callable[[Decimal, int], bool]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}
_PRICE_MIN: Final = 1e-9  # a level of 1 rounded up begins at 0, of which there is no logarithm
_UNITS: Final = {"floor_int": 1.0, "round_int": 1.0, "ceil_int": 1.0, "floor_cent": 0.01, "round_cent": 0.01}
_SHIFTS: Final = {"floor_int": 0.0, "round_int": -0.5, "ceil_int": -1.0, "floor_cent": 0.0, "round_cent": -0.005}


def holds(definition: DefinitionContract, price: float) -> bool:
    """Whether one printed price meets the condition: this is how a threshold resolves."""
    compare = _COMPARE[str(definition.condition["op"])]
    return compare(rounded(price, definition.oracle_details["rounding"]), int(definition.condition["level"]))


def rounded(price: float, rounding: str) -> Decimal:
    """A price as the source compares it; halves go up."""
    exact = Decimal(repr(price))
    if rounding == "ceil_int":
        return Decimal(math.ceil(price))
    step = _CENT if rounding.endswith("cent") else Decimal(1)
    return exact.quantize(step, ROUND_FLOOR if rounding.startswith("floor") else ROUND_HALF_UP)


def yes_region(definition: DefinitionContract) -> tuple[float, float]:
    """The unrounded prices that meet the condition, from low to high: `≥ K` rounded down keeps K, half-up it is K − ½.

    A price exactly on an end has no probability of its own here; `holds` decides it.
    """
    op, level = definition.condition["op"], int(definition.condition["level"])
    rounding = definition.oracle_details["rounding"]
    at = max(level + _SHIFTS[rounding], _PRICE_MIN)  # the lowest price that rounds to the level
    after = at + _UNITS[rounding]  # the lowest that rounds to more
    if op == ">=":
        return at, math.inf
    if op == ">":
        return after, math.inf
    if op == "<=":
        return 0.0, after
    return (0.0, at) if op == "<" else (at, after)
