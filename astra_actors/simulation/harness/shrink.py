"""A failing list of faults cut down to the few that matter, by running it again without parts of it.

Zeller's delta debugging (1999): take out ever smaller parts as long as the same promise still breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from astra_actors.simulation.harness.faults import Fault
from astra_actors.simulation.harness.seeds import SAME_LEDGER, Breach, run_seed

RUNS_MAX: Final = 150  # a list of thirty faults needs about sixty


@dataclass(frozen=True, slots=True)
class Trace:
    """The faults that are needed, what they break, and what passed just before."""

    seed: int
    faults: tuple[Fault, ...]
    breach: Breach
    runs: int

    def lines(self) -> list[str]:
        """For a person: first the faults, then the last messages, then the broken promise."""
        return [
            *(f"fault    {fault}" for fault in self.faults),
            *(f"message  {line}" for line in self.breach.last),
            f"broken   {self.breach.promise}: {self.breach.told}",
        ]


def reduced(seed: int, faults: Sequence[Fault], breach: Breach, *, steps: int, mutant: str = "") -> Trace:
    """The fewest faults that still break the same promise."""
    found = breach
    runs = 0

    def breaks(part: Sequence[Fault]) -> bool:
        nonlocal found, runs
        if runs >= RUNS_MAX:
            return False
        runs += 1
        outcome = run_seed(seed, steps=steps, mutant=mutant, faults=part, compare=breach.promise == SAME_LEDGER)
        if outcome.breach is None or outcome.breach.promise != breach.promise:
            return False
        found = outcome.breach
        return True

    few = minimal(list(faults), breaks)
    return Trace(seed, tuple(few), found, runs)


def minimal(items: list[Fault], breaks: Callable[[Sequence[Fault]], bool]) -> list[Fault]:
    """The items left when no part of them can be taken out any more."""
    if breaks([]):
        return []
    parts = 2
    while len(items) >= 2:
        size = -(-len(items) // parts)
        for start in range(0, len(items), size):
            rest = items[:start] + items[start + size :]
            if rest and breaks(rest):
                items, parts = rest, max(parts - 1, 2)
                break
        else:
            if parts >= len(items):
                break
            parts = min(len(items), 2 * parts)
    return items
