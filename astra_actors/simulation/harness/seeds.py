"""One seed from its first message to its verdict."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from astra_actors.simulation.harness import faults as weather
from astra_actors.simulation.harness.auditor import PromiseBrokenError
from astra_actors.simulation.harness.faults import Fault
from astra_actors.simulation.harness.live_house import LiveHouse
from astra_actors.simulation.harness.lockstep_house import LockstepHouse
from astra_actors.simulation.harness.mutants import broken
from astra_actors.simulation.harness.parts import Setup, setup

LIVE_EVERY: Final = 4  # every fourth seed lives on a wall clock
COMPARED_EVERY: Final = 8  # of the others, how often the end is compared with that of an undisturbed run
SAME_LEDGER: Final = "one seed gives one ledger"
GOES_ON: Final = "the run goes on"
_MEMORY: Final = Path("/dev/shm")  # a ledger in memory is still a file, with the store's own code over it


class Breach(msgspec.Struct, frozen=True):
    """Which promise did not hold, the numbers, and what had passed just before."""

    promise: str
    told: str
    step: int
    last: tuple[str, ...] = ()


class Outcome(msgspec.Struct, kw_only=True):
    """What came of one seed."""

    seed: int
    house: str
    digest: str = ""
    steps: int = 0
    windows: int = 0
    runs: int = 1
    restarts: int = 0  # of the supervisor, and everything with it
    replaced: int = 0  # owners of shards
    faults: dict[str, int] = {}  # that fired, by kind
    drawn: tuple[Fault, ...] = ()
    breach: Breach | None = None


def run_seed(
    seed: int, *, steps: int, mutant: str = "", faults: Sequence[Fault] | None = None, compare: bool | None = None
) -> Outcome:
    """Draw a house and its faults (or take these), run it, and say what came of it. Nothing is left on the disk."""
    live = seed % LIVE_EVERY == LIVE_EVERY - 1
    made = setup(seed, windows=12 + steps)
    drawn = weather.draw(seed, steps=steps, slots=made.shape.slots, live=live) if faults is None else tuple(faults)
    outcome = Outcome(seed=seed, house="live" if live else "lockstep", drawn=drawn)
    if compare is None:
        compare = not live and seed % COMPARED_EVERY == 0
    with broken(mutant):
        windows = _run(outcome, made, drawn, steps=steps)
        if compare and outcome.breach is None and not live:
            _compare(outcome, made, drawn, windows)
    return outcome


def folder() -> Path:
    """A directory of its own, in memory where there is such a place."""
    return Path(tempfile.mkdtemp(prefix="astra-chaos-", dir=_MEMORY if _MEMORY.is_dir() else None))


def _run(outcome: Outcome, made: Setup, faults: Sequence[Fault], *, steps: int = 0, windows: int = 0) -> int:
    """Fill the outcome in; the number of windows in which faults could fire."""
    where = folder()
    try:
        house = (LiveHouse if outcome.house == "live" else LockstepHouse)(made, faults, where)
        try:
            outcome.digest = house.run(steps=steps, windows=windows)
        except PromiseBrokenError as error:
            told = str(error).removeprefix(f"{error.promise}: ")
            outcome.breach = Breach(error.promise, told, house.watch.steps, tuple(house.watch.last))
        except Exception as error:  # whatever stops a run is a failure of it, and has a seed and a trace as well
            told = f"{type(error).__name__}: {error}"[:2_000]
            outcome.breach = Breach(GOES_ON, told, house.watch.steps, tuple(house.watch.last))
        finally:
            house.close()
    finally:
        shutil.rmtree(where, ignore_errors=True)
    outcome.steps, outcome.windows, outcome.restarts = house.watch.steps, house.windows, house.restarts
    outcome.replaced = house.replaced
    outcome.faults = dict(sorted(Counter(fault.kind for fault in house.fired).items()))
    return house.windows


def _compare(outcome: Outcome, made: Setup, faults: Sequence[Fault], windows: int) -> None:
    """What happens to messages and processes leaves no trace: without it the ledger ends in the same digest."""
    outer = [fault for fault in faults if fault.kind.startswith(("venue.", "feed."))]
    plain = Outcome(seed=outcome.seed, house=outcome.house)
    _run(plain, made, outer, windows=windows)
    outcome.runs += 1
    outcome.steps += plain.steps
    if plain.digest != outcome.digest:
        told = f"disturbed {outcome.digest[:16]}, undisturbed {plain.digest[:16]} after {windows} windows"
        outcome.breach = plain.breach or Breach(SAME_LEDGER, told, outcome.steps)
