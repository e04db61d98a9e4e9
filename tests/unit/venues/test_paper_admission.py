"""What the paper venue says to an order on arrival, on which book, and when it leaves by itself."""

from __future__ import annotations

from typing import Any

import pytest

from astra_actors.kernel.units import NS_PER_MS, NS_PER_S
from astra_actors.market.instrument import Side, Token
from astra_actors.risk.veto import Approved
from astra_actors.venues.paper import NEVER_NS
from astra_actors.venues.port import Accepted, Cancelled, CancelRefused, Expired, Filled, Rejected

CROSSES = "invalid post-only order: order crosses book"
GONE = "order can't be found - already canceled or matched"
YES, NO, BUY, SELL = Token.YES, Token.NO, Side.BUY, Side.SELL


@pytest.mark.parametrize(
    ("token", "side", "price_e4", "reason"),
    [
        pytest.param(YES, BUY, 5100, None, id="a bid inside the spread rests"),
        pytest.param(YES, BUY, 5000, None, id="a bid that joins the best bid rests"),
        pytest.param(YES, BUY, 5200, CROSSES, id="a bid at the ask crosses"),
        pytest.param(YES, BUY, 5300, CROSSES, id="a bid through the ask crosses"),
        pytest.param(YES, SELL, 5100, None, id="an ask inside the spread rests"),
        pytest.param(YES, SELL, 5000, CROSSES, id="an ask at the bid crosses"),
        pytest.param(NO, BUY, 4900, None, id="buying NO at .49 asks .51 for YES and rests"),
        pytest.param(NO, BUY, 5000, CROSSES, id="buying NO at .50 hits the YES bid at .50"),
        pytest.param(NO, SELL, 4900, None, id="selling NO at .49 bids .51 for YES and rests"),
        pytest.param(NO, SELL, 4800, CROSSES, id="selling NO at .48 takes the YES ask at .52"),
        pytest.param(
            YES, BUY, 5050, "order o is invalid. Price (0.505) breaks minimum tick size rule: 0.01", id="off the grid"
        ),
        pytest.param(
            YES, BUY, 0, "order o is invalid. Price (0) breaks minimum tick size rule: 0.01", id="under one tick"
        ),
        pytest.param(
            YES, SELL, 10_000, "order o is invalid. Price (1) breaks minimum tick size rule: 0.01", id="above 1 − tick"
        ),
    ],
)
def test_price_on_arrival(desk: Any, token: Token, side: Side, price_e4: int, reason: str | None) -> None:
    desk.send(token=token, side=side, price_e4=price_e4)
    desk.wait(1)
    (answer,) = desk.answers()
    assert (answer.reason if isinstance(answer, Rejected) else None) == reason
    assert desk.venue.open_count == (1 if reason is None else 0)


@pytest.mark.parametrize(
    ("bids", "asks", "side", "price_e4", "crosses"),
    [
        pytest.param({5400: 10}, {5600: 10}, BUY, 5600, True, id="BUY 0.56 crosses"),
        pytest.param({5400: 10}, {5600: 10}, BUY, 5500, False, id="BUY 0.55 rests"),
        pytest.param({5400: 10}, {5600: 10}, SELL, 5300, True, id="SELL 0.53 crosses"),
        pytest.param({}, {100: 10}, BUY, 200, True, id="no bids, ask 0.01: BUY 0.02 crosses"),
    ],
)
def test_o8_6_the_venue_checks_crossing_again(
    desk: Any, bids: dict[int, float], asks: dict[int, float], side: Side, price_e4: int, crosses: bool
) -> None:
    desk.show(bids, asks)
    desk.send(side=side, price_e4=price_e4)
    desk.wait(0)
    assert desk.answers()[0] == (Rejected("o", desk.now_ns, CROSSES) if crosses else Accepted("o", desk.now_ns, 0))


@pytest.mark.parametrize(
    ("tick_e4", "price_e4", "ok"),
    [(50, 5050, True), (50, 5025, False), (25, 5025, True), (10, 5010, True), (1, 5001, True)],
)
def test_the_grid_is_the_markets(make_desk: Any, tick_e4: int, price_e4: int, ok: bool) -> None:
    desk = make_desk(tick_e4=tick_e4)
    desk.send(price_e4=price_e4)
    desk.wait(1)
    assert isinstance(desk.answers()[0], Accepted if ok else Rejected)


