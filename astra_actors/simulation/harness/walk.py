"""The anomaly walk: fail the n-th message of one run, n = 1, 2, 3 …, until a run ends before it comes to n."""

from __future__ import annotations

from collections import Counter
from typing import Final

from astra_actors.simulation.harness.faults import Fault
from astra_actors.simulation.harness.seeds import Outcome, run_seed

WALKED: Final = ("message.drop", "message.crash_before", "message.crash_after", "crash.supervisor", "crash.machine")


def walk(seed: int, kind: str, *, steps: int) -> Outcome:
    """One failure of this kind at every message in turn, and the same ledger at the end of each run."""
    plain = run_seed(seed, steps=steps, faults=(), compare=False)
    total, counted = plain, Counter[str]()
    total.runs, n = 1, 0
    while total.breach is None:
        n += 1
        fault = Fault(n, kind)
        outcome = run_seed(seed, steps=steps, faults=(fault,), compare=True)
        if not outcome.faults:
            break
        counted.update(outcome.faults)
        total.runs += outcome.runs
        total.steps += outcome.steps
        total.windows += outcome.windows
        total.restarts += outcome.restarts
        total.breach, total.drawn = outcome.breach, outcome.drawn
    total.faults = dict(counted)
    return total
