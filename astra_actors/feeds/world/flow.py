"""The life of one synthetic market as events: makers who follow the crowd late, takers who know, takers who do not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Final

import numpy as np
from numpy.typing import NDArray

from astra_actors.feeds.world.crowd import Crowd, Lesson
from astra_actors.feeds.world.ending import Ending
from astra_actors.feeds.world.listings import MarketSpec
from astra_actors.feeds.world.makers import EDGE_E4, FINE_TICK, Makers
from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.shown_book import ShownBook
from astra_actors.feeds.world.spot import STEP_NS, STEP_S
from astra_actors.feeds.world.truth import Path
from astra_actors.kernel.rng import stream
from astra_actors.kernel.units import NS_PER_MS, PRICE_ONE_E4
from astra_actors.market.events import Event

CHUNK_STEPS: Final = 480  # eight hours at once: few enough to hold, many enough to draw in blocks
_EVENTS_PER_ACTION: Final = 2.1  # measured over default worlds: turns events a minute into actions a minute
_CENT_SHARE: Final = 10_000  # sizes have two decimals of a share
_REACH_E4: Final = 600  # six cents from what the crowd believes, a taker without information looks elsewhere
_INFORMED_SIZE: Final = 3.0  # who knows, takes more
_SURE_E4: Final = 20.0  # trades make nobody surer than this, one way or the other


@dataclass(frozen=True, slots=True)
class Actions:
    """One chunk's draws, one element an action; plain lists, because the loop over them is the hot path."""

    venue_ns: list[int]
    delay_ns: list[int]
    step: list[int]
    odds: list[float]  # what the crowd believes, as log-odds
    behind: list[float]  # what of the truth it has not noticed yet
    buy_below_e4: list[float]  # who knows the truth buys what is offered below
    sell_above_e4: list[float]
    informed: list[bool]
    noise: list[bool]
    dice: list[float]