@pytest.mark.parametrize(
    ("side", "size", "reason"),
    [
        pytest.param(BUY, 5, None, id="the minimum itself"),
        pytest.param(BUY, 3, "order o is invalid. Size (3) lower than the minimum: 5", id="below the minimum"),
        pytest.param(
            BUY,
            5.001,
            "invalid amounts, the buy orders maker amount supports a max accuracy of 4 decimals, "
            "taker amount a max of 2 decimals",
            id="a third decimal",
        ),
        pytest.param(
            SELL,
            5.001,
            "invalid amounts, the sell orders maker amount supports a max accuracy of 2 decimals, "
            "taker amount a max of 4 decimals",
            id="a third decimal of a sale",
        ),
    ],
)
def test_size_on_arrival(desk: Any, side: Side, size: float, reason: str | None) -> None:
    desk.send(size=size, side=side, price_e4=5100)
    desk.wait(1)
    (answer,) = desk.answers()
    assert (answer.reason if isinstance(answer, Rejected) else None) == reason


@pytest.mark.parametrize(
    ("life_s", "accepted"),
    [
        pytest.param(180, True, id="the shortest life the venue takes"),
        pytest.param(179, False, id="a second less"),
        pytest.param(-1, False, id="in the past"),
        pytest.param(None, True, id="no time stated: good till cancelled"),
    ],
)
def test_the_stated_expiry(make_desk: Any, life_s: float | None, accepted: bool) -> None:
    desk = make_desk(gtd_min_s=180, gtd_early_s=60)
    desk.send(life_s=life_s)
    desk.wait(0)
    (answer,) = desk.answers()
    assert isinstance(answer, Accepted) if accepted else answer == Rejected("o", desk.now_ns, "invalid expiration")


def test_the_road_counts_against_the_shortest_life(make_desk: Any) -> None:
    desk = make_desk(gtd_min_s=180, gtd_early_s=60, latency_mean_ms=50.0)
    desk.send(life_s=180)
    desk.wait(5)
    assert [type(a) for a in desk.answers()] == [Rejected]


def test_an_order_leaves_sixty_seconds_before_the_time_it_states(make_desk: Any) -> None:
    desk = make_desk(gtd_min_s=180, gtd_early_s=60)
    desk.rest(life_s=200)
    assert desk.venue.next_due_ns == desk.now_ns + 140 * NS_PER_S
    desk.wait(139.9)
    assert desk.answers() == []
    sent = desk.now_ns
    desk.wait(5)
    assert desk.answers() == [Expired("o", sent + 100 * NS_PER_MS)]
    assert (desk.venue.open_count, desk.venue.next_due_ns) == (0, NEVER_NS)


def test_an_order_takes_effect_on_arrival_and_not_before(make_desk: Any) -> None:
    desk = make_desk(latency_mean_ms=50.0)
    desk.send()
    assert (desk.venue.open_count, desk.answers()) == (1, [])
    due = desk.venue.next_due_ns
    assert due > desk.now_ns
    desk.now_ns = due - 1
    desk.wait(0)
    assert desk.answers() == []
    desk.print(4900, 50, buys=False)  # before it arrives: not ours
    desk.now_ns = due
    desk.wait(0)
    assert desk.answers() == [Accepted("o", due, 100_000_000)]


def test_what_rests_is_decided_by_the_book_on_arrival_not_on_sending(make_desk: Any) -> None:
    desk = make_desk(latency_mean_ms=50.0)
    desk.send(price_e4=5100)
    desk.show({4900: 10}, {5100: 10})  # the ask came down while the order travelled
    desk.wait(5)
    assert [a.reason for a in desk.answers() if isinstance(a, Rejected)] == [CROSSES]


SNAPSHOTS = (10.000, 10.031, 10.055, 10.120, 10.480)


@pytest.mark.parametrize(
    ("arrive", "index", "degraded"),
    [
        pytest.param(10.05, 1, False, id="O6.3b sent 10.020, 30 ms; the nearest would be index 2"),
        pytest.param(10.056, 2, False, id="O6.3b sent 10.020, 36 ms"),
        pytest.param(10.22, 3, False, id="O6.3b sent 10.020, 200 ms"),
        pytest.param(10.77, 4, True, id="O6.3b sent 10.020, 750 ms: 0.29 s old"),
        pytest.param(9.97, None, True, id="O6.3b sent 9.950, 20 ms: no book yet; the nearest would be index 0"),
    ],
)
def test_o6_3b_the_last_book_at_or_before_arrival(
    make_desk: Any, arrive: float, index: int | None, degraded: bool
) -> None:
    desk = make_desk(book_age_ms_max=250)
    fresh = type(desk.book)(desk.instrument)
    desk.book = fresh
    before_arrival = [n for n, at in enumerate(SNAPSHOTS) if at <= arrive]
    for n in before_arrival:
        desk.now_ns = round(SNAPSHOTS[n] * NS_PER_S)
        desk.show({5000: 100 + n}, {5200: 100})  # the size tells which snapshot was used
    desk.now_ns = round(arrive * NS_PER_S)
    desk.rest(price_e4=5000)
    (status,) = desk.venue.resting()
    assert status.queue_ahead_e6 == (None if index is None else (100 + index) * 1_000_000)
    desk.print(4900, 50, buys=False)
    (fill,) = [a for a in desk.answers() if isinstance(a, Filled)]
    assert fill.degraded is degraded


