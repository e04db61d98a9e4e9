"""When a resting paper order fills, for how much, at what price, and what its two shadows make of the same events."""

from __future__ import annotations

from typing import Any

import pytest

from astra_actors.kernel.ids import content_id
from astra_actors.market.instrument import Side, Token
from astra_actors.venues.port import Cancelled, Expired, Filled, ShadowFill

ASK = {"side": Side.SELL, "price_e4": 5200}


@pytest.mark.parametrize(
    ("wish", "prints", "filled"),
    [
        pytest.param({}, [(5000, 100, False)], 0, id="bid: the print takes exactly those ahead"),
        pytest.param({}, [(5000, 100.5, False)], 0.5, id="bid: only the excess is ours"),
        pytest.param({}, [(5000, 60, False), (5000, 60, False)], 20, id="bid: prints add up"),
        pytest.param({}, [(5000, 900, False)], 30, id="bid: never more than the order"),
        pytest.param({}, [(5000, 900, True)], 0, id="bid: a taker who buys does not hit bids"),
        pytest.param({}, [(5100, 900, False)], 0, id="bid: a print above is not ours"),
        pytest.param({}, [(4900, 1, False)], 30, id="bid: a print below means all above it traded"),
        pytest.param({}, [(4900, 1, True)], 30, id="bid: below is below, whoever took"),
        pytest.param(ASK, [(5200, 100.5, True)], 0.5, id="ask: only the excess is ours"),
        pytest.param(ASK, [(5200, 900, False)], 0, id="ask: a taker who sells does not lift asks"),
        pytest.param(ASK, [(5300, 1, True)], 30, id="ask: a print above means all below it traded"),
        pytest.param(ASK, [(5100, 900, True)], 0, id="ask: a print below is not ours"),
        pytest.param({}, [(5000, 100.019, False)], 0.01, id="in lots of a hundredth share, rounded down"),
        pytest.param({}, [(5000, 100.009, False)], 0, id="less than a lot is nothing yet"),
        pytest.param({}, [(5000, 100.009, False), (5000, 0.001, False)], 0.01, id="but it is not forgotten"),
        pytest.param({"price_e4": 5100}, [(5100, 7, False)], 7, id="alone at its price: every share"),
    ],
)
def test_prints(desk: Any, wish: dict[str, Any], prints: list[tuple[int, float, bool]], filled: float) -> None:
    desk.rest(size=30, **wish)
    for price_e4, size, buys in prints:
        desk.print(price_e4, size, buys=buys)
    assert desk.filled() == pytest.approx(filled, abs=1e-9)


@pytest.mark.parametrize(
    ("wish", "bids", "asks", "filled"),
    [
        pytest.param({}, {4800: 10}, {4900: 10}, 30, id="bid .50, ask .49: through"),
        pytest.param({}, {4900: 10}, {5000: 10}, 0, id="bid .50, ask .50: touching is not enough"),
        pytest.param({}, {}, {4900: 10}, 30, id="an empty bid side changes nothing"),
        pytest.param({}, {5000: 10}, {4900: 10}, 0, id="a crossed book proves nothing"),
        pytest.param({}, {4900: 1}, {5200: 100}, 0, id="everyone ahead cancelled: no fill"),
        pytest.param(ASK, {5300: 10}, {5400: 10}, 30, id="ask .52, bid .53: through"),
        pytest.param(ASK, {5200: 10}, {5300: 10}, 0, id="ask .52, bid .52: touching is not enough"),
    ],
)
def test_books(desk: Any, wish: dict[str, Any], bids: dict[int, float], asks: dict[int, float], filled: float) -> None:
    desk.rest(size=30, **wish)
    desk.show(bids, asks)
    assert desk.filled() == filled


def test_an_interrupted_book_fills_nothing_until_it_is_good_again(desk: Any) -> None:
    desk.rest(size=30)
    desk.interrupt()
    desk.venue.on_book(desk.now_ns, desk.book)
    assert desk.filled() == 0
    desk.show({4800: 10}, {4900: 10})
    assert desk.filled() == 30


