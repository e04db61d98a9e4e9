"""Guards methods §3 and the world's own promise: each truth is a martingale that its outcomes bear out."""

from __future__ import annotations

from math import erf

import numpy as np
import pytest

from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.truth import BETA, close_above, information, latent, race, touch
from astra_actors.feeds.world.world import World
from astra_actors.kernel.rng import stream
from astra_actors.kernel.units import YEAR_S
from astra_actors.market.events import MarketResolved

FORTNIGHT = 14 * 1_440  # steps of a minute
SHIFT = float(np.exp(BETA * 0.65 * np.sqrt(60 / YEAR_S)))  # the barrier of O3.3 is continuous, ours is watched


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        pytest.param(close_above(np.full(FORTNIGHT + 1, 75_000.0), 85_000.0, 0.65)[0], 0.147509782, id="O3.1 close"),
        pytest.param(
            touch(np.full(FORTNIGHT + 2, 75_000.0), 85_000.0 / SHIFT, 0.65, up=True)[0], 0.30528176, id="O3.3a up"
        ),
        pytest.param(
            touch(np.full(FORTNIGHT + 2, 75_000.0), 65_000.0 * SHIFT, 0.65, up=False)[0], 0.279825204, id="O3.3b down"
        ),
    ],
)
def test_closed_forms(probability: float, expected: float) -> None:
    assert probability == pytest.approx(expected, rel=1e-8)


def paths(kind: str, count: int) -> tuple[list[np.ndarray], float]:
    """Many truths from the same beginning, and whether a void could blur them (never here)."""
    rng = stream(5, "test", kind)
    out = []
    steps, sigma = 240, 0.8
    for _ in range(count):
        if kind == "single":
            known = information(rng, steps, news=2.0, news_share=0.25, final_share=0.4, final_part=0.03)
            out.append(latent(rng, 0.35, known))
        elif kind == "race":
            known = information(rng, steps, news=2.0, news_share=0.25, final_share=0.4, final_part=0.03)
            out.append(race(rng, np.array([0.5, 0.0, -0.2, -0.4]), known)[1])
        else:
            dt = 60 / YEAR_S
            moves = rng.standard_normal(steps) * sigma * np.sqrt(dt) - 0.5 * sigma * sigma * dt
            spot = 100.0 * np.exp(np.concatenate(([0.0], np.cumsum(moves))))
            if kind == "close":
                out.append(close_above(spot, 100.5, sigma))
            else:
                out.append(touch(spot, 101.2 if kind == "up" else 98.8, sigma, up=kind == "up"))
    return out, out[0][0]


@pytest.mark.parametrize("kind", ["single", "race", "close", "up", "down"])
def test_truth_is_a_martingale_that_ends_in_certainty(kind: str) -> None:
    truths, p0 = paths(kind, 2_000)
    table = np.array(truths)
    assert np.allclose(table[:, 0], p0)
    assert set(np.unique(table[:, -1])) == {0.0, 1.0}
    for step in (60, 120, 180, 232, 240):  # the mean never moves
        column = table[:, step]
        assert abs(column.mean() - p0) < 4 * column.std() / np.sqrt(len(column))
    spent = (np.diff(table, axis=1) ** 2).sum(axis=1)  # a martingale into {0, 1} spends p(1−p) of variance
    assert abs(spent.mean() - p0 * (1 - p0)) < 4 * spent.std() / np.sqrt(len(spent))


def test_legs_of_a_race_sum_to_one_and_one_wins() -> None:
    rng = stream(6, "test", "legs")
    for legs in (3, 4, 6):
        known = information(rng, 500, news=3.0, news_share=0.25, final_share=0.4, final_part=0.05)
        table = race(rng, rng.standard_normal(legs), known)
        assert np.abs(table.sum(axis=0) - 1.0).max() < 1e-12
        assert sorted(table[:, -1].tolist()) == [0.0] * (legs - 1) + [1.0]
        assert table.min() >= 0.0