class Flow:
    """Generates one market's events chunk by chunk from its birth; a chunk's draws do not depend on who asked when."""

    __slots__ = (
        "_book", "_chunk", "_crowd", "_ending", "_fee", "_lesson", "_makers", "_open_ns", "_outages",
        "_params", "_seed", "_spec", "_trade_sizes", "_truth", "_wake_ns",
    )  # fmt: skip

    def __init__(
        self, spec: MarketSpec, params: WorldParams, *, seed: int, open_ns: int, truth: Path, ending: Ending
    ) -> None:
        self._spec, self._params, self._seed, self._open_ns = spec, params, seed, open_ns
        self._truth, self._ending = truth, ending
        self._crowd, self._lesson = Crowd(params), Lesson(params)
        self._book = ShownBook(
            spec.listing.instrument,
            venue_ns=open_ns,
            delay_ns=round(params.delay_ms * NS_PER_MS),
            flag_wrong=params.flag_wrong_share,
        )
        self._makers = Makers(params, self._book, stream(seed, "world", spec.market_id, "makers"))
        fees = spec.listing.instrument.fees
        self._fee = float(fees.rate) if fees is not None else 0.0
        self._trade_sizes: Iterator[float] = iter(())
        self._chunk = 0
        self._outages = [moment for outage in ending.outages for moment in outage]
        self._wake_ns = self._outages[0] if self._outages else ending.over_ns

    @property
    def next_ns(self) -> int | None:
        """Venue time at which the next chunk begins; None when everything has been told."""
        begins = self._open_ns + self._chunk * CHUNK_STEPS * STEP_NS
        return begins if begins <= self._ending.stop_ns else None

    def chunk(self) -> list[Event]:
        """The events of the next chunk, in order of local time."""
        first = self._chunk * CHUNK_STEPS
        begins = self._open_ns + first * STEP_NS
        ends = min(begins + CHUNK_STEPS * STEP_NS, self._ending.stop_ns)
        book = self._book
        book.out = []
        if ends > begins:
            rng = stream(self._seed, "world", self._spec.market_id, "flow", self._chunk)
            truth = self._truth[first : first + -(-(ends - begins) // STEP_NS)]
            self._play(self._draw(rng, begins, ends, truth))
            if ends > self._wake_ns:
                self._outage(ends)
        self._chunk += 1
        if self.next_ns is None:
            book.out += self._ending.notes
        return book.out

    def _draw(self, rng: np.random.Generator, begins: int, ends: int, truth: Path) -> Actions:
        """Everything random of one chunk, in blocks and in a fixed order."""
        params = self._params
        odds, behind = self._crowd.stretch(truth, rng)
        seconds = self._moments(rng, begins, (ends - begins) / 1e9, truth, odds)
        count = len(seconds)
        self._makers.sizes = cycle(np.exp(rng.standard_normal(count + 64) * params.depth_level_sigma).tolist())
        shares = params.trade_median_shares * np.exp(rng.standard_normal(count + 1) * params.trade_sigma)
        self._trade_sizes = cycle(np.clip(shares, 1.0, params.trade_shares_max).tolist())
        step = (seconds / STEP_S).astype(np.int64)
        who = rng.random(count)
        true_e4 = (truth * PRICE_ONE_E4)[step]
        edge_e4 = params.informed_edge_e4 + self._fee * (truth * (1.0 - truth) * PRICE_ONE_E4)[step]
        actions = Actions(
            (begins + (seconds * 1e3).astype(np.int64) * NS_PER_MS).tolist(),
            (params.delay_ms * NS_PER_MS * rng.lognormal(0.0, 0.3, count)).astype(np.int64).tolist(),
            step.tolist(),
            odds[step].tolist(),
            behind[step].tolist(),
            (true_e4 - edge_e4).tolist(),
            (true_e4 + edge_e4).tolist(),
            (who < params.informed_share).tolist(),
            (who > 1.0 - params.noise_share).tolist(),
            rng.random(count).tolist(),
        )
        if self._chunk == 0:
            self._makers.build(PRICE_ONE_E4 / (1.0 + math.exp(-float(odds[0]))))
            self._book.snapshot()
        return actions

    def _moments(
        self, rng: np.random.Generator, begins: int, length_s: float, truth: Path, odds: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """When somebody acts, in seconds: more while the price moves, while it is wrong, and near the close."""
        params = self._params
        believed = 1.0 / (1.0 + np.exp(-odds))
        moved_cents = np.abs(np.diff(believed, prepend=believed[0])) * 100
        wrong_cents = np.abs(truth - believed) * 100
        left_s = (self._ending.stop_ns - begins) / 1e9 - np.arange(len(odds)) * STEP_S
        rate = 0.55 + 0.6 * np.minimum(moved_cents, 4.0) + 0.05 * np.minimum(wrong_cents, 12.0)
        rate *= 1.0 + params.close_boost * np.exp(-left_s / 3_600)
        counts = rng.poisson(rate * (params.events_per_minute / _EVENTS_PER_ACTION))
        steps = np.repeat(np.arange(len(odds)), counts)
        seconds = np.sort((steps + rng.random(len(steps))) * STEP_S)
        return _without_gaps(seconds[seconds < length_s], length_s, params.quiet_s_max)

    def _play(self, actions: Actions) -> None:
        """Let each action meet the book it finds: an informed taker, a taker without information, or the makers."""
        book, makers, lesson, exp, before = self._book, self._makers, self._lesson, math.exp, 0
        for venue_ns, delay_ns, step, odds, behind, buy_below, sell_above, informed, noise, dice in zip(
            actions.venue_ns, actions.delay_ns, actions.step, actions.odds, actions.behind,
            actions.buy_below_e4, actions.sell_above_e4, actions.informed, actions.noise, actions.dice,
            strict=True,
        ):  # fmt: skip
            if venue_ns >= self._wake_ns:
                self._outage(venue_ns)
            book.move_to(venue_ns, delay_ns)
            if step > before:
                lesson.fade(step - before)
                before = step
            centre = PRICE_ONE_E4 / (1.0 + exp(-odds - lesson.early - lesson.opinion))
            if informed and (buy_below > book.best_ask or sell_above < book.best_bid):
                lesson.learn(self._inform(centre, buy_below, sell_above, dice), behind)
            elif (centre < EDGE_E4 or centre > PRICE_ONE_E4 - EDGE_E4) and book.tick > FINE_TICK:
                makers.refine(centre)
            elif noise and self._wander(centre, buy_below, sell_above, dice):
                if book.swept_to:
                    lesson.learn(self._impact(centre, dice < 0.5), behind)
            else:
                makers.act(centre, dice)
        lesson.fade(CHUNK_STEPS - before)

    def _inform(self, centre: float, buy_below: float, sell_above: float, dice: float) -> float:
        """One informed trade; returns by how much it moves the crowd's log-odds towards the truth."""
        buys = buy_below > self._book.best_ask
        size = int(next(self._trade_sizes) * _INFORMED_SIZE * 100) * _CENT_SHARE
        self._book.take(buys=buys, size=size, limit=int(buy_below) if buys else int(sell_above) + 1, dice=dice)
        pull = self._params.informed_pull * (_log_odds((buy_below + sell_above) / 2) - _log_odds(centre))
        impact = self._impact(centre, buys)
        return impact if abs(impact) > abs(pull) else pull

    def _wander(self, centre: float, buy_below: float, sell_above: float, dice: float) -> bool:
        """One trade of a taker without information; False where nothing is on offer near the centre.

        Who wants more than the touch shows has mostly learnt something: then the truth bounds how far the sweep goes.
        """
        book, buys = self._book, dice < 0.5
        size = int(next(self._trade_sizes) * 100) * _CENT_SHARE
        limit = int(centre + _REACH_E4 if buys else centre - _REACH_E4)
        if (dice * 1024.0) % 1.0 < self._params.sweep_informed_share:
            limit = (
                min(limit, max(book.best_ask, int(buy_below)))
                if buys
                else max(limit, min(book.best_bid, int(sell_above) + 1))
            )
        return book.take(buys=buys, size=size, limit=limit, dice=dice) > 0

    def _impact(self, centre: float, buys: bool) -> float:
        """By how much the crowd's log-odds follow the sweep that has just happened; 0 where the touch withstood it."""
        swept_to = self._book.swept_to
        if not swept_to or (swept_to <= centre if buys else swept_to >= centre):
            return 0.0  # a stale level was taken on the near side of what the crowd believes already
        return _log_odds(centre + self._params.sweep_impact_share * (swept_to - centre)) - _log_odds(centre)

    def _outage(self, now_ns: int) -> None:
        """Stop or resume telling, as often as that fell due by `now_ns`."""
        book, outages = self._book, self._outages
        while outages and outages[0] <= now_ns:
            book.move_to(outages.pop(0), book.delay_ns)
            if book.mute:
                book.resume()
            else:
                book.interrupt()
        self._wake_ns = outages[0] if outages else self._ending.over_ns


def _without_gaps(seconds: NDArray[np.float64], length_s: float, quiet_max: float) -> NDArray[np.float64]:
    """Put an action into the middle of every silence that is too long."""
    edges = np.concatenate(([-quiet_max / 2], seconds, [length_s + quiet_max / 2]))  # a silence goes on next door
    gaps = np.diff(edges)
    parts = np.ceil(gaps / quiet_max).astype(np.int64)
    if not (parts > 1).any():
        return seconds
    starts, gaps, parts = edges[:-1][parts > 1], gaps[parts > 1], parts[parts > 1]
    pieces = np.repeat(gaps / parts, parts - 1)
    index = np.arange(len(pieces)) - np.repeat(np.cumsum(parts - 1) - (parts - 1), parts - 1) + 1
    extra = np.repeat(starts, parts - 1) + index * pieces
    return np.sort(np.concatenate((seconds, extra[(extra >= 0) & (extra < length_s)])))


def _log_odds(price_e4: float) -> float:
    p = min(max(price_e4, _SURE_E4), PRICE_ONE_E4 - _SURE_E4)
    return math.log(p / (PRICE_ONE_E4 - p))
