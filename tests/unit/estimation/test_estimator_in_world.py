"""Reader and estimator in the synthetic world: every market is read or was spoilt, and estimates meet the truth."""

from __future__ import annotations

import pytest

from astra_actors.definitions.contract import DefinitionContract
from astra_actors.definitions.parse import NotReadable, read_definition
from astra_actors.estimation.estimate import Estimate
from astra_actors.estimation.estimator import Estimator
from astra_actors.estimation.params import EstimationParams
from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.world import World
from astra_actors.market.instrument import Category


@pytest.fixture(scope="module")
def world() -> World:
    return World(WorldParams(unreadable_share=0.0), seed=7, days=20, markets=60)


def test_every_market_of_a_clean_world_is_read(world: World) -> None:
    for listing in world.listings():
        contract = read_definition(listing)
        assert isinstance(contract, DefinitionContract), (listing.question, contract)
        assert contract.is_threshold is (listing.category is Category.CRYPTO)
        assert contract.cutoff_ns == listing.close_ns


def test_a_spoilt_market_is_never_read() -> None:
    params = WorldParams(unreadable_share=1.0, politics_races=0, sports_races=0)  # a race is spoilt never or whole
    for listing in World(params, seed=3, days=20, markets=40).listings():
        assert isinstance(read_definition(listing), NotReadable), listing.question


def test_estimates_of_thresholds_lie_around_the_truth(world: World) -> None:
    """The estimator sees prices and no volatility; the world's own probability knows both."""
    estimator = Estimator(EstimationParams(), world)
    gaps: list[float] = []
    held = 0
    for listing in world.listings():
        contract = read_definition(listing)
        assert isinstance(contract, DefinitionContract)
        assert listing.close_ns is not None
        if not contract.is_threshold:
            continue
        for part in range(1, 20):
            now_ns = listing.open_ns + (listing.close_ns - listing.open_ns) * part // 20
            estimate = estimator.estimate(listing, contract, now_ns, None)
            assert isinstance(estimate, Estimate), estimate
            truth = world.truth_at(listing.market_id, now_ns)
            gaps.append(abs(estimate.p - truth))
            held += estimate.p_lo <= truth <= estimate.p_hi
    assert len(gaps) > 200
    assert sum(gaps) / len(gaps) < 0.03
    assert held / len(gaps) > 0.85
