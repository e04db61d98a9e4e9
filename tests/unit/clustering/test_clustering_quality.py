"""Pairwise quality by the worked oracles O15.1 and O15.2 of the methods."""

from __future__ import annotations

import pytest

from astra_actors.clustering.quality import count_pairs, linked


def groups(digits: str) -> list[tuple[str, ...]]:
    return [(digit,) for digit in digits]


def test_o15_1() -> None:
    counts = count_pairs(groups("0001122234"), groups("0011122223"))
    assert (counts.both, counts.predicted_only, counts.true_only) == (5, 5, 2)
    assert counts.precision == 0.5
    assert counts.recall == pytest.approx(0.714285714, abs=1e-9)
    assert counts.f1 == pytest.approx(0.588235294, abs=1e-9)
    assert counts.rand == pytest.approx(0.844444444, abs=1e-9)
    assert counts.ari == pytest.approx(0.496, abs=5e-4)


def test_o15_2() -> None:
    predicted = groups("0011122223")
    assert linked([(0, 1), (0, 2), (3, 4), (5, 6), (6, 7)], predicted) == (4, 5)
    assert linked([(0, 3), (5, 8), (1, 9)], predicted) == (1, 3)


def test_without_positive_pairs_there_is_no_figure() -> None:
    counts = count_pairs(groups("01"), groups("01"))
    assert (counts.precision, counts.recall, counts.f1) == (None, None, None)
    assert counts.rand == 1.0


def test_a_pair_that_shares_one_of_several_groups_is_together() -> None:
    counts = count_pairs([("fed", "trump"), ("trump",)], [("a",), ("b", "a")])
    assert (counts.both, counts.pairs) == (1, 1)