@pytest.mark.parametrize(
    ("token", "side", "price_e4", "through_e4"),
    [
        pytest.param(Token.YES, Side.BUY, 5000, 4500, id="buy YES"),
        pytest.param(Token.YES, Side.SELL, 5200, 6000, id="sell YES"),
        pytest.param(Token.NO, Side.BUY, 4800, 6000, id="buy NO"),
        pytest.param(Token.NO, Side.SELL, 5000, 4500, id="sell NO"),
    ],
)
def test_the_price_paid_is_the_limit_however_far_the_market_went(
    desk: Any, token: Token, side: Side, price_e4: int, through_e4: int
) -> None:
    desk.rest(token=token, side=side, price_e4=price_e4, size=30)
    desk.print(through_e4, 100, buys=through_e4 > 5000)
    (fill,) = [a for a in desk.answers() if isinstance(a, Filled)]
    assert (fill.price_e4, fill.size_e6, fill.fee_e10) == (price_e4, 30_000_000, 0)


def test_cancels_ahead_move_us_up_only_as_far_as_the_level_proves(desk: Any) -> None:
    desk.rest(size=30)
    desk.show({5000: 150}, {5200: 100})
    assert desk.venue.resting()[0].queue_ahead_e6 == 100_000_000  # who came later stands behind us
    desk.show({5000: 120}, {5200: 100})
    assert desk.venue.resting()[0].queue_ahead_e6 == 100_000_000  # 30 cancelled: all of them may be behind us
    desk.show({5000: 40}, {5200: 100})
    assert desk.venue.resting()[0].queue_ahead_e6 == 40_000_000  # only 40 are left at all
    desk.wait(1)
    desk.print(5000, 45, buys=False)
    assert desk.filled() == 5


def test_a_fill_tells_the_factors_that_made_it(desk: Any) -> None:
    desk.rest(size=30)
    desk.print(5000, 60, buys=False)
    desk.print(5000, 50, buys=False)
    desk.print(4900, 1, buys=False)
    first, second = [a for a in desk.answers() if isinstance(a, Filled)]
    assert (first.size_e6, second.size_e6) == (10_000_000, 20_000_000)
    assert (first.queue_ahead_e6, first.traded_at_level_e6) == (100_000_000, 110_000_000)
    assert (first.fill_id, second.fill_id) == (content_id("fill", "o", 1), content_id("fill", "o", 2))
    assert first.mid_e4 == 5100.0


def test_two_own_orders_at_one_price_share_a_print(desk: Any) -> None:
    desk.rest("a", size=10)
    desk.rest("b", size=10)
    desk.print(5000, 105, buys=False)
    assert {a.order_id: a.size_e6 for a in desk.answers() if isinstance(a, Filled)} == {"a": 5_000_000}
    desk.print(5000, 8, buys=False)
    assert {a.order_id: a.size_e6 for a in desk.answers() if isinstance(a, Filled)} == {
        "a": 5_000_000,
        "b": 3_000_000,
    }


