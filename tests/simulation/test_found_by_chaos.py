"""Failures that the simulated house once found, cut down to their faults: each is a run that must stay clean."""

from __future__ import annotations

import pytest

from astra_actors.simulation.harness.faults import Fault
from astra_actors.simulation.harness.live_house import LiveHouse
from astra_actors.simulation.harness.parts import setup
from astra_actors.simulation.harness.seeds import folder

FOUND = [
    pytest.param(
        6,
        [("clock.forward", 6, 2), ("message.crash_before", 30, 1), ("message.drop", 34, 4), ("message.crash_after", 197, 4)],
        id="a refused order took a number that the count of orders does not know, and a later order got an old id",
    ),
    pytest.param(8, [("clock.back", 103, 4)], id="a clock that went back: reports of one time were taken for one report"),
    pytest.param(23, [("message.crash_after", 4, 4)], id="a market opened twice in an owner that lived on"),
    pytest.param(
        123,
        [("crash.everything", 133, 1), ("crash.supervisor", 147, 1)],
        id="an owner newer than the ledger was taken over under its old number, and never heard again",
    ),
    pytest.param(
        671,
        [("message.reorder", 9, 3), ("message.drop", 12, 3), ("message.crash_after", 25, 3)],
        id="a market whose owner was silent since it opened was taken for one that is over",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("seed", "faults"), FOUND)
def test_it_does_not_come_back(seed, faults):
    drawn = [Fault(nth, kind, -1, amount) for kind, nth, amount in faults]
    house = LiveHouse(setup(seed, windows=212), drawn, folder())
    try:
        assert len(house.run(steps=200)) == 64
        assert len(house.fired) == len(drawn), "each of its faults has to happen"
    finally:
        house.close()
