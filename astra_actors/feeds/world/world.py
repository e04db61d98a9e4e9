"""A synthetic world as a feed: the same seed gives each market the same events, in whatever process and order asked."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from astra_actors.feeds.world.ending import plan_ending
from astra_actors.feeds.world.flow import Flow
from astra_actors.feeds.world.listings import Horizon, MarketSpec, Planner
from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.paths import TruthPaths
from astra_actors.feeds.world.spot import STEP_NS, SpotPaths
from astra_actors.feeds.world.truth import Path
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.events import Event
from astra_actors.market.instrument import MarketListing

START_NS = 1_772_323_200 * NS_PER_S  # 2026-03-01T00:00:00Z
_HELD_NS = 3_600 * NS_PER_S  # an hour of a market's past is kept, so that a window can be asked twice


class World:
    """Markets with a true probability and a crowd that misprices it. Implements `ReplayableFeed` and `SpotSource`.

    Cheap to build: a market's path is drawn when its events are first asked for, and forgotten when it is over.
    """

    name = "world"

    def __init__(
        self, params: WorldParams, seed: int, days: float = 30.0, markets: int = 240, start_ns: int = START_NS
    ) -> None:
        if not 0.05 <= days <= 3_660:
            raise BadInput("days", days, "give the world between an hour and ten years")
        if not 1 <= markets <= 100_000:
            raise BadInput("markets", markets, "give the world at least one market")
        self._params, self._seed = params, seed
        self._horizon = Horizon.of(start_ns, days)
        self._spot = SpotPaths(params, seed=seed, start_ns=start_ns, steps=self._horizon.steps)
        specs = Planner(params, seed=seed, horizon=self._horizon, spot=self._spot).plan(markets)
        self._specs = {spec.market_id: spec for spec in specs}
        self._listings = tuple(spec.listing for spec in specs)
        self._paths = TruthPaths(params, seed=seed, spot=self._spot)
        self._lives: dict[str, _Life] = {}
        self._over: dict[str, int] = {}
        self._truths: dict[str, Path] = {}

    @property
    def start_ns(self) -> int:
        """When the first market opens."""
        return self._horizon.start_ns

    @property
    def end_ns(self) -> int:
        """When everything is settled."""
        return self._horizon.ns(self._horizon.steps)

    def listings(self) -> Sequence[MarketListing]:
        """Every market of the run, in the order in which they open."""
        return self._listings

    def events(self, market_id: str, from_ns: int, to_ns: int) -> Sequence[Event]:
        """The market's events with from_ns ≤ local_ns < to_ns; asking for the past starts again from its birth."""
        spec = self._spec(market_id)
        if to_ns <= self._horizon.ns(spec.open_step) or from_ns > self._over.get(market_id, from_ns):
            self._lives.pop(market_id, None)
            return ()
        life = self._lives.get(market_id)
        if life is None or from_ns < life.held_from_ns:
            life = self._lives[market_id] = self._birth(spec)
        return life.between(from_ns, to_ns)

    def spot_at(self, underlying: str, now_ns: int) -> tuple[float, int] | None:
        """The last price of BTC, ETH or SOL at or before `now_ns`, on the 60-second grid."""
        return self._spot.spot_at(underlying, now_ns)

    def truth_at(self, market_id: str, now_ns: int) -> float:
        """The true probability of YES unless void. For tests and analyses alone: trading never sees it."""
        spec = self._spec(market_id)
        path = self._truths.get(market_id)
        if path is None:
            self._truths = {market_id: (path := self._paths.of(spec))}  # analyses ask one market at a time
        step = (now_ns - self._horizon.ns(spec.open_step)) // STEP_NS
        return float(path[min(max(step, 0), len(path) - 1)])

    def _spec(self, market_id: str) -> MarketSpec:
        try:
            return self._specs[market_id]
        except KeyError:
            raise BadInput("market_id", market_id, "ask for a market of this world's listings") from None

    def _birth(self, spec: MarketSpec) -> _Life:
        path = self._paths.of(spec)
        ending = plan_ending(spec, self._params, seed=self._seed, horizon=self._horizon, truth=path)
        self._over[spec.market_id] = ending.over_ns
        open_ns = self._horizon.ns(spec.open_step)
        return _Life(Flow(spec, self._params, seed=self._seed, open_ns=open_ns, truth=path, ending=ending))


class _Life:
    """One market's events as far as they were asked for; what is older than an hour and a chunk is dropped."""

    __slots__ = ("_events", "_flow", "_times", "held_from_ns")

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._events: list[Event] = []
        self._times: list[int] = []
        self.held_from_ns = 0

    def between(self, from_ns: int, to_ns: int) -> Sequence[Event]:
        begins = self._flow.next_ns
        if begins is None or begins >= to_ns:
            return self._cut(from_ns, to_ns)
        out: list[Event] = []
        while begins is not None and begins < to_ns:
            chunk = self._flow.chunk()
            out += self._cut(from_ns, begins)  # what the chunk's arrival may push out
            from_ns = max(from_ns, begins)
            self._forget(begins - _HELD_NS)
            self._events += chunk
            self._times += [event.local_ns for event in chunk]
            begins = self._flow.next_ns
        return [*out, *self._cut(from_ns, to_ns)]

    def _cut(self, from_ns: int, to_ns: int) -> list[Event]:
        times = self._times
        low = bisect_left(times, from_ns)
        return self._events[low : bisect_left(times, to_ns, low)] if low < len(times) else []

    def _forget(self, before_ns: int) -> None:
        keep = bisect_left(self._times, before_ns)
        if keep:
            del self._events[:keep]
            del self._times[:keep]
            self.held_from_ns = before_ns
