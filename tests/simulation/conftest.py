"""Simulated houses as tests build them, and the undisturbed run that they are compared with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from astra_actors.simulation.harness.house import GOAL, House, lively


@dataclass(frozen=True)
class Reference:
    """The undisturbed run that every disturbed one is compared with."""

    digest: str
    windows: int
    equity_e10: int
    resting: dict[int, dict[str, list[Any]]]  # by window: every market's orders in their queues
    digests: dict[int, str]

    @property
    def busy(self) -> list[int]:
        """Windows of the first days at whose end orders of ours rest."""
        return [window for window, markets in self.resting.items() if window < GOAL - 6 and any(markets.values())]

    @property
    def mid(self) -> int:
        """A busy window that is neither among the first nor among the last."""
        return self.busy[len(self.busy) // 2]


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """One complete run of the lively world, every promise checked after every window."""
    made = House(lively(tmp_path_factory.mktemp("reference")))
    resting, digests = {}, {}
    while not made.coordinator.done:
        made.step()
        window = made.coordinator.state.window
        resting[window], digests[window] = made.places_in_queue(), made.coordinator.flush()
    digest = made.complete()
    assert made.coordinator.last is not None
    equity_e10 = made.coordinator.last.equity.equity_e10
    assert made.auditor.fills > 50, "a world without fills proves nothing"
    made.store.close()
    return Reference(digest, made.coordinator.state.window, equity_e10, resting, digests)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Build houses that are torn down with the test; each has a data directory of its own."""
    built: list[House] = []

    def build(name: str = "run", *, shards: int = 1, audited: bool = True, **settings: Any) -> House:
        made = House(lively(tmp_path / name, **settings), shards=shards, audited=audited)
        built.append(made)
        return made

    yield build
    for made in built:
        made.store.close()
