"""Queue position: how much stands ahead of our order after the displayed size at its price changed (methods §6.1).

F is the size ahead, Q what traded at the level since its last update. Sizes are size_e6. At F ≤ 0 we stand first, so no
cancel can help us any more. Source: hftbacktest's queue models, after Rigtorp (2013).
"""

from __future__ import annotations

from collections.abc import Callable
from math import log1p
from typing import Final

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import SIZE_ONE_E6

QueueModel = Callable[[float, int, int, int], float]
"""(F, displayed before, displayed after, Q) → F after the update."""

QUEUE_MODELS: Final = ("risk_averse", "power", "log", "power_form")


def queue_model(name: str, power: float) -> QueueModel:
    """The update rule of one model; `power` is the exponent of the two power models."""
    if name == "risk_averse":
        return risk_averse
    if name == "power":
        return _probable(lambda behind, ahead: _share(behind**power, ahead**power))
    if name == "log":  # the logarithm is the one form whose answer depends on the unit: shares
        return _probable(lambda behind, ahead: _share(log1p(behind / SIZE_ONE_E6), log1p(ahead / SIZE_ONE_E6)))
    if name == "power_form":
        return _probable(lambda behind, ahead: 1.0 - _share(ahead, behind) ** power)
    raise BadInput("queue_model", name, f"choose one of {', '.join(QUEUE_MODELS)}")


def risk_averse(ahead: float, before: int, after: int, traded: int) -> float:
    """Every cancel is behind us, until the level is too small for that."""
    return after if after < ahead else ahead


def _probable(behind_chance: Callable[[float, float], float]) -> QueueModel:
    def after_update(ahead: float, before: int, after: int, traded: int) -> float:
        if ahead <= 0:
            return ahead
        cancelled = before - after - traded
        if cancelled < 0:  # size was added, and joins behind us
            return after if after < ahead else ahead
        behind = max(before - ahead, 0.0)
        chance = behind_chance(behind, ahead)
        left = ahead - (1.0 - chance) * cancelled + min(behind - chance * cancelled, 0.0)
        return max(min(left, after), 0.0)

    return after_update


def _share(part: float, rest: float) -> float:
    whole = part + rest
    return part / whole if whole > 0 else 1.0
