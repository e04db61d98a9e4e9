"""The token bucket and the mutation budget, with time handed in."""

from __future__ import annotations

import pytest

from astra_actors.execution.params import OrderParams
from astra_actors.execution.rate_budget import MutationBudget, TokenBucket
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_MS, NS_PER_S

S = NS_PER_S


def test_a_weighted_cost_passes_whole_or_not_at_all() -> None:
    bucket = TokenBucket(capacity=60, refill=40)
    assert bucket.take(50, 0)
    assert not bucket.take(15, 0)  # ten are left, and stay
    assert bucket.tokens(0) == 10
    assert bucket.take(10, 0)


def test_the_bucket_fills_exactly_and_not_above_its_capacity() -> None:
    bucket = TokenBucket(capacity=60, refill=40)
    assert bucket.take(60, 0)
    for now_ms in range(25):  # asking often loses nothing to rounding
        assert bucket.tokens(now_ms * NS_PER_MS) == 0
    assert bucket.tokens(25 * NS_PER_MS) == 1  # 40 a second: one each 25 ms
    assert bucket.tokens(100 * S) == 60


def test_the_wait_is_the_shortest_that_passes() -> None:
    bucket = TokenBucket(capacity=60, refill=80, period_ns=60 * S)
    assert bucket.take(60, 0)
    wait_ns = bucket.wait_ns(1, 0)
    assert wait_ns == 750 * NS_PER_MS  # 80 a minute
    assert not bucket.take(1, wait_ns - 1)
    assert bucket.take(1, wait_ns)


def test_a_batch_larger_than_the_burst_can_never_pass() -> None:
    assert TokenBucket(capacity=60, refill=40).wait_ns(61, 0) is None


def test_a_debit_may_go_below_zero_and_is_paid_back() -> None:
    bucket = TokenBucket(capacity=120, refill=80)
    bucket.debit(200, 0)
    assert bucket.tokens(0) == 0
    assert not bucket.take(1, 1 * S)  # −80 + 80 = 0
    assert bucket.take(80, 2 * S)


def test_time_that_goes_back_does_not_fill_twice() -> None:
    bucket = TokenBucket(capacity=10, refill=10)
    assert bucket.take(10, 5 * S)
    assert bucket.tokens(4 * S) == 0
    assert bucket.tokens(5 * S) == 0


def test_a_bucket_of_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="at least 1"):
        TokenBucket(capacity=0, refill=1)


def test_fifteen_new_orders_a_cycle() -> None:
    budget = MutationBudget(OrderParams())
    assert budget.available("a", 0) == 15
    budget.spend("a", 10, 0)
    assert budget.available("b", 0) == 5
    budget.start_cycle()
    assert budget.available("b", 0) == 15


def test_thirty_seconds_between_new_orders_of_one_market() -> None:
    budget = MutationBudget(OrderParams())
    budget.spend("a", 1, 100 * S)
    assert budget.available("a", 130 * S - 1) == 0
    assert budget.available("a", 130 * S) == 14
    assert budget.available("b", 100 * S) == 14


def test_no_more_than_sixty_in_any_minute() -> None:
    budget = MutationBudget(OrderParams())
    for n in range(4):
        budget.start_cycle()
        budget.spend(f"m{n}", 15, n * S)
    budget.start_cycle()
    assert budget.available("late", 59 * S) == 0
    assert budget.available("late", 60 * S) == 15  # the first fifteen are a minute old
    budget.spend("late", 0, 60 * S)
    assert budget.available("late", 60 * S) == 15  # nothing sent is no change


@pytest.mark.parametrize(
    ("rejects", "pause_s"),
    [
        pytest.param(4, 0, id="four in a row are no storm"),
        pytest.param(5, 300, id="five pause five minutes"),
        pytest.param(6, 600, id="each further one doubles"),
        pytest.param(9, 4800, id="nine"),
        pytest.param(10, 7200, id="two hours are the most"),
        pytest.param(500, 7200, id="however long the row"),
    ],
)
def test_the_pause_of_a_reject_storm(rejects: int, pause_s: int) -> None:
    assert MutationBudget(OrderParams()).pause_s(rejects) == pause_s


def test_a_reject_storm_stops_new_orders_until_its_pause_is_over() -> None:
    budget = MutationBudget(OrderParams())
    pauses = [budget.on_rejected(n * S) for n in range(5)]
    assert pauses == [0, 0, 0, 0, 300]
    assert budget.available("a", 303 * S) == 0
    assert budget.available("a", 304 * S) == 15
    budget.on_accepted()
    assert budget.on_rejected(400 * S) == 0
