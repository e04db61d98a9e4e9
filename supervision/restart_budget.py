"""How often a child may die before somebody above it has to decide: deaths within a window, clock handed in."""

from __future__ import annotations

from dataclasses import dataclass

from astra_actors.kernel.units import NS_PER_S


@dataclass(frozen=True, slots=True)
class RestartBudget:
    """`deaths_max` within `window_s`; a pure value, each death gives the next one."""

    deaths_max: int
    window_s: int
    deaths_ns: tuple[int, ...] = ()

    def after_death(self, now_ns: int) -> RestartBudget:
        """The budget with one more death; deaths that left the window are forgotten."""
        floor_ns = now_ns - self.window_s * NS_PER_S
        kept = tuple(at_ns for at_ns in self.deaths_ns if at_ns > floor_ns)
        return RestartBudget(self.deaths_max, self.window_s, (*kept, now_ns))

    @property
    def spent(self) -> bool:
        """Whether the last death was one too many."""
        return len(self.deaths_ns) > self.deaths_max

    def backoff_s(self, jitter: float) -> float:
        """How long to wait before the next start: doubling from 0.1 s to 5 s, ±20 % by a die in [0, 1) handed in."""
        base = min(0.1 * 2.0 ** max(0, len(self.deaths_ns) - 1), 5.0)
        return base * (0.8 + 0.4 * jitter)
