"""Markouts: the clock (methods §7.5) and what a sample of them says."""

from __future__ import annotations

import pytest

from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.ring_buffer import RingBuffer, Top
from astra_actors.signals.markout import Markout, MarkoutClock
from astra_actors.signals.markout_statistics import markout_statistics
from astra_actors.signals.params import SignalParams

S = NS_PER_S
PARAMS = SignalParams()

# side, price, size, mid at the fill, mids after 30 s, 2 min, 10 min
O7_5 = [
    (True, 5000, 20, 5050, (5080, 5120, 5150)),
    (False, 5600, 35, 5520, (5560, 5610, 5700)),
    (True, 4700, 10, 4750, (4700, 4620, 4550)),
    (False, 6100, 25, 6040, (6030, 6000, 6070)),
]


def top(at_ns: int, mid_e4: int) -> Top:
    return Top(at_ns, mid_e4 - 50, 1_000_000, mid_e4 + 50, 1_000_000)


def taken() -> list[list[Markout]]:
    """The fills of O7.5, each against a book of its own."""
    found = []
    for number, (is_bid, price, _, mid, later) in enumerate(O7_5):
        clock, ring = MarkoutClock(PARAMS), RingBuffer()
        clock.on_fill(f"f{number}", is_bid, price, mid, 0)
        for seconds, mid_then in zip((30, 120, 600), later, strict=True):
            ring.append(top((seconds - 1) * S, mid_then))
        found.append(clock.due(600 * S, ring))
    return found


def test_o7_5_means_weights_t_and_p() -> None:
    fills = taken()
    sizes = [fill[2] for fill in O7_5]
    stats = [
        markout_statistics(
            [fill[h].points or 0.0 for fill in fills], sizes, [(fill[h].earned_e4 or 0.0) / 10_000 for fill in fills]
        )
        for h in range(3)
    ]
    assert all(stat is not None for stat in stats)
    expected = {
        "mean": [0.00475, 0.00325, -0.00175],
        "weighted_mean": [0.00527777778, 0.00416666667, -0.00138888889],
        "adverse_selection": [0.00125, 0.00275, 0.00775],
        "t": [2.64331171, 0.689321414, -0.259259259],
        "p": [0.961282049, 0.729923908, 0.406103828],
    }
    for name, values in expected.items():
        assert [getattr(stat, name) for stat in stats] == pytest.approx(values, rel=1e-8), name


def test_statistics_need_something_to_summarise() -> None:
    assert markout_statistics([], []) is None
    assert markout_statistics([0.01], [0.0]) is None
    alone = markout_statistics([0.01], [5.0])
    assert alone is not None
    assert (alone.mean, alone.t, alone.p, alone.adverse_selection) == (0.01, None, None, None)


@pytest.mark.parametrize(
    ("tops", "confirmed_s", "expected"),
    [
        pytest.param([(29, 5100)], None, 100.0, id="the mid before the horizon counts"),
        pytest.param([(30, 5100)], None, 100.0, id="a mid at the horizon counts"),
        pytest.param([(29, 5100), (31, 6000)], None, 100.0, id="a later mid is never looked at"),
        pytest.param([(0, 5100)], None, 100.0, id="exactly thirty seconds old is young enough"),
        pytest.param([(-1, 5100)], None, None, id="an older mid is no mid"),
        pytest.param([(-500, 5100)], 25, 100.0, id="an old top of a book that was confirmed since is still true"),
        pytest.param([(-500, 5100)], -1, None, id="a confirmation that is too old does not help"),
        pytest.param([], 30, None, id="a market without a book has no mid"),
    ],
)
def test_what_counts_as_a_mid(tops: list[tuple[int, int]], confirmed_s: int | None, expected: float | None) -> None:
    clock, ring = MarkoutClock(SignalParams(horizons_s=(30,))), RingBuffer()
    clock.on_fill("f", True, 5000, 5050, 0)
    for seconds, mid in tops:
        ring.append(top(seconds * S, mid))
    (markout,) = clock.due(30 * S, ring, None if confirmed_s is None else confirmed_s * S)
    assert markout == Markout(fill_id="f", horizon_s=30, earned_e4=50, markout_e4=expected, due_ns=30 * S)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(Top(29 * S, None, 0, 5100, 1), id="no bid"),
        pytest.param(Top(29 * S, 5000, 1, None, 0), id="no ask"),
        pytest.param(Top(29 * S, 5100, 1, 5100, 1), id="locked"),
        pytest.param(Top(29 * S, 5200, 1, 5100, 1), id="crossed"),
    ],
)
def test_a_book_without_a_mid_gives_no_markout(broken: Top) -> None:
    clock, ring = MarkoutClock(SignalParams(horizons_s=(30,))), RingBuffer()
    clock.on_fill("f", True, 5000, 5050, 0)
    ring.append(broken)
    (markout,) = clock.due(30 * S, ring)
    assert markout.markout_e4 is None
    assert markout.points is None


def test_a_fill_without_a_mid_still_gets_its_markout() -> None:
    clock, ring = MarkoutClock(SignalParams(horizons_s=(30,))), RingBuffer()
    clock.on_fill("f", False, 5600, None, 0)
    ring.append(top(20 * S, 5500))
    (markout,) = clock.due(30 * S, ring)
    assert (markout.earned_e4, markout.markout_e4, markout.points) == (None, 100.0, 0.01)


def test_horizons_leave_in_order_of_time_and_only_once() -> None:
    clock, ring = MarkoutClock(PARAMS), RingBuffer()
    clock.on_fill("a", True, 5000, 5000, 0)
    clock.on_fill("b", True, 5000, 5000, 90 * S)
    assert clock.next_due_ns == 30 * S
    assert clock.due(30 * S - 1, ring) == []
    assert [(m.fill_id, m.horizon_s) for m in clock.due(120 * S, ring)] == [("a", 30), ("a", 120), ("b", 30)]
    assert clock.due(120 * S, ring) == []
    assert clock.next_due_ns == 210 * S
    assert [(m.fill_id, m.horizon_s) for m in clock.due(10_000 * S, ring)] == [("b", 120), ("a", 600), ("b", 600)]
    assert clock.next_due_ns is None


def test_a_market_whose_ring_is_not_known_gives_no_markouts() -> None:
    clock = MarkoutClock(SignalParams(horizons_s=(30,)))
    clock.on_fill("f", True, 5000, 5050, 0)
    assert [m.markout_e4 for m in clock.due(30 * S, None)] == [None]
