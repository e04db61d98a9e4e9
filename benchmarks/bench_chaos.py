"""How many simulated houses a second: seeds under faults beside the same seeds undisturbed, CPU time of one process."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

from _table import medians, options, show

from astra_actors.simulation.harness.seeds import run_seed


def main() -> None:
    """Time both kinds of house, with and without their faults."""
    asked = options(__doc__, seeds=24, steps=200, rounds=3)
    steps = {"lock-step": 0, "live": 0}

    def timed(house: str, disturbed: bool) -> Callable[[], float]:
        seeds = [4 * n + (3 if house == "live" else 1) for n in range(1, asked.seeds + 1)]

        def run() -> float:
            began = process_time()
            found = [
                run_seed(seed, steps=asked.steps, faults=None if disturbed else (), compare=False) for seed in seeds
            ]
            took = process_time() - began
            steps[house] = sum(outcome.steps for outcome in found)
            return took / len(seeds)

        return run

    run_seed(1, steps=20)  # settings are read and parsers compiled once a process
    contestants = {f"{house}, {name}": timed(house, name == "faults") for house in steps for name in ("calm", "faults")}
    found = medians(asked.rounds, contestants)
    rows = [
        {
            "house": house,
            "calm ms/seed": found[f"{house}, calm"] * 1e3,
            "faults ms/seed": found[f"{house}, faults"] * 1e3,
            "ratio": found[f"{house}, faults"] / found[f"{house}, calm"],
            "seeds/s": 1 / found[f"{house}, faults"],
            "messages/s": steps[house] / asked.seeds / found[f"{house}, faults"],
        }
        for house in steps
    ]
    show("chaos", rows, as_json=asked.json, notes=[f"{asked.seeds} seeds of {asked.steps} messages before the calm"])


if __name__ == "__main__":
    main()