class TestLatePrints:
    """Recorded prints come 13 to 83 ms after the level update they caused; neither may be counted twice."""

    def test_a_print_after_its_level_update_takes_nobody_twice(self, make_desk: Any) -> None:
        desk = make_desk(late_print_ms=100)
        desk.rest(size=30)
        desk.wait(1)
        desk.show({5000: 60}, {5200: 100})
        desk.wait(0.025)
        desk.print(5000, 40, buys=False)
        assert desk.venue.resting()[0].queue_ahead_e6 == 60_000_000

    def test_a_print_before_its_level_update_gives_the_same(self, make_desk: Any) -> None:
        desk = make_desk(late_print_ms=100)
        desk.rest(size=30)
        desk.wait(1)
        desk.print(5000, 40, buys=False)
        desk.show({5000: 60}, {5200: 100})
        assert desk.venue.resting()[0].queue_ahead_e6 == 60_000_000

    def test_what_the_update_did_not_explain_still_drains(self, make_desk: Any) -> None:
        desk = make_desk(late_print_ms=100)
        desk.rest(size=30)
        desk.wait(1)
        desk.show({5000: 90}, {5200: 100})
        desk.print(5000, 40, buys=False)
        assert desk.venue.resting()[0].queue_ahead_e6 == 60_000_000  # 100 − 40, of which 10 had shown before

    def test_an_update_that_did_not_move_us_up_explains_nothing(self, make_desk: Any) -> None:
        desk = make_desk(late_print_ms=100)
        desk.rest(size=30)
        desk.wait(1)
        desk.show({5000: 160}, {5200: 100})
        desk.wait(1)
        desk.show({5000: 90}, {5200: 100})  # 70 left, and 10 of them were surely ahead of us
        desk.wait(0.025)
        desk.print(5000, 70, buys=False)
        assert desk.venue.resting()[0].queue_ahead_e6 == 30_000_000  # a print takes from the front: 100 − 70

    def test_each_update_explains_for_its_own_time_only(self, make_desk: Any) -> None:
        desk = make_desk(late_print_ms=100)
        desk.rest(size=30)
        desk.wait(1)
        desk.show({5000: 60}, {5200: 100})
        desk.wait(0.2)
        desk.show({5000: 50}, {5200: 100})
        desk.print(5000, 40, buys=False)
        assert desk.venue.resting()[0].queue_ahead_e6 == 20_000_000  # 50 − 40 + the 10 of the second update

    def test_an_explained_print_does_not_explain_a_later_cancel(self, make_desk: Any) -> None:
        desk = make_desk(late_print_ms=100, queue_model="power", queue_power=1.0)
        desk.show({5000: 100}, {5200: 100})
        desk.rest(size=30)
        desk.wait(1)
        desk.show({5000: 200}, {5200: 100})  # 100 ahead, 100 behind
        desk.wait(1)
        desk.show({5000: 160}, {5200: 100})  # of 40 gone the model takes 20 from ahead: 80
        desk.wait(0.025)
        desk.print(5000, 40, buys=False)  # it was a trade, so all 40 came from ahead: 60 and 100 behind
        assert desk.venue.resting()[0].queue_ahead_e6 == 60_000_000
        desk.wait(1)
        desk.show({5000: 80}, {5200: 100})  # 80 cancel: 100/160 of them behind, 30 of them ahead
        assert desk.venue.resting()[0].queue_ahead_e6 == 30_000_000

    def test_an_old_cancel_explains_no_new_print(self, make_desk: Any) -> None:
        desk = make_desk(late_print_ms=100)
        desk.rest(size=30)
        desk.wait(1)
        desk.show({5000: 60}, {5200: 100})
        desk.wait(0.2)
        desk.print(5000, 40, buys=False)
        assert desk.venue.resting()[0].queue_ahead_e6 == 20_000_000

    def test_a_print_right_after_our_arrival_may_be_from_before_it(self, make_desk: Any) -> None:
        desk = make_desk(late_print_ms=100)
        desk.rest(size=30)
        desk.wait(0.05)
        desk.print(5000, 40, buys=False)
        desk.print(4900, 40, buys=False)
        assert desk.by_variant() == {"optimistic": 30.0, "base": 0.0, "pessimistic": 0.0}
        desk.wait(0.05)
        desk.print(4900, 40, buys=False)
        assert desk.by_variant() == {"optimistic": 0.0, "base": 30.0, "pessimistic": 30.0}


