"""How a market ends and what troubles its feed: everything of its life that is not trading, planned at its birth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from astra_actors.feeds.world.listings import Horizon, Kind, MarketSpec
from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.spot import STEP_NS
from astra_actors.feeds.world.truth import Path
from astra_actors.kernel.rng import stream
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_S
from astra_actors.market.events import Event, MarketResolved, PhaseNoted

ORACLE: Final = "world-oracle"
CLOB: Final = "world-clob"
_FINALITY_STEPS: Final = 10  # a touch is final ten minutes after it appears, as its rules say


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """When trading stops, what the market paid, when the feed fails on the way, and what is said after trading."""

    stop_ns: int
    outcome: str
    outages: tuple[tuple[int, int], ...]  # (from, fresh snapshot), by the venue's clock
    notes: tuple[Event, ...]

    @property
    def over_ns(self) -> int:
        """The last event of the market."""
        return self.notes[-1].local_ns


def plan_ending(spec: MarketSpec, params: WorldParams, *, seed: int, horizon: Horizon, truth: Path) -> Ending:
    """Draw the outcome's void, the settlement and the outages of one market."""
    rng = stream(seed, "world", spec.market_id, "ending")
    outcome = "YES" if truth[-1] == 1.0 else "NO"
    if spec.can_void and float(rng.random()) < params.void_share:
        outcome = "VOID"
    stop_ns = horizon.ns(_stop_step(spec, truth))
    delay_ns = round(params.delay_ms * 1e6)
    return Ending(
        stop_ns=stop_ns,
        outcome=outcome,
        outages=_outages(rng, params, horizon.ns(spec.open_step), stop_ns),
        notes=_settlement(rng, params, spec.market_id, outcome, stop_ns, horizon.settle_steps * STEP_NS, delay_ns),
    )


def _stop_step(spec: MarketSpec, truth: Path) -> int:
    """The close; a market that was touched ends as soon as the print is final."""
    if spec.kind in (Kind.TOUCH_UP, Kind.TOUCH_DOWN) and truth[-1] == 1.0:
        return min(spec.open_step + int(truth.argmax()) + _FINALITY_STEPS, spec.close_step)
    return spec.close_step


def _outages(rng: np.random.Generator, params: WorldParams, open_ns: int, stop_ns: int) -> tuple[tuple[int, int], ...]:
    life = stop_ns - open_ns
    count = int(rng.poisson(params.interruptions_per_day * life / NS_PER_DAY))
    starts = sorted(open_ns + round(float(x) * life) for x in rng.random(count))
    out: list[tuple[int, int]] = []
    for start in starts:
        until = start + NS_PER_S + round(float(rng.exponential(params.interruption_s)) * NS_PER_S)
        if until < stop_ns and (not out or start > out[-1][1]):
            out.append((start, until))
    return tuple(out)


def _settlement(
    rng: np.random.Generator,
    params: WorldParams,
    market_id: str,
    outcome: str,
    stop_ns: int,
    room_ns: int,
    delay_ns: int,
) -> tuple[Event, ...]:
    """Proposed, then two sources minutes later; now and then they disagree first and the oracle corrects itself."""
    steps = [round(x * min(room_ns / 12, 300 * NS_PER_S)) for x in rng.uniform(0.3, 1.0, 3).tolist()]
    proposed, first, second = stop_ns + steps[0], stop_ns + steps[0] + steps[1], stop_ns + sum(steps)
    disputed = float(rng.random()) < params.dispute_share
    said = {"YES": "NO", "NO": "YES", "VOID": "NO"}[outcome] if disputed else outcome
    notes: list[Event] = [
        PhaseNoted(market_id, stop_ns + NS_PER_S, stop_ns + NS_PER_S + delay_ns, "closed"),  # after the last slow frame
        PhaseNoted(market_id, proposed, proposed + delay_ns, "proposed"),
        MarketResolved(market_id, first, first + delay_ns, said, ORACLE),
        MarketResolved(market_id, second, second + delay_ns, outcome, CLOB),
    ]
    if disputed:
        objected = second + steps[0]
        agreed = objected + round(float(rng.uniform(0.2, 0.6)) * room_ns)
        notes += [
            PhaseNoted(market_id, objected, objected + delay_ns, "disputed"),
            MarketResolved(market_id, agreed, agreed + delay_ns, outcome, ORACLE),
        ]
    return tuple(notes)
