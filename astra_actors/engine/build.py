"""From settings to running parts: which feed, which parameters, which strategies. Used alike in this process and in actors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from astra_actors.clustering.assign import Clusterer
from astra_actors.config.entities import load_gazetteer
from astra_actors.config.load import shipped_dir
from astra_actors.config.settings import Settings
from astra_actors.definitions.registry import DefinitionRegistry
from astra_actors.engine.live_shard import LiveShard
from astra_actors.engine.params import EngineParams
from astra_actors.engine.research import Research
from astra_actors.engine.shard import Shard
from astra_actors.engine.venue_talk import VenueTalk
from astra_actors.feeds.port import ReplayableFeed, SpotSource
from astra_actors.feeds.tape import open_tape
from astra_actors.feeds.world.world import World
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_S, usd_e10
from astra_actors.strategies.base import Strategy
from astra_actors.strategies.registry import load_strategies


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSpec:
    """Which feed to open; small enough to travel, so that every actor opens its own."""

    kind: str = "world"
    seed: int = 0
    days: float = 30.0
    markets: int = 240
    tapes: tuple[str, ...] = ()

    @property
    def live(self) -> bool:
        """Whether the feed comes by itself and in real time."""
        return self.kind == "polymarket"


def open_feed(spec: FeedSpec, settings: Settings) -> tuple[ReplayableFeed, SpotSource | None]:
    """The feed, and whoever knows the price of its underlyings."""
    if spec.kind == "world":
        world = World(settings.world, seed=spec.seed, days=spec.days, markets=spec.markets)
        return world, world
    if spec.kind == "tape":
        return open_tape([Path(path) for path in spec.tapes]), None
    raise BadInput("feed", spec.kind, "a feed that can be replayed is `world` or `tape`")


def engine_params(settings: Settings, seed: int) -> EngineParams:
    """What every market's engine is set up with."""
    run, gates = settings.run, settings.gates
    return EngineParams(
        seed=seed,
        evaluate_every_ns=run.evaluate_every_s * NS_PER_S,
        evaluate_min_gap_ns=run.evaluate_min_gap_s * NS_PER_S,
        move_trigger_e4=run.move_trigger_e4,
        snapshot_every_ns=run.snapshot_every_s * NS_PER_S,
        estimate_step=run.estimate_step,
        calendar_speed=run.calendar_speed,
        wanted_e10=usd_e10(run.wanted_usd),
        signals=settings.signals,
        ev=gates.ev,
        ev_by_strategy={name: gates.ev_for(name) for name in gates.ev_overrides},
        market_gates=gates.market,
        orders=settings.orders,
        paper=settings.paper,
        estimation=settings.estimation,
    )


def open_strategies(settings: Settings) -> tuple[Strategy, ...]:
    """The strategies in the order in which they are asked."""
    return load_strategies(settings.strategies)


def open_research(settings: Settings, definitions: Path | None = None) -> Research:
    """Research with the contracts and the names that people wrote by hand, beside what it reads itself."""
    registry = DefinitionRegistry.load(definitions or shipped_dir() / "definitions.json")
    return Research(
        registry=registry,
        strategies=open_strategies(settings),
        quoteability=settings.gates.market.quoteability,
        clusterer=_shipped_clusterer(),
    )


@lru_cache(
    maxsize=1
)  # it keeps nothing of what it is asked, and a simulated house in this process opens its research anew
def _shipped_clusterer() -> Clusterer:
    return Clusterer(load_gazetteer())


def open_shard(index: int, spec: FeedSpec, settings: Settings) -> Shard:
    """One shard with a feed of its own."""
    feed, spot = open_feed(spec, settings)
    return Shard(
        index,
        feed=feed,
        spot=spot,
        params=engine_params(settings, spec.seed),
        strategies=open_strategies(settings),
    )


def open_live_shard(index: int, spec: FeedSpec, settings: Settings) -> LiveShard:
    """One shard on the venue's own stream; what it hears is handed to it."""
    return LiveShard(
        index,
        spot=None,  # every market is estimated from its book, until a price source is set up beside the stream
        params=live_params(settings, spec.seed),
        strategies=open_strategies(settings),
        stream=settings.stream,
        talk=VenueTalk() if settings.run.venue == "clob" else None,
    )


def live_params(settings: Settings, seed: int) -> EngineParams:
    """The same engine on a live feed: a book that nothing confirms is too old a little before the limit."""
    params, stream = engine_params(settings, seed), settings.stream
    quoteability = params.market_gates.quoteability
    limit_ms = max(1, stream.stale_ms_max - stream.pull_margin_ms)
    quoteability = replace(quoteability, book_age_ms_max_live=min(quoteability.book_age_ms_max_live, limit_ms))
    return replace(params, live=True, market_gates=replace(params.market_gates, quoteability=quoteability))
