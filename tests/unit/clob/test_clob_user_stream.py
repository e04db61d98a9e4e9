"""Promise: each fill reaches its owner once, whatever the channel does to its frames, and what is missing is asked for."""

from __future__ import annotations

import pytest
from clob_values import SENT_MS, US, fill, leg, seen, trade
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.venues.clob.fills import fills_of
from astra_actors.venues.clob.questions import AskOpenOrders, AskTrade, AskTrades, Question
from astra_actors.venues.clob.sightings import Order, relation
from astra_actors.venues.clob.user_frames import OrderTold
from astra_actors.venues.clob.user_rows import Settling
from astra_actors.venues.clob.user_stream import FillNews, OrderNews, SettlingNews, StreamParams, UserStream

M, R, N, C, F = Settling.MATCHED, Settling.RETRYING, Settling.MINED, Settling.CONFIRMED, Settling.FAILED


def stream(**more: int) -> UserStream:
    found = UserStream(US, StreamParams(**more))
    found.announce("0xa", "order-1", "0xc", SENT_MS)
    return found


@pytest.mark.parametrize(
    ("known", "told", "wanted"),
    [
        (M, M, Order.OLD), (M, R, Order.NEXT), (M, N, Order.NEXT), (M, C, Order.NEXT), (M, F, Order.NEXT),
        (R, M, Order.OLD), (R, R, Order.OLD), (R, N, Order.NEXT), (R, C, Order.NEXT), (R, F, Order.NEXT),
        (N, M, Order.OLD), (N, R, Order.OLD), (N, N, Order.OLD), (N, C, Order.NEXT), (N, F, Order.NEXT),
        (C, M, Order.OLD), (C, R, Order.OLD), (C, N, Order.OLD), (C, C, Order.OLD), (C, F, Order.CONTRADICTS),
        (F, M, Order.OLD), (F, R, Order.OLD), (F, N, Order.CONTRADICTS), (F, C, Order.CONTRADICTS), (F, F, Order.OLD),
    ],
)  # fmt: skip
def test_which_status_follows_which(known: Settling, told: Settling, wanted: Order) -> None:
    assert relation(known, told) is wanted


def test_a_fill_is_said_once_and_its_settlement_step_by_step() -> None:
    one = stream()
    (news,) = one.on_trade(trade(M), 1)
    assert isinstance(news, FillNews)
    assert (news.order_id, news.fill.size_e6, news.settling) == ("order-1", 10_000_000, M)
    assert one.on_trade(trade(M), 2) == []
    assert one.on_trade(trade(N), 3) == [SettlingNews("t1", N, (news.fill,))]
    assert one.on_trade(trade(M), 4) == []  # late
    assert one.on_trade(trade(C), 5) == [SettlingNews("t1", C, (news.fill,))]
    assert one.duplicates == 2


def test_a_fill_that_is_first_heard_of_when_settled_is_said_as_settled() -> None:
    (news,) = stream().on_trade(trade(C), 1)
    assert isinstance(news, FillNews) and news.settling is C


def test_a_failed_trade_takes_its_fills_back() -> None:
    one = stream()
    one.on_trade(trade(R), 1)
    assert one.on_trade(trade(F), 2) == [SettlingNews("t1", F, fills_of(trade(F), US))]
    assert stream().on_trade(trade(F), 1) == []  # and one that is first heard of as failed never was


def test_a_contradiction_is_asked_about_and_the_list_decides() -> None:
    one = stream()
    one.on_trade(trade(M), 0)
    one.on_trade(trade(F), 1)
    assert one.on_trade(trade(C), 2) == []
    assert one.due(2) == [AskTrade("t1")]
    (news,) = one.on_trade(trade(C), 3, listed=True)
    assert isinstance(news, SettlingNews) and news.settling is C  # its fills count again, and are not said again
    assert one.due(100_000) == []


def test_a_list_that_confirms_what_we_had_ends_the_doubt() -> None:
    one = stream()
    for settling in (C, F):
        one.on_trade(trade(settling), 0)
    assert one.due(0) == [AskTrade("t1")]
    assert one.on_trade(trade(C), 1, listed=True) == []
    assert one.due(100_000) == []


def test_one_failed_first_and_then_listed_as_settled_is_a_fill() -> None:
    one = stream()
    one.on_trade(trade(F), 0)
    (news,) = one.on_trade(trade(N), 1, listed=True)
    assert isinstance(news, FillNews)


def test_an_order_is_said_to_rest_once_and_to_be_over_once() -> None:
    one = stream()
    events = [OrderTold(seen(), False), OrderTold(seen(), False), OrderTold(seen(status="CANCELED"), True),
              OrderTold(seen(status="CANCELED"), True), OrderTold(seen(), False)]  # fmt: skip
    assert one.on_events(events, 1) == [
        OrderNews("0xa", "order-1", "0xc", False, "LIVE"), OrderNews("0xa", "order-1", "0xc", True, "CANCELED"),
    ]  # fmt: skip


def test_a_fill_after_the_cancel_it_raced_is_still_a_fill() -> None:
    one = stream()
    one.on_events([OrderTold(seen(status="CANCELED"), True)], 1)
    assert [type(news) for news in one.on_trade(trade(M), 2)] == [FillNews]