def test_a_book_in_doubt_degrades_and_its_queue_is_joined_when_it_is_good_again(desk: Any) -> None:
    desk.interrupt()
    desk.rest(price_e4=5000)
    desk.print(5000, 500, buys=False)
    assert desk.filled() == 0  # nobody knows how many stood ahead
    desk.show({5000: 80}, {5200: 100})
    assert desk.venue.resting()[0].queue_ahead_e6 == 80_000_000
    desk.print(5000, 90, buys=False)
    (fill,) = [a for a in desk.answers() if isinstance(a, Filled)]
    assert (fill.size_e6, fill.degraded) == (10_000_000, True)


def test_a_cancel_takes_effect_when_it_arrives(make_desk: Any) -> None:
    desk = make_desk(cancel_latency_mean_ms=50.0)
    desk.rest()
    desk.venue.cancel("o", desk.now_ns)
    due = desk.venue.next_due_ns
    assert due > desk.now_ns
    assert desk.venue.open_count == 1
    desk.now_ns = due
    desk.wait(0)
    assert desk.answers() == [Cancelled("o", due)]
    assert (desk.venue.open_count, desk.venue.next_due_ns) == (0, NEVER_NS)


def test_a_cancel_can_lose_the_race_to_a_fill(make_desk: Any) -> None:
    desk = make_desk(cancel_latency_mean_ms=50.0)
    desk.rest(size=30)
    desk.venue.cancel("o", desk.now_ns)
    desk.print(4900, 10, buys=False)
    desk.wait(5)
    answers = desk.answers()
    assert [(a.order_id, a.size_e6) for a in answers if isinstance(a, Filled)] == [("o", 30_000_000)]
    assert [a.reason for a in answers if isinstance(a, CancelRefused)] == [GONE]


def test_a_cancel_never_overtakes_its_order(make_desk: Any) -> None:
    desk = make_desk(latency_mean_ms=50.0, cancel_latency_mean_ms=0.0)
    desk.send()
    desk.venue.cancel("o", desk.now_ns)
    desk.wait(5)
    assert [type(a) for a in desk.answers()] == [Accepted, Cancelled]


def test_cancelling_what_was_never_there_is_refused(desk: Any) -> None:
    desk.venue.cancel("ghost", desk.now_ns)
    desk.wait(0)
    assert desk.answers() == [CancelRefused("ghost", desk.now_ns, GONE)]


def test_cancel_all_reaches_what_rests_and_what_travels(make_desk: Any) -> None:
    desk = make_desk()
    desk.rest("a")
    desk.send("b", price_e4=4900)
    desk.venue.cancel_all(desk.now_ns)
    desk.wait(1)
    assert [a.order_id for a in desk.answers() if isinstance(a, Cancelled)] == ["a", "b"]
    assert desk.venue.open_count == 0


def test_the_venue_can_wipe_a_market_at_once(desk: Any) -> None:
    desk.rest("a")
    desk.send("b", price_e4=4900)
    desk.venue.wipe(desk.now_ns, "CANCELED_MARKET_RESOLVED")
    assert desk.answers() == [
        Cancelled("a", desk.now_ns, "CANCELED_MARKET_RESOLVED"),
        Rejected("b", desk.now_ns, "CANCELED_MARKET_RESOLVED"),
    ]
    assert (desk.venue.open_count, desk.venue.next_due_ns) == (0, NEVER_NS)


def test_only_an_approval_of_this_very_order_opens_the_door(desk: Any) -> None:
    order = desk.rest("a")
    with pytest.raises(AssertionError, match="another order"):
        desk.venue.submit(order, Approved("r", "b", 0), desk.now_ns)


def test_a_resting_order_keeps_its_place_when_the_grid_becomes_finer(make_desk: Any) -> None:
    desk = make_desk(tick_e4=100)
    desk.rest(price_e4=5000)
    desk.new_tick(10)
    assert desk.venue.resting()[0].queue_ahead_e6 == 100_000_000  # the dropped book says nothing about who is ahead
    desk.show({5000: 60, 4990: 40}, {5200: 100})
    assert desk.venue.resting()[0].queue_ahead_e6 == 60_000_000
    desk.send("fine", price_e4=5010)
    desk.wait(0)
    assert [type(a) for a in desk.answers()] == [Accepted]
