"""The recent past of a top of book."""

from __future__ import annotations

import pytest

from astra_actors.kernel.errors import BadInput, ClockWentBack
from astra_actors.market.ring_buffer import BookHistory, RingBuffer, Top


def top(ns: int) -> Top:
    return Top(ns, 4000 + ns, 1, 6000 + ns, 2)


def ring(*times: int, capacity: int = 3) -> RingBuffer:
    buffer = RingBuffer(capacity)
    for ns in times:
        buffer.append(top(ns))
    return buffer


@pytest.mark.parametrize(
    ("times", "asked_ns", "found_ns"),
    [
        pytest.param((10, 20, 30), 30, 30, id="exactly then"),
        pytest.param((10, 20, 30), 29, 20, id="the last one before"),
        pytest.param((10, 20, 30), 99, 30, id="nothing newer is known"),
        pytest.param((10, 20, 30), 9, None, id="before anything was seen"),
        pytest.param((), 9, None, id="an empty ring"),
        pytest.param((10, 20, 30, 40, 50), 30, 30, id="the oldest that is left after the ring went round"),
        pytest.param((10, 20, 30, 40, 50), 29, None, id="overwritten is forgotten"),
        pytest.param((10, 20, 30, 40, 50, 60), 55, 50, id="the place where the ring closes"),
    ],
)
def test_the_top_at_a_moment(times: tuple[int, ...], asked_ns: int, found_ns: int | None) -> None:
    found = ring(*times).at(asked_ns)
    assert (found.local_ns if found else None) == found_ns


def test_of_equal_times_the_last_word_counts() -> None:
    buffer = RingBuffer(3)
    buffer.append(Top(10, 1, 1, 2, 1))
    buffer.append(Top(10, 3, 1, 4, 1))
    found = buffer.at(10)
    assert found is not None
    assert found.bid_e4 == 3


def test_the_ring_keeps_the_newest_in_order() -> None:
    buffer = ring(10, 20, 30, 40, 50)
    assert [one.local_ns for one in buffer.tops()] == [30, 40, 50]
    assert buffer.last == top(50)
    assert len(buffer) == 3


def test_time_does_not_go_back() -> None:
    with pytest.raises(ClockWentBack):
        ring(10, 20, 19)


def test_a_ring_of_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="capacity"):
        RingBuffer(0)


@pytest.mark.parametrize(
    ("one", "mid_e4"),
    [
        pytest.param(Top(1, 4000, 1, 6000, 1), 5000.0, id="two sides"),
        pytest.param(Top(1, None, 0, 6000, 1), None, id="no bid"),
        pytest.param(Top(1, 6000, 1, 6000, 1), None, id="locked"),
    ],
)
def test_the_mid(one: Top, mid_e4: float | None) -> None:
    assert one.mid_e4 == mid_e4


def test_an_unknown_market_has_no_past() -> None:
    history = BookHistory(capacity=2)
    for ns in (1, 2, 3):
        history.append("a", top(ns))
    assert history.at("b", 3) is None
    assert history.last("b") is None
    assert history.ring("b") is None
    assert history.at("a", 2) == top(2)
    assert history.at("a", 1) is None
    assert history.last("a") == top(3)
