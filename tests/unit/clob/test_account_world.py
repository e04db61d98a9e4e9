"""Promise: whatever is lost, doubled, late or killed, no order is sent twice, none is left, and every fill is told."""

from __future__ import annotations

from collections import Counter

import pytest
from account_world import AccountWorld

from astra_actors.venues.clob.user_rows import Settling

ACTIVE_MS, STOPPING_MS, SETTLING_MS = 25_000, 330_000, 150_000


def check_converged(world: AccountWorld) -> None:
    """Everything the promise says, once the world is quiet."""
    assert max(Counter(world.posted).values(), default=1) == 1, "no order is posted twice"
    assert not [each for each in world.venue.orders.values() if each.live], "nothing rests"
    strays = {venue_id for venue_id in world.venue.orders if venue_id.startswith("0xstray")}
    assert set(world.venue.orders) <= set(world.posted) | strays
    assert not world.owner.open_ids(), "every order that was placed has its end"
    owner = world.owner.book
    traded = {each.trade_id: each for each in world.venue.trades.values()}
    by_trade = {row.trade_id: row for row in world.fills.values()}
    real = {trade_id for trade_id, each in traded.items() if each.settling is not Settling.FAILED}
    assert real <= set(by_trade) <= set(traded), "every fill is written; one that was first heard of as failed is none"
    ours = {fill_id for fill_id, row in world.fills.items() if row.venue_id not in strays}
    assert set(owner.fills) == ours, "every fill is told"
    for (gateway, market, _), numbers in world.owner.told_fills.items():
        assert len(numbers) <= world.joins[gateway, market], "a fill is told once to each owner that joins a holder"
    for trade_id, row in by_trade.items():
        assert row.settling == traded[trade_id].settling.value
    signs = {"BUY": 1, "SELL": -1}
    position = sum(size for fill_id, size in owner.fills.items() if fill_id not in owner.voided)
    held = sum(
        signs[each.order.side.value] * each.size_e6
        for each in traded.values()
        if each.settling is not Settling.FAILED and each.order.venue_id not in strays
    )
    assert position == held
    assert world.account.summary()["orphans_resting"] == 0
    assert {venue_id for venue_id, row in world.intents.items() if venue_id not in world.ends} == set()


def finish(world: AccountWorld) -> None:
    """Make the world quiet, stop the account, wait for the proof and for what is still settling."""
    world.quieten()
    world.run(20_000)
    world.account.stop(world.now_ms)
    until_ms = world.now_ms + STOPPING_MS
    while not world.account.is_clear and world.now_ms < until_ms:
        world.step(500)
    assert world.account.is_clear, world.account.open_orders()
    until_ms = world.now_ms + SETTLING_MS
    while (
        world.account.summary()["settling"] or world.account.has_news(0, world.owner.heard)
    ) and world.now_ms < until_ms:
        world.step(1_000)


@pytest.mark.parametrize(
    ("seed", "chaos", "deaths"), [(n, 0.12, 0.006) for n in range(8)] + [(8, 0.3, 0.02), (9, 0, 0)]
)
def test_a_world_of_faults_converges(seed: int, chaos: float, deaths: float) -> None:
    """Twelve runs for each row; a seed that fails is named by the first number of its world."""
    for number in range(12):
        world = AccountWorld(100 * number + seed, chaos=chaos, deaths=deaths)
        world.run(ACTIVE_MS)
        finish(world)
        check_converged(world)