def test_an_order_nobody_announced_is_told_without_an_owner() -> None:
    (news,) = stream().on_trade(trade(M, leg(venue_id="0xb")), 1)
    assert isinstance(news, FillNews) and news.order_id == ""
    (told,) = stream().on_order(seen(venue_id="0xb"), 1)
    assert isinstance(told, OrderNews) and told.order_id == ""


def test_somebody_elses_trade_is_nothing() -> None:
    one = stream()
    assert one.on_trade(trade(M, leg(owner="x", maker_address="y")), 1) == []
    assert one.strangers == 1


def test_what_the_ledger_has_is_not_said_again_and_goes_on_settling() -> None:
    one = stream()
    had = fills_of(trade(M), US)
    one.restore([(each, M) for each in had], 0)
    assert one.on_trade(trade(M), 1) == []
    assert one.on_trade(trade(C), 2) == [SettlingNews("t1", C, had)]
    assert one.gaps == 0


def test_an_order_that_matched_more_than_we_saw_is_a_gap_after_a_moment() -> None:
    one = stream()
    one.on_order(seen(matched_e6=10_000_000), 1_000)
    assert one.due(2_999) == []  # an update precedes its trade
    assert (one.due(3_000), one.gaps) == ([AskTrades("0xc", SENT_MS // 1_000 - 10)], 1)
    assert one.due(7_999) == []  # asked a moment ago
    assert one.due(8_000) == [AskTrades("0xc", SENT_MS // 1_000 - 10)]
    one.on_trade(trade(M), 8_001, listed=True)
    assert (one.due(20_000), one.gaps) == ([], 0)


def test_a_trade_that_an_order_names_is_asked_for_by_its_name() -> None:
    one = stream()
    one.on_order(seen(matched_e6=10_000_000, trade_ids=("t1", "t2")), 0)
    one.on_trade(trade(C), 1)
    assert one.due(5_000) == [AskTrade("t2")]
    one.on_trade(trade(F, trade_id="t2"), 2)  # it failed: seen, and no fill
    assert one.due(50_000) == []


def test_a_settlement_that_never_ends_is_asked_about() -> None:
    one = stream()
    one.on_trade(trade(M), 0)
    assert one.due(59_999) == []
    assert one.due(60_000) == [AskTrade("t1")]
    one.on_trade(trade(C), 60_001)
    assert one.due(200_000) == []


def test_after_a_connection_everything_since_the_last_frame_is_asked_for() -> None:
    one = stream()
    one.on_events([], SENT_MS)
    one.on_connected(["0xc", "0xd", "0xc"], SENT_MS + 60_000)
    one.on_connected(["0xc"], SENT_MS + 90_000)  # again, before it was answered: the older gap still stands
    after_s = SENT_MS // 1_000 - 10
    wanted: list[Question] = [
        AskOpenOrders("0xc"),
        AskTrades("0xc", after_s),
        AskOpenOrders("0xd"),
        AskTrades("0xd", after_s),
    ]
    assert one.due(SENT_MS + 90_000) == wanted
    for question in wanted[:3]:
        one.on_answered(question)
    assert one.due(SENT_MS + 100_000) == wanted[3:]


def test_what_is_over_is_forgotten_in_bounds() -> None:
    one = stream(kept=3)
    for number in range(10):
        one.on_trade(trade(C, trade_id=f"t{number}"), number)
        one.on_events([OrderTold(seen(venue_id=f"0x{number}", status="CANCELED"), True)], number)
    one.forget("0xa")
    assert one.on_trade(trade(C, trade_id="t9"), 11) == []
    assert len(one._trades) == len(one._finished) == 3
    assert len(one._orders) <= 4


PATHS = ((M, N, C), (M, R, N, C), (M, R, F), (M, F))


@given(st.lists(st.sampled_from(PATHS), min_size=1, max_size=4), st.randoms(use_true_random=False), st.integers(1, 3))
def test_any_order_and_any_repetition_of_frames_gives_each_fill_once(
    paths: list[tuple[Settling, ...]], dice: object, copies: int
) -> None:
    frames = [trade(each, trade_id=f"t{n}") for n, path in enumerate(paths) for each in path] * copies
    dice.shuffle(frames)  # type: ignore[attr-defined]
    one, given_out, last = stream(), [], {}
    for at_ms, frame in enumerate(frames):
        for news in one.on_trade(frame, at_ms):
            if isinstance(news, FillNews):
                given_out.append(news.fill.fill_id)
                last[news.fill.trade_id] = news.settling
            elif isinstance(news, SettlingNews):
                last[news.trade_id] = news.settling
    assert len(given_out) == len(set(given_out))
    for number, path in enumerate(paths):
        assert last.get(f"t{number}", F) is path[-1]  # a failure that was heard first was never a fill
    assert one.due(10**9) == []


def test_fills_of_one_trade_belong_to_their_own_orders() -> None:
    one = stream()
    one.announce("0xb", "order-2", "0xc", SENT_MS)
    news = one.on_trade(trade(M, leg(), leg(venue_id="0xb", price_e4=4_900)), 1)
    assert [(each.order_id, each.fill.price_e4) for each in news if isinstance(each, FillNews)] == [
        ("order-1", 5_000), ("order-2", 4_900),
    ]  # fmt: skip


def test_the_ids_of_fills_are_their_contents() -> None:
    assert fill().fill_id == "f1"
    ids = {each.fill_id for each in fills_of(trade(M, leg(), leg(venue_id="0xb"), leg(price_e4=4_900)), US)}
    assert len(ids) == 3
