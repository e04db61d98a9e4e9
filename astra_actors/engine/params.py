"""Everything one market's engine is set up with, gathered from the rooms it drives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from astra_actors.estimation.params import EstimationParams
from astra_actors.execution.params import OrderParams
from astra_actors.gates.params import EvParams, MarketGateParams
from astra_actors.kernel.units import NS_PER_S, USD_ONE_E10
from astra_actors.signals.params import SignalParams
from astra_actors.venues.paper_params import PaperParams


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParams:
    """`wanted_e10` is what a quotable market asks the Supervisor for; the cap decides what it gets."""

    seed: int = 0
    evaluate_every_ns: int = 900 * NS_PER_S
    evaluate_min_gap_ns: int = 60 * NS_PER_S
    move_trigger_e4: int = 150  # a mid that has moved this far since the last look is worth another one
    snapshot_every_ns: int = 3_600 * NS_PER_S
    estimate_step: float = 0.005  # an estimate goes on record when it has moved half a point
    wanted_e10: int = 50 * USD_ONE_E10  # 1 % of the seed's 5,000 dollars
    ring_capacity: int = 1_000
    depth_within_e4: int = 1_000  # the depth proxy looks ten cents into the book (methods §18.6)
    default_void_p: float = 0.01  # half-dollar resolutions are rare and do not happen in one-winner events
    calendar_speed: float = 1.0  # hours of the markets' own calendar in one of ours
    live: bool = False  # a live book is stale after seconds, a replayed one is as fresh as its feed
    signals: SignalParams = field(default_factory=SignalParams)
    ev: EvParams = field(default_factory=EvParams)
    ev_by_strategy: Mapping[str, EvParams] = field(default_factory=dict)
    market_gates: MarketGateParams = field(default_factory=MarketGateParams)
    orders: OrderParams = field(default_factory=OrderParams)
    paper: PaperParams = field(default_factory=PaperParams)
    estimation: EstimationParams = field(default_factory=EstimationParams)

    def ev_for(self, strategy: str) -> EvParams:
        """The EV gate's settings for one strategy."""
        return self.ev_by_strategy.get(strategy, self.ev)
