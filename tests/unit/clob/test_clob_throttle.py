"""Promise: requests stay below the venue's limits, cancels always keep a way out, and failures pause new orders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.execution.params import OrderParams
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_MS, NS_PER_S
from astra_actors.venues.clob.backoff import Backoff
from astra_actors.venues.clob.limits import CANCEL_RESERVE, LIMITS, SHARE, Call
from astra_actors.venues.clob.signals import Reply, Signal, signal_of
from astra_actors.venues.clob.throttle import Hold, Throttle, Wait
from astra_actors.venues.exchange.modes import Buckets
from astra_actors.venues.exchange.refusal import CANCEL_ONLY, DISABLED, POST_ONLY

S = NS_PER_S


def throttle(**more: str) -> Throttle:
    return Throttle(OrderParams(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("call", list(Call))
def test_a_bucket_stays_below_nine_tenths_in_both_windows(call: Call) -> None:
    limit = LIMITS[call]
    assert limit.burst + limit.rate * 10 <= SHARE * limit.in_10_s
    if limit.in_10_min is not None:
        assert limit.burst + limit.rate * 600 <= SHARE * limit.in_10_min


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 15)), max_size=80))
def test_what_is_granted_the_venue_takes(steps: list[tuple[int, int]]) -> None:
    ours, theirs, now_ms = throttle(), Buckets(), 0
    for pause_ms, count in steps:
        now_ms += pause_ms
        if ours.admit_orders(count, now_ms * NS_PER_MS) is None:
            assert theirs.take("us", "order", count, now_ms)[0]


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 15)), max_size=60))
def test_after_the_wait_it_was_told_a_request_passes(steps: list[tuple[int, int]]) -> None:
    ours, now_ns = throttle(), 0
    for pause_ms, count in steps:
        now_ns += pause_ms * NS_PER_MS
        wait = ours.admit_orders(count, now_ns)
        if wait is not None:
            now_ns += wait.wait_ns
            assert ours.admit_orders(count, now_ns) is None


def test_orders_use_up_their_own_bucket_and_not_the_cancels() -> None:
    ours = throttle()
    assert [ours.admit_orders(15, 0) for _ in range(4)] == [None] * 4
    assert ours.admit_orders(15, 0) == Wait(Hold.RATE, 375 * NS_PER_MS)  # 15 at 40 a second
    assert ours.admit_cancels(120, 0) is None


def test_questions_leave_a_reserve_for_cancels() -> None:
    ours = throttle()
    asked = [ours.admit_question(Call.ANY, 0) for _ in range(3_000)]
    assert asked.count(None) == LIMITS[Call.ANY].burst - CANCEL_RESERVE
    assert ours.admit_orders(1, 0) is not None
    assert ours.admit_cancels(1, 0) is None


def test_a_refused_request_spends_nothing() -> None:
    ours = throttle()
    for _ in range(4):
        ours.admit_orders(15, 0)
    for _ in range(50):
        ours.admit_orders(15, 0)
    assert ours.admit_orders(15, 375 * NS_PER_MS) is None


def test_a_cancel_all_is_charged_after_it_is_done() -> None:
    ours = throttle()
    assert ours.admit_cancels(0, 0, Call.CANCEL_ALL) is None
    ours.on_cancelled(199, 0)  # 120 − 1 − 199 = −80: a second's worth below zero
    assert ours.admit_cancels(1, 1 * S) == Wait(Hold.RATE, 12_500_000)
    assert ours.admit_cancels(1, 1 * S + 12_500_000) is None


@pytest.mark.parametrize(("tier", "most"), [("standard", 120), ("elite", 1_000)])
def test_a_batch_of_cancels_is_no_larger_than_could_pass(tier: str, most: int) -> None:
    assert throttle(tier=tier).cancel_batch_max() == most
    assert throttle(tier=tier).admit_cancels(most, 0) is None


@pytest.mark.parametrize("count", [0, 16])
def test_a_batch_has_one_to_fifteen_orders(count: int) -> None:
    with pytest.raises(BadInput):
        throttle().admit_orders(count, 0)


def test_what_can_never_pass_is_named() -> None:
    with pytest.raises(BadInput, match="split"):
        throttle().admit_cancels(121, 0)
    with pytest.raises(BadInput, match="cancels nothing"):
        throttle().admit_cancels(1, 0, Call.TRADES)
    with pytest.raises(BadInput, match="tiers"):
        throttle(tier="wood")


def test_three_failed_submissions_in_a_row_pause_new_orders_for_ten_minutes() -> None:
    ours = throttle()
    for at_s in (0, 10, 20):
        assert ours.admit_orders(1, at_s * S) is None
        ours.on_submitted(Signal.FAILED, at_s * S)
    assert ours.admit_orders(1, 21 * S) == Wait(Hold.FAILURES, 599 * S)
    assert ours.admit_cancels(1, 21 * S) is None
    assert ours.admit_orders(1, 620 * S) is None
    ours.on_submitted(Signal.FAILED, 620 * S)  # the row has not ended
    assert ours.admit_orders(1, 621 * S) == Wait(Hold.FAILURES, 599 * S)


def test_a_submission_that_was_answered_ends_the_row() -> None:
    ours = throttle()
    for signal in (Signal.FAILED, Signal.FAILED, Signal.CALM, Signal.FAILED, Signal.FAILED):
        ours.on_submitted(signal, 0)
    assert ours.admit_orders(1, 0) is None


def test_rejects_in_a_row_pause_and_an_accepted_order_ends_them() -> None:
    ours = throttle()
    assert [ours.storm.on_rejected(0) for _ in range(6)] == [0, 0, 0, 0, 300, 600]
    assert ours.admit_orders(1, 599 * S) == Wait(Hold.STORM, 1 * S)
    ours.storm.on_accepted()
    assert ours.storm.on_rejected(700 * S) == 0
    assert ours.admit_orders(1, 700 * S) is None


@pytest.mark.parametrize(
    ("signal", "waits_s"),
    [
        (Signal.THROTTLED, [1, 2, 4, 8, 16, 32, 60, 60]),
        (Signal.RESTARTING, [1, 2, 4, 8, 16, 30, 30]),
        (Signal.CANCEL_ONLY, [5, 10, 20, 40, 60, 60]),
    ],
)
def test_patience_grows_though_the_venue_says_zero(signal: Signal, waits_s: list[int]) -> None:
    ours, now_ns = throttle(), 0
    for wait_s in waits_s:
        ours.on_submitted(signal, now_ns, retry_after_s=0)
        assert ours.admit_orders(1, now_ns) == Wait(Hold.WEATHER, wait_s * S)
        now_ns += wait_s * S
    assert ours.failures == 0  # a phase of the venue is no failure of ours


def test_the_venue_may_ask_for_more_patience() -> None:
    ours = throttle()
    ours.on_submitted(Signal.THROTTLED, 0, retry_after_s=20)
    assert ours.admit_orders(1, 0) == Wait(Hold.WEATHER, 20 * S)


def test_a_limit_on_orders_does_not_hold_cancels_and_a_ban_holds_everything() -> None:
    ours = throttle()
    ours.on_submitted(Signal.THROTTLED, 0)
    assert ours.admit_cancels(1, 0) is None
    ours.on_answer(Signal.BANNED, 0)
    assert ours.admit_cancels(1, 0) == Wait(Hold.WEATHER, 60 * S)
    assert ours.admit_orders(1, 0) == Wait(Hold.WEATHER, 60 * S * 2)  # it was refused before: the wait doubles
    assert ours.admit_question(Call.TRADES, 0) == Wait(Hold.WEATHER, 60 * S)


def test_after_a_restart_only_resting_orders_leave_for_two_minutes() -> None:
    ours = throttle()
    ours.on_cancel_reply(Signal.RESTARTING, 0)
    assert ours.admit_cancels(1, 0) == Wait(Hold.WEATHER, 1 * S)
    ours.on_answer(Signal.CALM, 10 * S)  # lists are answered during a restart: no proof that the engine is back
    assert ours.restarting
    ours.on_cancel_reply(Signal.CALM, 90 * S)
    assert ours.admit_orders(1, 100 * S, post_only=False) == Wait(Hold.PHASE, 110 * S)
    assert ours.admit_orders(1, 100 * S) is None


def test_the_venues_own_count_of_the_phase_is_used() -> None:
    ours = throttle()
    ours.on_submitted(Signal.POST_ONLY, 0, retry_after_s=37)
    assert ours.admit_orders(1, 0, post_only=False) == Wait(Hold.PHASE, 37 * S)


@pytest.mark.parametrize(
    ("status", "text", "wanted"),
    [
        (200, "", Signal.CALM), (400, "invalid expiration", Signal.CALM), (404, "Order not found", Signal.CALM),
        (None, "Request exception!", Signal.FAILED), (500, "order timed out", Signal.FAILED), (502, "", Signal.FAILED),
        (503, "", Signal.FAILED), (503, POST_ONLY, Signal.POST_ONLY), (503, CANCEL_ONLY, Signal.CANCEL_ONLY),
        (503, DISABLED, Signal.DISABLED), (425, "", Signal.RESTARTING), (429, "Too Many Requests", Signal.THROTTLED),
        (429, "error code: 1015", Signal.BANNED), (403, "error code: 1015", Signal.BANNED),
        (401, "Unauthorized/Invalid api key", Signal.UNPROVEN), (403, "Trading restricted in your region", Signal.UNPROVEN),
    ],
)  # fmt: skip
def test_a_reply_shows_the_weather(status: int | None, text: str, wanted: Signal) -> None:
    assert signal_of(Reply(status=status, text=text)) is wanted


def test_a_cancel_whose_proof_was_refused_waits_for_a_clock_and_not_for_a_person() -> None:
    throttle = Throttle(OrderParams())
    throttle.on_cancel_reply(Signal.UNPROVEN, 0)
    throttle.on_submitted(Signal.UNPROVEN, 0)
    assert throttle.admit_cancels(1, 2 * S) is None
    assert throttle.admit_orders(1, 59 * S) is not None
    for _ in range(20):
        throttle.on_cancel_reply(Signal.UNPROVEN, 100 * S)
    assert throttle.admit_cancels(1, 160 * S) is None


def test_a_wait_that_was_begun_ends_at_its_time() -> None:
    backoff = Backoff()
    assert backoff.fail(0, first_s=4, max_s=60) == 4 * S
    backoff.clear()
    assert backoff.until_ns == 4 * S
    assert backoff.fail(10 * S, first_s=4, max_s=60) == 14 * S
