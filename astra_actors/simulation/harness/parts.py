"""What every simulated house is built from: settings that make a small world trade a lot, and limits that the seed draws."""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from astra_actors.config.load import load_settings, shipped_dir
from astra_actors.config.settings import Settings
from astra_actors.config.snapshot import settings_hash, settings_json
from astra_actors.engine.build import engine_params, open_research, open_strategies
from astra_actors.engine.market_engine import MarketEngine
from astra_actors.engine.params import EngineParams
from astra_actors.engine.research import Research
from astra_actors.kernel.rng import stream
from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.runs import RunIdentity
from astra_actors.risk.limits import RiskLimits
from astra_actors.simulation.harness.small_world import WorldShape
from astra_actors.strategies.base import Strategy
from astra_actors.venues.paper import PaperVenue

BANKROLL_USD: Final = 5_000
_FLAGS: Final[dict[str, Any]] = {
    "gates": {
        "market": {"quoteability": {"liquidity_usd_min": 0}},
        "ev": {
            "threshold": 0.0,
            "k_spread": 0.0,
            "base_slip": 0.0,
            "base_buffer": 0.0,
            "k_depth": 0.001,
            "depth_veto": False,
        },
    },
    "strategies": {
        "market_making": {"half_points": 0.004, "margin_points": 0.0, "edge_points_min": 0.0, "edge_per_spread": 0.0}
    },
    "orders": {
        "market_gap_s": 1,
        "ttl_s": 40,
        "stale_s": 30,
        "reject_pause_s": 20,
        "gtd_buffer_s": 2,
        "gtd_life_min_s": 1,
        "gtd_transit_s": 0,
    },
    "paper": {"gtd_early_s": 2, "gtd_min_s": 1},
    "estimation": {"book_half_width": 0.0, "book_spread_share": 0.0},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Everything that a seed decides before the first message."""

    shape: WorldShape
    shards: int
    params: EngineParams
    limits: RiskLimits
    burn_in: int
    active_every: int


@dataclass(frozen=True, slots=True)
class Parts:
    """What all seeds of one process share."""

    settings: Settings
    text: str
    strategies: tuple[Strategy, ...]
    research: Research
    params: EngineParams


@cache
def parts() -> Parts:
    """Settings read and strategies built, once a process."""
    settings = load_settings(files=[shipped_dir() / "feeds" / "world.yaml"], flags=_FLAGS, environ={})
    return Parts(
        settings,
        settings_json(settings),
        open_strategies(settings),
        open_research(settings),
        engine_params(settings, 0),
    )


def setup(seed: int, *, windows: int) -> Setup:
    """Draw one small house: how many markets and shards, how slow the roads, how tight the caps."""
    rng, known = stream(seed, "setup"), parts()
    slots = int(rng.integers(3, 5))
    paper = replace(
        known.params.paper,
        latency_mean_ms=float(rng.choice([50.0, 400.0, 2_000.0])),
        cancel_latency_mean_ms=float(rng.choice([50.0, 400.0, 2_000.0])),
    )
    params = replace(
        known.params,
        seed=seed,
        paper=paper,
        evaluate_every_ns=10 * NS_PER_S,
        evaluate_min_gap_ns=2 * NS_PER_S,
        snapshot_every_ns=120 * NS_PER_S,
        ring_capacity=64,
    )
    limits = replace(
        known.settings.risk,
        cluster_cap=float(rng.choice([0.12, 0.015, 0.011])),
        aggregate_cap=float(rng.choice([0.40, 0.03, 0.02])),
        drawdown_on=float(rng.choice([0.10, 0.004])),
        drawdown_off=0.002,
        daily_loss=float(rng.choice([0.05, 0.006])),
    )
    shape = WorldShape(seed=seed, slots=slots, windows=windows, unreadable=float(rng.random()) < 0.2)
    return Setup(
        shape=shape,
        shards=int(rng.integers(1, 4)),
        params=params,
        limits=limits,
        burn_in=int(rng.integers(0, 3)),
        active_every=int(rng.integers(1, 5)),
    )


def identity(run_id: str, seed: int) -> RunIdentity:
    """The identity of a run in the small world."""
    return identity_of(run_id, parts().settings, seed, feed="small")


def identity_of(run_id: str, settings: Settings, seed: int, *, feed: str) -> RunIdentity:
    """A run's identity without a clock: a simulated run happens at no time of ours."""
    return RunIdentity(
        run_id=run_id,
        git_sha="simulated",
        started_at="1970-01-01T00:00:00.000Z",
        python_version=platform.python_version(),
        config_hash=settings_hash(settings),
        prompt_bundle_hash="0" * 64,
        paper_mode=True,
        feed=feed,
        venue="paper",
        seed=seed,
    )


def paper_of(engine: MarketEngine) -> PaperVenue:
    """The venue of a simulated market, which is on paper."""
    assert isinstance(engine.venue, PaperVenue), "every simulated market trades on paper"
    return engine.venue
