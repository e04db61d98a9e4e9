"""One figure with its sample size, its interval, and the reason where it may not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

# Observations before a figure may decide anything (methods §9.10); the window it is taken over has its own minimum.
MINIMUM: Final[Mapping[str, int]] = MappingProxyType(
    {
        "sharpe": 30,
        "sortino": 30,
        "calmar": 50,
        "win_rate": 20,
        "profit_factor": 20,
        "var": 40,
        "cvar": 40,
        "brier": 20,
        "worst_month": 60,
        "max_drawdown": 30,
        "expectancy": 10,
    }
)
WINDOW_MINIMUM: Final[Mapping[str, int]] = MappingProxyType({"7d": 10, "30d": 30, "90d": 50, "all_time": 20})
SLICE_MINIMUM: Final = 100  # trades of one strategy or regime before it is judged


@dataclass(frozen=True, slots=True)
class Stat:
    """A figure. `value` is None where it is undefined; `reason` says why, or why the sample is too small to decide."""

    value: float | None
    n: int
    lo: float | None = None
    hi: float | None = None
    reason: str = ""

    @classmethod
    def none(cls, n: int, reason: str) -> Stat:
        """A figure that is not defined here."""
        return cls(None, n, reason=reason)

    @property
    def enough(self) -> bool:
        """Whether the figure is defined and its sample may decide something."""
        return self.value is not None and not self.reason

    def gated(self, metric: str, window: str = "") -> Stat:
        """The same figure, with the reason set when its own minimum or the window's is not met."""
        needed = max(MINIMUM.get(metric, 0), WINDOW_MINIMUM.get(window, 0))
        if self.n >= needed or self.value is None:
            return self
        return Stat(self.value, self.n, self.lo, self.hi, sample_gate(metric, self.n, needed))

    def to_dict(self) -> dict[str, Any]:
        """The figure as JSON holds it."""
        return {"value": self.value, "n": self.n, "lo": self.lo, "hi": self.hi, "reason": self.reason or None}


def sample_gate(metric: str, n: int, needed: int) -> str:
    """The words of a sample that is too small (methods §18.9)."""
    return f"SampleGate_{metric}: insufficient data ({n} of {needed})"
