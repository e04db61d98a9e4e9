"""A market whose orders rest elsewhere: what it says to the holder of the account, and what it makes of what it is told."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from live_harness import ActorPort, HandClock, LiveRun, live_settings
from polymarket_server import Venue
from test_live_life import identity

from actors.account_link import AWAY, Heard
from actors.live_loop import _Act
from actors.live_market import LiveMarketActor
from astra_actors.engine.market_engine import MarketEngine
from astra_actors.execution.order import OrderState
from astra_actors.kernel.facts import MarketSettled, OrderChanged, OrderFilled, OrderIntended
from astra_actors.ledger.store import LedgerStore
from astra_actors.lockstep.carrying import LedgerCarrier
from astra_actors.market.instrument import Side
from astra_actors.risk.veto import Veto
from astra_actors.venues.clob.words import (
    Adopted,
    Cancel,
    Claimed,
    Join,
    Joined,
    News,
    Place,
    Settled,
    Told,
    Voided,
    Weather,
    Word,
)
from astra_actors.venues.port import Accepted, Cancelled, Filled, Rejected


class Holder:
    """Stands where the Gateway stands: hears words, and tells what the test says."""

    def __init__(self, run: LiveRun, gateway: int = 1) -> None:
        self.run, self.gateway = run, gateway
        self.words: list[Word] = []
        self._numbers = itertools.count(1)
        run.actor.loop.account = self  # type: ignore[assignment]

    def say(self, words: tuple[Word, ...]) -> None:
        self.words += words

    def close(self) -> None:
        """There is nothing to end."""

    def of(self, kind: type[Any], market_id: str = "") -> list[Any]:
        mine = [word for word in list(self.words) if isinstance(word, kind)]
        return [word for word in mine if not market_id or _market_of(word) == market_id]

    def tell(self, market_id: str, *news: News, why_not: str = "") -> None:
        told = tuple(
            Told(gateway=self.gateway, number=next(self._numbers), market_id=market_id, news=one) for one in news
        )
        loop, heard = self.run.actor.loop, Heard(told, why_not)
        self.run.actor._mailbox.put(heard)
        loop.ask(_Act(lambda shard: True))  # answered once everything before it was taken

    def admit(self) -> None:
        """Tell every market that nothing else is known of it, and let the next window grant."""
        for join in self.of(Join):
            self.tell(join.market_id, Joined(incarnation=join.incarnation))

    def rest(self, engine: MarketEngine) -> list[Place]:
        """Accept everything this market asked for."""
        places: list[Place] = self.of(Place, engine.market_id)
        for place in places:
            self.tell(engine.market_id, Accepted(place.order.order_id, self.run.clock()))
        return places


def _market_of(word: Word) -> str:
    return word.order.market_id if isinstance(word, Place) else word.market_id


@pytest.fixture
def live(venue: Venue, clock: HandClock) -> Iterator[LiveRun]:
    settings = live_settings(venue)
    settings = settings.model_copy(update={"run": replace(settings.run, venue="clob")})
    run = LiveRun(venue, clock, settings)
    run.coordinator.plan = replace(run.coordinator.plan, elsewhere=True)
    yield run
    run.actor.close()


def quoting(live: LiveRun) -> tuple[Holder, MarketEngine, list[Place]]:
    """A holder, and the first market with its orders accepted."""
    holder = Holder(live)
    live.window()
    live.until(live.books_live)
    holder.admit()
    engine = live.shard.engines[live.venue.market().condition_id]
    for _ in range(40):
        if holder.of(Place, engine.market_id):
            return holder, engine, holder.rest(engine)
        live.advance(1.0)
    pytest.fail(f"no order was wished for: {live.coordinator.counters.vetoes}")


def filled(place: Place, at_ns: int, size_e6: int, number: int = 1) -> Filled:
    order = place.order
    return Filled(
        fill_id=f"fill-{order.order_id}-{number}", order_id=order.order_id, at_ns=at_ns, price_e4=order.price_e4,
        size_e6=size_e6,
    )  # fmt: skip


def test_nothing_leaves_before_everything_that_is_known_was_told(live: LiveRun) -> None:
    holder = Holder(live)
    live.window()
    live.until(live.books_live)
    live.advance(10.0)
    assert {word.market_id for word in holder.of(Join)} == set(live.shard.engines)
    assert not holder.of(Place)
    assert live.coordinator.counters.vetoes.get(Veto.VENUE_DOWN.name)
    holder.admit()
    live.advance(5.0)
    live.until(lambda: bool(holder.of(Place)))
    place = holder.of(Place)[0]
    assert place.lease_until_ns > live.clock()
    assert place.order.reserved_e10 > 0
    assert place.incarnation == live.shard.engines[place.order.market_id].incarnation


def test_what_a_fill_bought_is_sold_only_once_it_has_settled(live: LiveRun) -> None:
    holder, engine, places = quoting(live)
    buy = next(place for place in places if place.order.side is Side.BUY)
    token, size_e6 = buy.order.token, buy.order.size_e6
    fill = filled(buy, live.clock(), size_e6)
    holder.tell(engine.market_id, fill, fill)  # told twice, counted once
    assert (engine.position.fills, engine.venue.unsettled_e6(token)) == (1, size_e6)
    held_e6 = engine.position.yes_e6 if token.value == "YES" else engine.position.no_e6
    assert held_e6 == size_e6
    live.advance(40.0)
    sells = [place for place in holder.of(Place, engine.market_id) if place.order.side is Side.SELL]
    assert not sells
    holder.tell(engine.market_id, Settled(fill_id=fill.fill_id, token=token, side=Side.BUY, size_e6=size_e6))
    assert engine.venue.unsettled_e6(token) == 0


def test_a_settlement_that_failed_is_taken_back_to_the_last_dollar(live: LiveRun) -> None:
    holder, engine, places = quoting(live)
    fill = filled(places[0], live.clock(), 3_000_000)
    holder.tell(engine.market_id, fill)
    assert engine.position.cash_e10 != 0
    failed = Voided(fill_id=fill.fill_id, order_id=fill.order_id, at_ns=live.clock())
    holder.tell(engine.market_id, failed, failed)
    order = places[0].order
    again = Claimed(
        fill_id=fill.fill_id, order_id=order.order_id, token=order.token, side=order.side, price_e4=fill.price_e4,
        size_e6=fill.size_e6,
    )  # fmt: skip
    holder.tell(engine.market_id, again, failed)  # a holder that comes now has read a ledger without the reversal
    assert not engine.venue.owes
    assert (engine.position.yes_e6, engine.position.no_e6, engine.position.cash_e10) == (0, 0, 0)
    live.advance(1.0)
    booked = [fact for fact in live.ledger.of(OrderFilled) if fact.order_id == fill.order_id]
    assert [fact.liquidity for fact in booked] == ["MAKER", "VOID"]
    assert booked[0].side != booked[1].side


def test_a_settlement_that_failed_after_its_shares_were_sold_ends_one_market_and_no_shard(live: LiveRun) -> None:
    """It cannot be taken back: the market leaves for a person to look at, with its orders, and the others go on."""
    holder, engine, places = quoting(live)
    order = next(place for place in places if place.order.side is Side.BUY).order
    fill = filled(next(place for place in places if place.order is order), live.clock(), order.size_e6)
    holder.tell(engine.market_id, fill)
    holder.tell(engine.market_id, Settled(fill_id=fill.fill_id, token=order.token, side=Side.BUY, size_e6=fill.size_e6))
    engine.position.apply_fill(order.token, Side.SELL, order.price_e4, order.size_e6)
    holder.tell(engine.market_id, Voided(fill_id=fill.fill_id, order_id=fill.order_id, at_ns=live.clock()))
    assert engine.market_id not in live.shard.engines
    assert live.shard.engines  # and the loop took the question after it
    live.advance(1.0)
    asked_off = {word.order_id for word in holder.of(Cancel, engine.market_id)}
    assert asked_off >= {each.order_id for each in engine.blotter.open_orders()}
    live.until(lambda: engine.market_id in live.coordinator.state.quarantined)
    assert fill.fill_id in {
        fact.fill_id for fact in live.ledger.of(OrderFilled)
    }  # what was told before stays on record
    told = [*live.ledger.of(OrderIntended), *live.ledger.of(OrderChanged), *live.ledger.of(OrderFilled)]
    numbers = [fact.seq for fact in told if fact.market_id == engine.market_id]
    assert len(numbers) == len(set(numbers))


def test_a_word_that_died_with_a_holder_is_said_again_by_a_market_that_waits(live: LiveRun) -> None:
    holder = Holder(live)
    live.window()
    live.until(live.books_live)
    holder.tell("", Weather(why=""))
    first = holder.of(Join)
    holder.tell(first[0].market_id, Joined(incarnation=first[0].incarnation))
    live.advance(11.0)
    holder.tell("", Weather(why=""))
    live.until(lambda: len(holder.of(Join)) > len(first))
    again = holder.of(Join)[len(first) :]
    assert {word.market_id for word in again} == {word.market_id for word in first} - {first[0].market_id}


def test_a_market_that_is_over_settles_only_when_its_orders_are_proven_gone(live: LiveRun) -> None:
    holder, engine, places = quoting(live)
    fill = filled(places[0], live.clock(), 1_000_000)
    live.venue.resolve(live.venue.market(), 0, announce=True)
    live.advance(1.0)
    live.until(lambda: engine.ended is not None)
    live.advance(2.0)
    assert not engine.settled
    assert {word.order_id for word in holder.of(Cancel, engine.market_id)} >= {p.order.order_id for p in places}
    holder.tell(engine.market_id, fill)  # it matched before it could be taken off
    for order in list(engine.blotter.open_orders()):
        holder.tell(engine.market_id, Cancelled(order.order_id, live.clock()))
    assert not engine.settled
    side, token = places[0].order.side, places[0].order.token
    holder.tell(engine.market_id, Settled(fill_id=fill.fill_id, token=token, side=side, size_e6=1_000_000))
    live.advance(1.0)
    live.until(lambda: engine.settled)
    assert engine.position.fills == 1
    live.advance(1.0)
    assert [fact.market_id for fact in live.ledger.of(MarketSettled)] == [engine.market_id]


@pytest.mark.parametrize("weather", ["told", "away"])
def test_quotes_come_out_when_nothing_can_rest(live: LiveRun, weather: str) -> None:
    holder, engine, places = quoting(live)
    if weather == "told":
        holder.tell("", Weather(why="two heartbeats in a row were lost"))
    else:
        holder.tell("", why_not=AWAY)
    live.advance(1.0)
    cancelled = {word.order_id for word in holder.of(Cancel, engine.market_id)}
    assert cancelled == {place.order.order_id for place in places}
    assert all(order.state is OrderState.CANCELLING for order in engine.blotter.open_orders())


def test_another_holder_hears_of_every_order_and_of_every_cancel_again(live: LiveRun) -> None:
    holder, engine, places = quoting(live)
    holder.tell("", Weather(why="it rains"))
    live.advance(1.0)
    after = Holder(live, gateway=2)
    after.tell("", Weather(why=""))
    live.until(lambda: bool(after.of(Join, engine.market_id)))
    assert set(after.of(Join, engine.market_id)[0].open_orders) == {place.order.order_id for place in places}
    assert {word.order_id for word in after.of(Cancel, engine.market_id)} == {p.order.order_id for p in places}
    assert engine.venue.closed
    after.tell(engine.market_id, *(Rejected(p.order.order_id, live.clock(), "not sent: it was lost") for p in places))
    assert not engine.blotter.open_orders()
    assert not engine.risk.open_orders


def test_a_successor_takes_up_what_rests_and_what_filled_meanwhile(live: LiveRun, tmp_path: Path) -> None:
    """The ledger ends at the last window; what happened after it is told by the holder of the account."""
    store = LedgerStore.open(tmp_path / "ledger.db")
    store.begin_run(identity(), "{}")
    holder, engine, places = quoting(live)
    live.advance(1.0)
    known = filled(places[0], live.clock(), 1_000_000)
    holder.tell(engine.market_id, known)
    live.advance(1.0)
    store.commit(1, live.clock(), live.ledger.facts)
    unseen = filled(places[0], live.clock(), 2_000_000, number=2)
    live.coordinator._carry = LedgerCarrier(tmp_path / "ledger.db", identity().run_id)
    granted_e10 = engine.lease.limit_e10 if engine.lease else 0
    live.actor.close()
    live.actor = LiveMarketActor(0, live.spec, live.settings, now_ns=live.clock)
    after = Holder(live)
    live.coordinator.replace_shard(0, ActorPort(live.actor, incarnation=2))
    taken = live.shard.engines[engine.market_id]
    assert {order.state for order in taken.blotter.open_orders()} == {OrderState.UNKNOWN}
    assert taken.report(live.clock()).worst_case_e10 == granted_e10 > taken.risk.worst_case_e10(taken.position)
    assert taken.last_mid_e4 == engine.last_mid_e4  # what is held is not marked at half a dollar until a book is there
    live.until(lambda: bool(after.of(Join, engine.market_id)))
    assert set(after.of(Join, engine.market_id)[0].open_orders) == {place.order.order_id for place in places}

    order = places[0].order
    late = msgspec.structs.replace(order, order_id="never-in-the-ledger", sent_ns=live.clock())
    after.tell(
        engine.market_id,
        Adopted(order=order), Adopted(order=late),
        Claimed(fill_id=known.fill_id, order_id=order.order_id, token=order.token, side=order.side,
                price_e4=order.price_e4, size_e6=1_000_000),
        known, unseen,
        *(Cancelled(place.order.order_id, live.clock()) for place in places),
        Joined(incarnation=taken.incarnation),
    )  # fmt: skip
    held_e6 = max(taken.position.yes_e6, taken.position.no_e6)
    assert (taken.position.fills, held_e6) == (2, 3_000_000)
    assert taken.report(live.clock()).worst_case_e10 == taken.risk.worst_case_e10(taken.position)
    assert [left.order_id for left in taken.blotter.open_orders()] == ["never-in-the-ledger"]
    assert set(taken.risk.open_orders) == {"never-in-the-ledger"}
    live.ledger.facts.clear()
    live.window()
    assert [fact.order_id for fact in live.ledger.of(OrderIntended)] == ["never-in-the-ledger"]
    after.tell(engine.market_id, Voided(fill_id=known.fill_id, order_id=order.order_id, at_ns=live.clock()))
    assert max(taken.position.yes_e6, taken.position.no_e6) == 2_000_000
