"""DESIGN promise 1 and §5 for markets that are not as they should be: named, left out or quarantined, and the run goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from astra_actors.engine.build import engine_params, open_feed, open_strategies
from astra_actors.engine.shard import Shard
from astra_actors.market.events import BookChanged
from astra_actors.simulation.harness.house import House, lively

TO = 14


class StrangeFeed:
    """The lively world, some of whose listings and events were made strange on the way."""

    def __init__(self, world: Any, *, listing: Any = None, events: Any = None, victim: int = 0) -> None:
        self._world, self._events = world, events
        self.name, self.start_ns, self.end_ns = world.name, world.start_ns, world.end_ns
        listings = list(world.listings())
        self.victim = listings[victim].market_id
        if listing is not None:
            listings[victim] = replace(listings[victim], **listing)
        self._listings = tuple(listings)

    def listings(self) -> Sequence[Any]:
        return self._listings

    def events(self, market_id: str, from_ns: int, to_ns: int) -> Sequence[Any]:
        found = self._world.events(market_id, from_ns, to_ns)
        return self._events(list(found)) if self._events and market_id == self.victim and found else found


class StrangeHouse(House):
    """A house whose shards see the strange feed."""

    def __init__(self, settings: Any, **strange: Any) -> None:
        self._strange = strange
        super().__init__(settings, audited=False, feed=self._open)

    def _open(self, spec: Any, settings: Any) -> tuple[Any, Any]:
        world, spot = open_feed(spec, settings)
        return StrangeFeed(world, **self._strange), spot

    def new_shard(self, index: int) -> Shard:
        feed, spot = self._open(self.spec, self.settings)
        self.victim = feed.victim
        params, strategies = engine_params(self.settings, self.spec.seed), open_strategies(self.settings)
        return Shard(index, feed=feed, spot=spot, params=params, strategies=strategies)

    def asked(self, sql: str) -> list[Any]:
        self.coordinator.flush()
        return self.store.connection.execute(sql, {"victim": self.victim}).fetchall()


@pytest.fixture
def strange(tmp_path):
    built = []

    def build(**how):
        made = StrangeHouse(lively(tmp_path / str(len(built))), **how)
        built.append(made)
        return made

    yield build
    for made in built:
        made.store.close()


def others(made: House) -> Counter[str]:
    """How many orders each market but the victim got."""
    rows = made.asked("SELECT market_id, COUNT(*) FROM orders WHERE market_id <> :victim GROUP BY 1")
    return Counter(dict(rows))


LISTINGS = [
    pytest.param({"outcomes": ("Yes", "No", "Maybe")}, "two outcomes", id="three outcomes"),
    pytest.param({"close_ns": None, "rules": "It resolves as the crowd feels."}, "", id="no date and vague rules"),
    pytest.param({"question": "", "rules": ""}, "", id="no words at all"),
]


@pytest.mark.parametrize(("change", "why"), LISTINGS)
def test_a_listing_that_cannot_be_read_is_listed_with_its_reason_and_never_traded(strange, change, why):
    made, plain = strange(listing=change), strange()
    for each in (made, plain):
        each.run_to(TO)
    assert made.asked("SELECT COUNT(*) FROM markets WHERE market_id = :victim") == [(1,)]
    [(contract, reason)] = made.asked("SELECT contract, reason FROM definitions WHERE market_id = :victim")
    assert contract is None and reason and why in reason
    assert made.asked("SELECT COUNT(*) FROM orders WHERE market_id = :victim") == [(0,)]
    assert made.coordinator.counters.vetoes["NO_DEFINITION"] > plain.coordinator.counters.vetoes.get("NO_DEFINITION", 0)
    assert others(made) and not made.coordinator.state.quarantined


def back(events):
    """The last event of each stretch comes before the first."""
    return [*events, msgspec.structs.replace(events[0], local_ns=events[0].local_ns - 1)]


EVENTS = [pytest.param(back, "ClockWentBack", id="the clock goes back")]


@pytest.mark.parametrize(("events", "error"), EVENTS)
def test_events_that_cannot_be_cost_their_market_alone(strange, events, error):
    made, plain = strange(events=events), strange()
    for each in (made, plain):
        each.run_to(TO)
    [(scope, detail)] = made.asked("SELECT scope, detail FROM risk_events WHERE kind = 'quarantine'")
    assert scope == made.victim and detail.startswith(error)
    assert made.coordinator.state.quarantined == {made.victim}
    assert others(made).keys() == others(plain).keys(), "the other markets are traded as before"


def test_a_price_off_the_grid_in_a_book_rests_no_order_of_ours_there(strange):
    def beside(change):
        return msgspec.structs.replace(change, price_e4=min(change.price_e4 + 3, 9_999))

    def off_grid(events):
        return [
            msgspec.structs.replace(event, changes=tuple(map(beside, event.changes)))
            if isinstance(event, BookChanged)
            else event
            for event in events
        ]

    made = strange(events=off_grid)
    made.run_to(TO)
    tick = made.asked("SELECT tick_e4, min_size_e6 FROM markets WHERE market_id = :victim")[0]
    ours = made.asked("SELECT price_e4, size_e6 FROM orders")
    assert ours and all(size >= tick[1] for _, size in ours)
    assert all(price % tick[0] == 0 for (price,) in made.asked("SELECT price_e4 FROM orders WHERE market_id = :victim"))
    assert made.coordinator.journal.breaches == 0
