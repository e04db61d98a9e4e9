"""Order-flow imbalance (methods §7.1)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from astra_actors.signals.ofi import Quote, ofi, ofi_step

O7_1: list[Quote] = [
    (5000, 120, 5200, 90),
    (5000, 150, 5200, 60),
    (5100, 40, 5200, 60),
    (5100, 40, 5300, 110),
    (5000, 130, 5200, 75),
    (5000, 130, 5200, 20),
]


def test_o7_1_steps_and_sum() -> None:
    steps = [ofi_step(old, new) for old, new in pairwise(O7_1)]
    assert steps == [60, 40, 60, -115, 55]
    assert ofi(O7_1) == 100


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param((5000, 10, 5200, 20), (5000, 10, 5200, 20), 0, id="nothing changed, nothing flowed"),
        pytest.param((5000, 10, 5200, 20), (0, 0, 5200, 20), -10, id="a bid that vanishes counts its whole size"),
        pytest.param((5000, 10, 5200, 20), (5000, 10, 10_000, 0), 20, id="an ask that vanishes counts its whole size"),
        pytest.param((0, 0, 5200, 20), (4900, 7, 5200, 20), 7, id="a first bid counts its whole size"),
    ],
)
def test_one_step(old: Quote, new: Quote, expected: int) -> None:
    assert ofi_step(old, new) == expected


def test_fewer_than_two_quotes_flow_nothing() -> None:
    assert ofi([]) == 0
    assert ofi([(5000, 120, 5200, 90)]) == 0
