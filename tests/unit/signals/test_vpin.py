"""VPIN (methods §7.3)."""

from __future__ import annotations

import pytest

from astra_actors.signals.vpin import VolumeBuckets, bulk_buy_share

O7_3 = [(40, 0.010), (30, -0.005), (60, 0.020), (20, 0.0), (50, -0.015), (40, 0.005)]


def test_o7_3_bulk_classification() -> None:
    buckets = VolumeBuckets(60)
    for volume, move in O7_3:
        buckets.add(volume, bulk_buy_share(move, 0.011))
    assert buckets.full == 4
    assert buckets.vpin() == pytest.approx(0.331387076, rel=1e-8)


def test_o7_3_first_bucket_takes_its_share_of_the_bar_at_its_edge() -> None:
    bought = 40 * bulk_buy_share(0.010, 0.011) + 20 * bulk_buy_share(-0.005, 0.011)
    assert bought == pytest.approx(39.22832, rel=1e-8)
    buckets = VolumeBuckets(60)
    for volume, move in O7_3[:2]:
        buckets.add(volume, bulk_buy_share(move, 0.011))
    assert buckets.vpin() == pytest.approx((2 * 39.22832 - 60) / 60, rel=1e-7)


@pytest.mark.parametrize(
    ("trades", "expected"),
    [
        pytest.param([(100, 1.0)], 1.0, id="a bucket of buying alone is one-sided"),
        pytest.param([(50, 1.0), (50, 0.0)], 0.0, id="a balanced bucket is not"),
        pytest.param([(75, 0.0), (25, 1.0)], 0.5, id="selling counts like buying"),
        pytest.param([(150, 1.0), (50, 0.0)], 0.5, id="a trade over an edge belongs to both buckets"),
        pytest.param([(350, 1.0), (50, 0.0)], 0.75, id="a trade may fill several buckets at once"),
    ],
)
def test_signed_trades(trades: list[tuple[float, float]], expected: float) -> None:
    buckets = VolumeBuckets(100)
    for volume, share in trades:
        buckets.add(volume, share)
    assert buckets.vpin() == pytest.approx(expected)


def test_the_unfinished_bucket_is_dropped() -> None:
    buckets = VolumeBuckets(100)
    buckets.add(99, 1.0)
    assert buckets.vpin() is None
    buckets.add(1, 1.0)
    buckets.add(50, 0.0)
    assert buckets.vpin() == 1.0


def test_only_the_last_buckets_count() -> None:
    buckets = VolumeBuckets(10, keep=2)
    buckets.add(10, 1.0)
    for share in (1.0, 0.0, 1.0, 0.0):
        buckets.add(5, share)
    assert buckets.full == 2
    assert buckets.vpin() == 0.0


def test_below_the_minimum_sample_it_is_unknown() -> None:
    buckets = VolumeBuckets(10)
    buckets.add(30, 1.0)
    assert buckets.vpin(buckets_min=4) is None
    assert buckets.vpin(buckets_min=3) == 1.0


def test_a_huge_trade_costs_no_more_than_the_buckets_kept() -> None:
    buckets = VolumeBuckets(1, keep=5)
    buckets.add(1e12 + 0.5, 1.0)
    assert buckets.full == 5
    buckets.add(0.5, 0.0)
    assert buckets.vpin() == pytest.approx((4 * 1.0 + 0.0) / 5)


def test_without_any_move_a_bar_is_half_bought() -> None:
    assert bulk_buy_share(0.01, 0.0) == 0.5
    assert bulk_buy_share(0.0, 0.011) == 0.5
