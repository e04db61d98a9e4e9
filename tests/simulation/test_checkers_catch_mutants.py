"""The checkers are worth something: each deliberately broken Astra is caught by the promise it breaks, within a few seeds."""

from __future__ import annotations

import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.simulation.harness.house import GOAL
from astra_actors.simulation.harness.mutants import MUTANTS, broken
from astra_actors.simulation.harness.seeds import run_seed

SEEDS = 24  # most are caught by the first


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_astra_is_caught(name):
    for seed in range(1, SEEDS + 1):
        outcome = run_seed(seed, steps=200, mutant=name)
        if outcome.breach is not None:
            break
    assert outcome.breach is not None, f"{SEEDS} seeds and nobody noticed"
    assert outcome.breach.promise in MUTANTS[name].breaks
    assert run_seed(seed, steps=200).breach is None, "the seed alone breaks nothing"


def test_a_mutant_leaves_no_trace_behind():
    before = run_seed(1, steps=100).digest
    for name in MUTANTS:
        with broken(name):
            pass
    assert run_seed(1, steps=100).digest == before


def test_an_unknown_mutant_is_refused_by_name():
    with pytest.raises(BadInput, match="lease_ignored"), broken("lease_forgotten"):
        pass


def test_slow_roads_alone_break_no_promise(house):
    """Orders arrive a quarter of an hour late and are refused: nothing else is wrong with them."""
    made = house(paper={"latency_mean_ms": 900_000.0})
    made.run_to(GOAL)
    assert made.coordinator.counters.rejects > 0
