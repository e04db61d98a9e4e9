"""Guards promise 4 and DESIGN §2: one seed is one world, whoever asks, in whatever pieces and in whatever process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from astra_actors.definitions.parse import NotReadable, read_definition
from astra_actors.feeds.port import ReplayableFeed
from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.world import START_NS, World
from astra_actors.kernel.clock import ns_from_text
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_S
from astra_actors.market.book import MarketBook
from astra_actors.market.instrument import Category

ROOT = Path(__file__).resolve().parents[3]
DIGEST = """
import hashlib
from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.world import World
world = World(WorldParams(), seed=77, days=3, markets=12)
digest = hashlib.sha256(repr(world.listings()).encode())
for listing in {order}:
    digest.update(repr(list(world.events(listing.market_id, world.start_ns, world.end_ns))).encode())
print(digest.hexdigest())
"""


def digest_in_process(hash_seed: str) -> str:
    script = DIGEST.format(order="world.listings()[3:7]")
    env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_two_processes_with_two_hash_seeds_give_one_digest() -> None:
    world = World(WorldParams(), seed=77, days=3, markets=12)
    for listing in reversed(world.listings()):  # other markets asked before, and in another order, change nothing
        world.events(listing.market_id, world.start_ns, world.start_ns + NS_PER_DAY)
    digest = hashlib.sha256(repr(world.listings()).encode())
    for listing in world.listings()[3:7]:
        digest.update(repr(list(world.events(listing.market_id, world.start_ns, world.end_ns))).encode())
    assert {digest_in_process("1"), digest_in_process("2")} == {digest.hexdigest()}


@pytest.mark.parametrize(
    "window_s",
    [
        pytest.param(60, id="a minute"),
        pytest.param(3_601, id="an odd hour"),
        pytest.param(9 * 3_600, id="more than a chunk"),
    ],
)
def test_windows_joined_equal_one_request(window_s: int) -> None:
    whole = World(WorldParams(), seed=21, days=2, markets=8)
    pieces = World(WorldParams(), seed=21, days=2, markets=8)
    got: dict[str, list[object]] = {listing.market_id: [] for listing in pieces.listings()}
    for begins in range(pieces.start_ns, pieces.end_ns, window_s * NS_PER_S):
        for market_id, events in got.items():
            for event in pieces.events(market_id, begins, begins + window_s * NS_PER_S):
                assert begins <= event.local_ns < begins + window_s * NS_PER_S
                events.append(event)
    for market_id, events in got.items():
        assert events == list(whole.events(market_id, whole.start_ns, whole.end_ns))


def test_asking_again_from_the_past_starts_from_birth_with_the_same_events() -> None:
    world = World(WorldParams(), seed=22, days=3, markets=8)
    listing = world.listings()[0]
    once = list(world.events(listing.market_id, 0, world.end_ns))
    middle = once[len(once) // 2].local_ns
    assert list(world.events(listing.market_id, middle, world.end_ns)) == [e for e in once if e.local_ns >= middle]
    assert list(world.events(listing.market_id, 0, middle)) == [e for e in once if e.local_ns < middle]
    assert list(world.events(listing.market_id, world.end_ns, world.end_ns + 1)) == []
    assert list(world.events(listing.market_id, 0, world.end_ns)) == once


def test_another_seed_is_another_world() -> None:
    first, second = (World(WorldParams(), seed=seed, days=2, markets=6) for seed in (1, 2))
    assert {m.market_id for m in first.listings()}.isdisjoint(m.market_id for m in second.listings())


@pytest.mark.parametrize(
    ("markets", "days"),
    [
        pytest.param(240, 30.0, id="the default month"),
        pytest.param(60, 30.0, id="sixty markets in a month"),
        pytest.param(12, 2.0, id="a weekend"),
        pytest.param(1, 0.05, id="one market in an hour and a bit"),
        pytest.param(7, 0.3, id="an afternoon"),
        pytest.param(500, 60.0, id="two months"),
    ],
)
def test_every_market_opens_and_is_settled_within_the_run(markets: int, days: float) -> None:
    for seed in range(4):
        world = World(WorldParams(), seed=seed, days=days, markets=markets)
        listings = world.listings()
        assert len(listings) == len({listing.market_id for listing in listings}) == markets
        assert world.start_ns == START_NS
        assert world.end_ns == START_NS + round(days * NS_PER_DAY)
        for listing in listings:
            assert listing.synthetic
            assert world.start_ns <= listing.open_ns < (listing.close_ns or world.end_ns - 1) < world.end_ns
        for listing in listings[:: max(1, len(listings) // 6)]:
            last = list(world.events(listing.market_id, world.end_ns - NS_PER_DAY * 60, world.end_ns))[-1]
            assert last.local_ns < world.end_ns
            assert type(last).__name__ == "MarketResolved"


def test_about_a_fifth_of_the_default_world_is_open_at_a_time() -> None:
    world = World(WorldParams(), seed=3)
    hours = range(world.start_ns, world.end_ns - NS_PER_DAY, 6 * 3_600 * NS_PER_S)
    shares = [
        sum(m.open_ns <= now < (m.close_ns or 0) for m in world.listings()) / len(world.listings()) for now in hours
    ]
    assert 0.16 < sum(shares) / len(shares) < 0.26
    assert min(shares[: len(shares) * 3 // 4]) > 0.10  # never empty before the end comes near


def test_listings_read_as_agreed() -> None:
    world = World(WorldParams(), seed=4)
    by_category = {category: [m for m in world.listings() if m.category is category] for category in Category}
    for category in (Category.CRYPTO, Category.SPORTS, Category.POLITICS, Category.MACRO, Category.WEATHER):
        assert len(by_category[category]) >= 8
    rates = {m.category: str(m.instrument.fees.rate) for m in world.listings() if m.instrument.fees}
    assert rates == {
        Category.CRYPTO: "0.07",
        Category.SPORTS: "0.05",
        Category.POLITICS: "0.04",
        Category.MACRO: "0.05",
        Category.WEATHER: "0.05",
    }
    unreadable = [
        m for m in world.listings() if m.close_ns is None or len(m.outcomes) != 2 or "according to" not in m.rules
    ]
    assert len(unreadable) == 12  # 5 % of 240
    assert len([m for m in unreadable if m.close_ns is None]) == 4
    for m in world.listings():
        assert m.rules.startswith('This market will resolve to "Yes" if ')
        assert m.volume24h_usd > 0
        assert m.liquidity_usd > 0
        assert m.event_type in ("election", "crypto", "sports", "other")
        assert ("50-50" in m.rules) <= (not m.instrument.neg_risk)


def test_crypto_rules_have_exactly_the_agreed_shapes() -> None:
    world = World(WorldParams(unreadable_share=0.0), seed=5)
    coins = {"BTC": "Bitcoin", "ETH": "Ethereum", "SOL": "Solana"}
    seen = set()
    for m in world.listings():
        if m.category is not Category.CRYPTO:
            continue
        coin = coins[m.underlying]
        words = m.rules.removeprefix(f'This market will resolve to "Yes" if the price of {coin} ')
        verb = words.split(" $")[0]
        strike = words.split("$")[1].split(" ")[0]
        at = words.partition("2026-")[2][:15]
        feed = (
            f"according to the Astra World {m.underlying}/USD feed. "
            "The price is rounded down to a whole dollar before it is compared."
        )
        wanted = {
            "is at or above": f"is at or above ${strike} at 2026-{at}, {feed} The price at that time is final.",
            "touches": f"touches ${strike} or higher at any time before 2026-{at}, {feed} "
            "The print is final 10 minutes after it appears.",
            "falls to": f"falls to ${strike} or lower at any time before 2026-{at}, {feed} "
            "The print is final 10 minutes after it appears.",
        }
        assert words == wanted[verb]
        assert ns_from_text(f"2026-{at}") == m.close_ns
        seen.add(verb)
    assert seen == {"is at or above", "touches", "falls to"}


def test_spot_is_never_from_the_future() -> None:
    world = World(WorldParams(), seed=6, days=1, markets=3)
    minute = 60 * NS_PER_S
    assert world.spot_at("BTC", world.start_ns - 1) is None
    assert world.spot_at("DOGE", world.start_ns) is None
    first, second = world.spot_at("BTC", world.start_ns), world.spot_at("BTC", world.start_ns + minute)
    assert first is not None
    assert second is not None
    assert first == (84_000.0, world.start_ns)
    assert world.spot_at("BTC", world.start_ns + minute - 1) == first
    assert second[1] == world.start_ns + minute
    assert second[0] != first[0]


@pytest.mark.parametrize(
    ("call", "field"),
    [
        pytest.param(lambda: World(WorldParams(), seed=1, days=0.0), "days", id="no time"),
        pytest.param(lambda: World(WorldParams(), seed=1, markets=0), "markets", id="no markets"),
        pytest.param(
            lambda: World(WorldParams(), seed=1, days=1).events("x", 0, 1), "market_id", id="a foreign market"
        ),
        pytest.param(lambda: WorldParams(life_days_min=9, life_days_max=3), "life_days_min", id="lives reversed"),
        pytest.param(lambda: WorldParams(levels_min=9, levels_max=3), "levels_min", id="levels reversed"),
        pytest.param(lambda: WorldParams(spread_ticks=()), "spread_ticks", id="no spread"),
    ],
)
def test_bad_input_names_its_field(call: object, field: str) -> None:
    assert callable(call)
    with pytest.raises(BadInput) as caught:
        call()
    assert caught.value.field == field


def test_the_definition_reader_refuses_the_spoiled_listings_and_no_other() -> None:
    for seed in range(3):
        whole = World(WorldParams(unreadable_share=0.0), seed=seed)
        assert [m.rules for m in whole.listings() if isinstance(read_definition(m), NotReadable)] == []
        spoiled = World(WorldParams(), seed=seed)
        assert sum(isinstance(read_definition(m), NotReadable) for m in spoiled.listings()) == 12


def test_the_market_book_follows_without_ever_being_crossed() -> None:
    feed: ReplayableFeed = World(WorldParams(), seed=14, days=4, markets=16)
    for listing in feed.listings():
        book = MarketBook(listing.instrument)
        for event in feed.events(listing.market_id, feed.start_ns, feed.end_ns):
            book.apply(event)
        assert (book.crossed_states, book.trimmed) == (0, 0)


def test_a_market_that_is_over_is_forgotten_and_a_living_one_holds_hours_only() -> None:
    world = World(WorldParams(), seed=7, days=10, markets=10)
    held = []
    for begins in range(world.start_ns, world.end_ns, 3_600 * NS_PER_S):
        for listing in world.listings():
            world.events(listing.market_id, begins, begins + 3_600 * NS_PER_S)
        held += [len(life._events) for life in world._lives.values()]
    assert max(held) < 1_500  # twelve hours at the busiest, not ten days
    for listing in world.listings():
        world.events(listing.market_id, world.end_ns, world.end_ns + 1)
    assert world._lives == {}
