"""The holder of the account against a running exchange: written before it is sent, told once, proven whatever is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence

import pytest
from exchange_bench import PATIENCE_S, Bench
from gateway_bench import order
from gateway_desk import US, Desk, desk

from astra_actors.kernel.errors import Fenced
from astra_actors.market.instrument import Side
from astra_actors.venues.clob.account_memory import AccountMemory
from astra_actors.venues.clob.account_rows import AccountFillRow, AccountRow, EndRow, IntentRow, ReconciliationRow
from astra_actors.venues.clob.words import NEVER_LEFT, Adopted, Settled
from astra_actors.venues.port import Accepted, Cancelled, Filled, Rejected


def played(work: Awaitable[None]) -> None:
    async def go() -> None:
        async with asyncio.timeout(3 * PATIENCE_S):
            await work

    asyncio.run(go())


def resting(venue: Bench) -> set[str]:
    """What the exchange has of us in its books."""
    return {row["id"] for row in venue.client(US).get_open_orders()}


def test_orders_rest_fill_and_settle_and_each_step_is_written_first(venue: Bench) -> None:
    market = venue.market(sets=20, holders=(0, US))
    unwritten: list[str] = []

    async def before(rows: Sequence[AccountRow]) -> None:
        """An intent that is being written may not be at the venue."""
        new = {row.venue_id for row in rows if isinstance(row, IntentRow)}
        unwritten.extend(new & await asyncio.to_thread(resting, venue))

    async def go() -> None:
        async with desk(venue, write=before) as at:
            await at.join(market)
            bids = [order(market, price_e4=price_e4) for price_e4 in (4_000, 4_100)]
            ask = order(market, price_e4=6_000, side=Side.SELL)
            at.place(market, *bids, ask)
            for each in (*bids, ask):
                await at.hear(Accepted, lambda news, each=each: news.order_id == each.order_id)
            await asyncio.to_thread(venue.limit, 0, market.yes, "SELL", 0.41, 6)
            filled = await at.hear(Filled)
            assert (filled.order_id, filled.price_e4, filled.size_e6) == (bids[1].order_id, 4_100, 6_000_000)
            settled = await at.hear(Settled)
            assert (settled.fill_id, settled.size_e6) == (filled.fill_id, 6_000_000)
            assert {row.order_id for row in at.rows_of(IntentRow)} == {each.order_id for each in (*bids, ask)}
            assert {row.fill_id for row in at.rows_of(AccountFillRow)} == {filled.fill_id}
            await check_stop(venue, at)
            assert {row.state for row in at.rows_of(EndRow)} == {"cancelled"}
            assert (await at.hear(Cancelled)).order_id in {each.order_id for each in (*bids, ask)}

    played(go())
    assert unwritten == []


async def check_stop(venue: Bench, at: Desk) -> None:
    """Everything is taken off, and that is proven."""
    proof = await at.gateway.on_stop(PATIENCE_S)
    assert (proof["cleared"], proof["open"]) == (True, [])
    assert await asyncio.to_thread(resting, venue) == set()


def test_a_lost_response_is_proven_by_asking(venue: Bench) -> None:
    market = venue.market()

    async def go() -> None:
        async with desk(venue) as at:
            await at.join(market)
            venue.admin("faults", {"lost_response": 1.0})
            one = order(market)
            at.place(market, one)
            assert (await at.hear(Accepted)).order_id == one.order_id
            venue.admin("faults", {"lost_response": 0.0})
            (row,) = at.rows_of(IntentRow)
            assert await asyncio.to_thread(resting, venue) == {row.venue_id}, "there is one of it"
            await check_stop(venue, at)

    played(go())


def test_what_happens_while_the_channel_is_away_is_found_out(venue: Bench) -> None:
    market = venue.market(sets=10)

    async def go() -> None:
        async with desk(venue) as at:
            await at.join(market)
            await at.rest(market, order(market, price_e4=4_500))
            venue.act("drop_sockets")
            await asyncio.to_thread(venue.limit, 0, market.yes, "SELL", 0.45, 10)
            assert (await at.hear(Filled)).size_e6 == 10_000_000
            await at.until(lambda: at.gateway.socket.connects == 2)
            assert 0.0 < at.gateway.socket.uptime < 1.0
            await check_stop(venue, at)

    played(go())


def test_a_heartbeat_that_lapses_takes_everything_off(venue: Bench) -> None:
    market = venue.market()

    async def go() -> None:
        async with desk(venue) as at:
            await at.join(market)
            one = await at.rest(market, order(market))
            venue.admin("faults", {"heartbeat_lapse": 1_000.0})
            assert (await at.hear(Cancelled)).order_id == one.order_id
            await at.until(lambda: at.gateway.seen.get("heartbeat_age_s") is not None)

    played(go())


def test_a_ledger_that_is_away_holds_orders_back(venue: Bench) -> None:
    market, attempts = venue.market(), iter([True, True])

    async def away(rows: Sequence[AccountRow]) -> None:
        if any(isinstance(row, IntentRow) for row in rows) and next(attempts, False):
            assert await asyncio.to_thread(resting, venue) == set()
            raise ConnectionError("the ledger has died")

    async def go() -> None:
        async with desk(venue, write=away) as at:
            await at.join(market)
            one = order(market)
            at.place(market, one)
            assert (await at.hear(Accepted)).order_id == one.order_id
            assert next(attempts, None) is None
            await check_stop(venue, at)

    played(go())


def test_a_holder_with_a_successor_ends(venue: Bench) -> None:
    async def fenced(rows: Sequence[AccountRow]) -> None:
        raise Fenced("incarnation 2 holds the account")

    async def go() -> None:
        async with desk(venue, write=fenced) as at:
            await at.running

    with pytest.raises(Fenced):
        played(go())


def test_a_venue_that_refuses_to_cancel_leaves_no_proof(venue: Bench) -> None:
    market = venue.market()

    async def go() -> None:
        async with desk(venue) as at:
            await at.join(market)
            one = await at.rest(market, order(market))
            venue.admin("faults", {"server_error": 1.0})
            proof = await at.gateway.on_stop(0.5)
            assert proof["cleared"] is False
            assert [each["order_id"] for each in proof["open"]] == [one.order_id]
            venue.admin("faults", {"server_error": 0.0})
            await check_stop(venue, at)

    played(go())


def test_a_comparison_can_be_asked_for(venue: Bench) -> None:
    market = venue.market()

    async def go() -> None:
        async with desk(venue) as at:
            await at.join(market)
            row = await at.gateway.on_reconcile(PATIENCE_S)
            assert (row["cause"], row["differences"]) == ("asked", 0)
            assert len(at.rows_of(ReconciliationRow)) >= 2

    played(go())


def test_a_market_is_cleared_on_an_operators_word(venue: Bench) -> None:
    kept, cleared = venue.market(), venue.market()

    async def go() -> None:
        async with desk(venue) as at:
            await at.join(kept)
            await at.join(cleared)
            await at.rest(kept, order(kept))
            other = await at.rest(cleared, order(cleared))
            assert at.gateway.on_cancel_market(cleared.cid, "asked", False) == 1
            assert (await at.hear(Cancelled)).order_id == other.order_id
            assert at.gateway.on_cancel_market(kept.cid, "its shard was given up", True) == 1
            late = order(kept)  # said before that, and heard after it
            at.place(kept, late)
            refused = await at.hear(Rejected, lambda news: news.order_id == late.order_id)
            assert refused.reason.startswith(NEVER_LEFT)
            await check_stop(venue, at)

    played(go())


def test_a_successor_proves_what_the_holder_before_it_left(venue: Bench) -> None:
    market = venue.market()

    async def go() -> None:
        orders = [order(market, price_e4=100 * cents) for cents in range(10, 40)]
        async with desk(venue) as at:
            await at.join(market)
            at.place(market, *orders)
            for each in orders:
                await at.hear(Accepted, lambda news, each=each: news.order_id == each.order_id)
        memory = AccountMemory(intents=tuple(at.rows_of(IntentRow)), markets=frozenset([market.cid]))
        async with desk(venue, memory=memory, incarnation=2) as after:
            await after.join(market)
            assert {one.news.order.order_id for one in after.told if isinstance(one.news, Adopted)} == {
                each.order_id for each in orders
            }
            await check_stop(venue, after)

    played(go())
