"""The sections of the settings that belong to no room of their own: the run, the gates together, supervision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Interval, Len

from astra_actors.gates.params import EvParams, MarketGateParams

Seconds = Annotated[float, Gt(0)]
Count = Annotated[int, Ge(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What is run, on how much money, how fast it looks around, and where it writes."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    feed: Literal["world", "tape", "polymarket"] = "world"  # needs no network, no keys, no recordings
    venue: Literal["paper", "clob"] = "paper"  # orders go nowhere but into the simulation
    bankroll_usd: Annotated[Decimal, Gt(0)] = Decimal(5_000)  # methods §18.8
    seed: Annotated[int, Interval(ge=0, le=2**53 - 1)] = 12_345  # methods §18.8; any other is as good
    days: Annotated[float, Interval(gt=0, le=3_650)] = 30.0  # a month of virtual burn-in, what the readiness gate asks
    speed: Annotated[float, Ge(0)] = 0.0  # virtual seconds a second; 0 is as fast as the machine can
    window_s: Annotated[int, Ge(1)] = 600  # a Ray hop is paid once a window: 144 a virtual day
    evaluate_every_s: Annotated[int, Ge(1)] = 900  # a quiet market is looked at four times an hour
    evaluate_min_gap_s: Annotated[int, Ge(0)] = 60  # a lively one at most once a minute (§18.8: fast scan 60 s)
    move_trigger_e4: Annotated[int, Ge(1)] = 150  # a mid that moved 1.5 cents since the last look is worth another
    estimate_step: Annotated[float, Interval(ge=0, le=1)] = 0.005  # an estimate is recorded when it moved half a point
    snapshot_every_s: Annotated[int, Ge(1)] = 3_600  # enough for a picture of a market's life, small enough to keep
    wanted_usd: Annotated[Decimal, Gt(0)] = Decimal(50)  # a quotable market asks for its whole 1 % cap
    calendar_speed: Annotated[float, Interval(ge=1, le=100_000)] = 1.0  # more only where `astra exchange` hurries
    actors: Annotated[int, Interval(ge=1, le=64)] = 2  # one market actor a core of a small machine
    data_dir: Annotated[str, Len(1)] = "data"
    tape_paths: tuple[str, ...] = ()
    markets: Annotated[int, Interval(ge=1, le=100_000)] = 400  # of a world, over the run; a fifth is open at once
    dashboard: bool = True  # Ray's own page on loopback, where every actor shows what it does


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """The gates every wish passes, in the order in which they are asked."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    market: MarketGateParams = field(default_factory=MarketGateParams)
    ev: EvParams = field(default_factory=EvParams)
    ev_overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # strategy → some fields of `ev`

    def ev_for(self, strategy: str) -> EvParams:
        """The EV gate of one strategy: the common one with its own differences."""
        return replace(self.ev, **self.ev_overrides.get(strategy, {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionSettings:
    """When the tree counts as alive, and how often a part may die before the next level answers for it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    heartbeat_s: Seconds = 60.0  # its own timer, whatever the cycle does (methods §19.4 #57)
    burn_in_cycles: Annotated[int, Ge(0)] = 3  # clean monitor-only cycles before any position (§18.8)
    burn_in_failures_max: Count = 10  # §18.8
    hang_s: Seconds = 30.0  # no progress for this long although the process lives; a window takes well under a second
    start_timeout_s: Seconds = 60.0  # a worker process of Ray starts in about two seconds on an idle machine
    stop_timeout_s: Seconds = (
        5.0  # for a child to end in good order; the last commit and its backup take about a second
    )
    pulse_timeout_s: Seconds = (
        60.0  # a child without a Supervisor ends itself; one is back within 20 s on a busy machine
    )
    restart_deaths_max: Count = 5  # deaths within the window below; one more escalates
    restart_window_s: Seconds = 300.0
    lease_s: Seconds = 30.0  # live: a market that heard nothing for this long pulls its quotes
    takeover_margin_s: Seconds = 2.0  # live: clocks of two hosts lie milliseconds apart, pulling a quote takes 0.1 s