class TestShadows:
    """The band around the base reading."""

    def test_the_same_prints_under_three_readings(self, desk: Any) -> None:
        desk.rest(size=30)
        desk.print(5000, 60, buys=False)
        assert desk.by_variant() == {"optimistic": 10.0, "base": 0.0, "pessimistic": 0.0}  # 50 ahead
        desk.print(5000, 60, buys=False)
        assert desk.by_variant() == {"optimistic": 20.0, "base": 20.0, "pessimistic": 0.0}  # 100 ahead
        desk.print(5000, 90, buys=False)
        assert desk.by_variant() == {"optimistic": 0.0, "base": 10.0, "pessimistic": 10.0}  # 200 ahead

    def test_a_touching_book_is_enough_for_the_optimist_alone(self, desk: Any) -> None:
        desk.rest(size=30)
        desk.show({4900: 10}, {5000: 10})
        assert desk.by_variant() == {"optimistic": 30.0, "base": 0.0, "pessimistic": 0.0}

    def test_a_book_through_us_is_not_enough_for_the_pessimist(self, desk: Any) -> None:
        desk.rest(size=30)
        desk.show({4800: 10}, {4900: 10})
        assert desk.by_variant() == {"optimistic": 30.0, "base": 30.0, "pessimistic": 0.0}

    def test_the_pessimist_gets_of_a_print_through_us_no_more_than_was_printed(self, desk: Any) -> None:
        desk.rest(size=30)
        desk.print(4900, 12, buys=False)
        assert desk.by_variant() == {"optimistic": 30.0, "base": 30.0, "pessimistic": 12.0}
        desk.print(4900, 25, buys=False)
        assert desk.by_variant() == {"optimistic": 0.0, "base": 0.0, "pessimistic": 18.0}

    def test_the_optimist_counts_a_print_at_our_price_on_either_side(self, desk: Any) -> None:
        desk.rest(size=30)
        desk.print(5000, 70, buys=True)
        assert desk.by_variant() == {"optimistic": 20.0, "base": 0.0, "pessimistic": 0.0}

    def test_the_optimist_is_never_behind_a_base_model_that_trusts_cancels_more(self, make_desk: Any) -> None:
        desk = make_desk(queue_model="log", optimistic_queue_share=1.0)
        desk.show({5000: 10}, {5200: 100})
        desk.rest(size=30)
        desk.wait(1)
        desk.show({5000: 210}, {5200: 100})
        desk.wait(1)
        desk.show({5000: 110}, {5200: 100})  # log: 31 % of 100 from ahead, so all 10; the third power: almost none
        desk.wait(1)
        desk.print(5000, 5, buys=False)
        assert desk.by_variant() == {"optimistic": 5.0, "base": 5.0, "pessimistic": 0.0}

    def test_the_base_can_be_held_to_the_printed_size_too(self, make_desk: Any) -> None:
        desk = make_desk(through_fills="printed")
        desk.rest(size=30)
        desk.print(4900, 12, buys=False)
        assert desk.by_variant() == {"optimistic": 30.0, "base": 12.0, "pessimistic": 12.0}

    def test_the_pessimist_waits_on_after_our_fill_until_the_order_would_have_expired(self, desk: Any) -> None:
        desk.rest(size=30, life_s=100)
        desk.show({4800: 10}, {4900: 10})
        desk.wait(99)
        assert desk.by_variant()["base"] == 30.0
        desk.print(4900, 10, buys=False)
        assert desk.answers() == [ShadowFill("o", desk.now_ns, "pessimistic", 5000, 10_000_000)]
        desk.wait(2)
        desk.print(4900, 10, buys=False)
        assert desk.answers() == []  # its time was over, and an expiry of a filled order is not news

    def test_without_an_end_of_its_own_it_waits_one_lifetime(self, make_desk: Any) -> None:
        desk = make_desk(shadow_life_s=120)
        desk.rest(size=30)
        desk.show({4800: 10}, {4900: 10})
        desk.wait(121)
        desk.answers()
        desk.print(4900, 10, buys=False)
        assert desk.answers() == []

    def test_a_cancel_ends_all_three(self, desk: Any) -> None:
        desk.rest(size=30)
        desk.venue.cancel("o", desk.now_ns)
        desk.wait(1)
        desk.print(4900, 100, buys=False)
        assert [type(a) for a in desk.answers()] == [Cancelled]

    def test_a_cancel_that_came_too_late_for_us_still_ends_the_shadow(self, desk: Any) -> None:
        desk.rest(size=30)
        desk.show({4800: 10}, {4900: 10})
        desk.venue.cancel("o", desk.now_ns)
        desk.wait(1)
        desk.answers()
        desk.print(4900, 100, buys=False)
        assert desk.answers() == []

    def test_an_expiry_ends_all_three(self, desk: Any) -> None:
        desk.rest(size=30, life_s=10)
        desk.wait(11)
        desk.print(4900, 100, buys=False)
        assert [type(a) for a in desk.answers()] == [Expired]


def test_status_shows_the_place_in_the_queue(desk: Any) -> None:
    desk.rest(size=30)
    desk.print(5000, 60, buys=False)
    (status,) = desk.venue.resting()
    assert (status.order_id, status.queue_ahead_e6, status.displayed_e6) == ("o", 40_000_000, 100_000_000)
    assert (status.filled_e6, status.optimistic_e6, status.pessimistic_e6) == (0, 10_000_000, 0)


@pytest.mark.parametrize("model", ["risk_averse", "power", "log", "power_form"])
def test_every_model_fills_the_documents_thirty_shares(make_desk: Any, model: str) -> None:
    """The events of O6.1 through the whole venue."""
    desk = make_desk(queue_model=model, queue_power=2.0)
    desk.show({5000: 120}, {5200: 100})
    desk.rest(size=30)
    desk.wait(1)
    for event in ("D160", "T25", "D130", "D150", "D95", "T40", "D40", "T35", "T40"):
        desk.wait(1)
        if event[0] == "D":
            desk.show({5000: int(event[1:])}, {5200: 100})
        else:
            desk.print(5000, int(event[1:]), buys=False)
    assert desk.by_variant()["base"] == 30.0