def test_race_of_two_agrees_with_its_closed_form() -> None:
    known = np.full(4, 0.25)
    table = race(stream(7, "test"), np.array([0.3, -0.1]), known)
    assert table[0, 0] == pytest.approx(0.5 * (1 + erf(0.2)), abs=1e-9)  # Φ(0.4/√2): the difference has variance 2


def test_information_is_spent_exactly() -> None:
    known = information(stream(8, "test"), 1_000, news=3.0, news_share=0.25, final_share=0.4, final_part=0.05)
    assert known.sum() == pytest.approx(1.0, abs=1e-12)
    assert known.min() > 0.0


@pytest.mark.slow
def test_outcomes_bear_the_truth_out() -> None:
    """2,400 settlements of 80 worlds: the error summed within a world, because its markets share three prices."""
    worlds, bins = [], np.zeros((5, 3))
    for seed in range(80):
        world = World(WorldParams(), seed=seed, days=5, markets=30)
        errors = []
        for listing in world.listings():
            opening, ending = (world.truth_at(listing.market_id, ns) for ns in (listing.open_ns, world.end_ns))
            errors.append(ending - opening)
            cell = bins[min(int(opening * 5), 4)]
            cell += (1.0, opening, ending)
        worlds.append(sum(errors))
    sums = np.array(worlds)
    assert bins[:, 0].sum() == 2_400
    assert abs(sums.sum()) < 4 * np.sqrt((sums * sums).sum())
    for count, expected, happened in bins:
        assert count > 30
        spread = np.sqrt(3.0 * expected * (1 - expected / count))  # neighbours on one price path move together
        assert abs(happened - expected) < 4 * spread


def test_settlements_say_what_the_truth_ended_in() -> None:
    world = World(WorldParams(void_share=0.2), seed=11, days=3, markets=40)
    voids = 0
    for listing in world.listings():
        events = list(world.events(listing.market_id, world.start_ns, world.end_ns))
        outcome = next(event.outcome for event in reversed(events) if isinstance(event, MarketResolved))
        if outcome == "VOID":
            voids += 1
            assert not listing.instrument.neg_risk
            assert listing.underlying == ""
        else:
            assert world.truth_at(listing.market_id, world.end_ns) == (1.0 if outcome == "YES" else 0.0)
    assert voids > 0


def test_crypto_is_settled_by_the_price_everybody_sees() -> None:
    world = World(WorldParams(unreadable_share=0.0), seed=12, days=3, markets=40)
    checked = 0
    for m in world.listings():
        if not m.underlying or m.close_ns is None:
            continue
        strike = int(m.rules.split("$")[1].split(" ")[0].replace(",", ""))
        minutes = range(m.open_ns, m.close_ns + 1, 60 * 10**9)
        prices = [int(spot[0]) for ns in minutes if (spot := world.spot_at(m.underlying, ns)) is not None]
        if "at or above" in m.rules:
            yes = prices[-1] >= strike
        elif "touches" in m.rules:
            yes = max(prices[:-1]) >= strike
        else:
            yes = min(prices[:-1]) <= strike
        assert world.truth_at(m.market_id, world.end_ns) == float(yes)
        checked += 1
    assert checked >= 10


def test_one_leg_of_each_race_wins() -> None:
    world = World(WorldParams(), seed=13, days=4, markets=60)
    events: dict[str, list[str]] = {}
    for m in world.listings():
        if m.instrument.neg_risk:
            events.setdefault(m.event_id, []).append(m.market_id)
    assert len(events) >= 3
    for legs in events.values():
        assert len(legs) >= 3
        assert sum(world.truth_at(leg, world.end_ns) for leg in legs) == 1.0
        now = world.start_ns + 12 * 3_600 * 10**9
        assert sum(world.truth_at(leg, now) for leg in legs) == pytest.approx(1.0, abs=1e-9)
