"""The plan of a world: which markets exist, from when to when, what they ask and in which words."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import Enum, unique
from typing import Final

import numpy as np

from astra_actors.feeds.world import questions
from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.questions import Wording
from astra_actors.feeds.world.spot import STEP_NS, STEP_S, UNDERLYINGS, SpotPaths
from astra_actors.kernel.rng import stream
from astra_actors.kernel.units import YEAR_S
from astra_actors.market.instrument import Instrument, MarketListing

STEPS_PER_DAY: Final = 86_400 // STEP_S


@unique
class Kind(Enum):
    """What decides a market."""

    CLOSE = "close"  # a price at the closing moment
    TOUCH_UP = "touch_up"  # a price any time before
    TOUCH_DOWN = "touch_down"
    SINGLE = "single"  # an event of its own
    RACE = "race"  # one leg of an event with one winner


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSpec:
    """One market as the world plans it: its listing, its steps on the grid, and what decides it."""

    listing: MarketListing
    kind: Kind
    open_step: int
    close_step: int
    level: float = 0.0  # crypto: the price at which YES begins, rounding taken into account
    leg: int = 0
    legs: int = 1

    @property
    def market_id(self) -> str:
        return self.listing.instrument.market_id

    @property
    def can_void(self) -> bool:
        """Only the rules of single events know a 50-50."""
        return self.kind is Kind.SINGLE


@dataclass(frozen=True, slots=True)
class Horizon:
    """The run on the 60-second grid; `settle_steps` before the end belong to settlements."""

    start_ns: int
    steps: int
    settle_steps: int

    @classmethod
    def of(cls, start_ns: int, days: float) -> Horizon:
        steps = round(days * STEPS_PER_DAY)
        return cls(start_ns, steps, max(3, min(360, steps // 25)))  # six hours, or 4 % of a short run

    def ns(self, step: int) -> int:
        return self.start_ns + step * STEP_NS


class Planner:
    """Deals families of markets from a shuffled deck until the world is full."""

    def __init__(self, params: WorldParams, *, seed: int, horizon: Horizon, spot: SpotPaths) -> None:
        self._params, self._seed, self._horizon, self._spot = params, seed, horizon, spot
        self._rng = stream(seed, "world", "plan")
        days = horizon.steps / STEPS_PER_DAY
        self._life_max = min(params.life_days_max, 0.6 * days)
        self._life_min = min(params.life_days_min, 0.25 * days, self._life_max)

    def plan(self, markets: int) -> tuple[MarketSpec, ...]:
        """Exactly `markets` markets in the order in which they open."""
        families = self._deal(markets)
        lifetimes = self._lifetimes(len(families))
        specs: list[MarketSpec] = []
        for number, ((category, size), (opens, closes)) in enumerate(zip(families, lifetimes, strict=True)):
            specs += self._family(number, category, size, opens, closes)
        specs = self._spoil(specs)
        return tuple(sorted(specs, key=lambda spec: (spec.open_step, spec.market_id)))

    def _deal(self, markets: int) -> list[tuple[str, int]]:
        deck = self._deck()
        families: list[tuple[str, int]] = []
        left = markets
        while left:
            category = deck[len(families) % len(deck)]
            size = 1
            if category == "crypto":
                size = min(int(self._rng.integers(1, 4)), left)
            elif category in ("politics", "league"):
                size = min(int(self._rng.integers(3, 7)), left)
                if size < 3:
                    category, size = "sports", 1
            families.append((category, size))
            left -= size
        return families

    def _deck(self) -> list[str]:
        p = self._params
        counts = {
            "crypto": p.crypto_families, "sports": p.sports_families, "macro": p.macro_families,
            "weather": p.weather_families, "politics": p.politics_races, "league": p.sports_races,
        }  # fmt: skip
        first = [name for name, count in counts.items() if count]  # one of each first: small worlds are mixed as well
        rest = [name for name, count in counts.items() for _ in range(count - 1)]
        self._rng.shuffle(rest)
        return (first + rest) or ["sports"]

    def _lifetimes(self, families: int) -> list[tuple[int, int]]:
        """Closes are spread evenly, so that about the same number of markets is open at any time."""
        last = self._horizon.steps - self._horizon.settle_steps
        shortest = max(2, round(self._life_min * STEPS_PER_DAY))
        grid = 60 if shortest >= 720 else 5 if shortest >= 60 else 1  # a round hour where there is room for it
        slots = (np.arange(families) + self._rng.random(families)) / families
        self._rng.shuffle(slots)
        lives = self._rng.uniform(self._life_min, self._life_max, families) * STEPS_PER_DAY
        out: list[tuple[int, int]] = []
        for slot, life in zip(slots.tolist(), lives.tolist(), strict=True):
            closes = min(round((shortest + slot * (last - shortest)) / grid) * grid, last // grid * grid)
            closes = max(closes, 2)
            out.append((max(0, min(closes - round(life), closes - 2)), closes))
        return out

    def _family(self, number: int, category: str, size: int, opens: int, closes: int) -> list[MarketSpec]:
        event_id = f"event-{self._hex('event', number)[:16]}"
        if category == "crypto":
            return self._ladder(number, event_id, size, opens, closes)
        close_ns = self._horizon.ns(closes)
        if category in ("politics", "league"):
            kind, wordings = Kind.RACE, questions.race(self._rng, category, size, close_ns)
        else:
            kind, wordings = Kind.SINGLE, [questions.single(self._rng, category, close_ns)]
        return [
            MarketSpec(
                listing=self._listing(number, leg, event_id, wording, opens, closes, neg_risk=kind is Kind.RACE),
                kind=kind,
                open_step=opens,
                close_step=closes,
                leg=leg,
                legs=size,
            )
            for leg, wording in enumerate(wordings)
        ]

    def _ladder(self, number: int, event_id: str, size: int, opens: int, closes: int) -> list[MarketSpec]:
        coin = UNDERLYINGS[int(self._rng.integers(0, 3))]
        kind = (Kind.CLOSE, Kind.TOUCH_UP, Kind.TOUCH_DOWN)[int(self._rng.integers(0, 3))]
        spot = float(self._spot.path(coin, opens, opens)[0])
        deviation = self._spot.sigma[coin] * float(np.sqrt((closes - opens) * STEP_S / YEAR_S))
        specs: list[MarketSpec] = []
        for leg, strike in enumerate(_strikes(self._rng, kind, spot, deviation, size)):
            wording = questions.crypto(coin, kind.value, strike, self._horizon.ns(closes))
            specs.append(
                MarketSpec(
                    listing=self._listing(number, leg, event_id, wording, opens, closes, neg_risk=False),
                    kind=kind,
                    open_step=opens,
                    close_step=closes,
                    # rounded down to a dollar, "X or lower" already holds just under X + 1
                    level=float(strike + 1 if kind is Kind.TOUCH_DOWN else strike),
                    leg=leg,
                    legs=size,
                )
            )
        return specs

    def _listing(
        self, number: int, leg: int, event_id: str, wording: Wording, opens: int, closes: int, *, neg_risk: bool
    ) -> MarketListing:
        fine = float(self._rng.random()) < self._params.fine_tick_share
        market_hex = self._hex("market", number, leg)
        instrument = Instrument(
            market_id=f"0x{market_hex}",
            yes_asset=str(int(self._hex("yes", number, leg), 16)),
            no_asset=str(int(self._hex("no", number, leg), 16)),
            tick_e4=10 if fine else 100,
            neg_risk=neg_risk,
            fees=wording.fees,
        )
        p = self._params
        daily = p.events_per_minute * 1_440 * 0.15 * 60 * 0.5  # trades a day × shares × half a dollar, roughly
        return MarketListing(
            instrument=instrument,
            question=wording.question,
            rules=wording.rules,
            category=wording.category,
            event_id=event_id,
            slug=f"{wording.slug}-{market_hex[:6]}",
            event_type=wording.event_type,
            tags=wording.tags,
            open_ns=self._horizon.ns(opens),
            close_ns=self._horizon.ns(closes),
            synthetic=True,
            volume24h_usd=round(daily * float(self._rng.lognormal(0.0, 0.5)), 2),
            liquidity_usd=round(p.depth_median_shares * 8 * float(self._rng.lognormal(0.3, 0.5)), 2),
            outcomes=wording.outcomes,
            underlying=wording.underlying,
        )

    def _spoil(self, specs: list[MarketSpec]) -> list[MarketSpec]:
        """Make a few listings unreadable as real ones are; never a leg of a race: its event must stay whole."""
        candidates = [at for at, spec in enumerate(specs) if spec.kind is not Kind.RACE]
        wanted = min(round(self._params.unreadable_share * len(specs)), len(candidates))
        chosen = self._rng.choice(len(candidates), wanted, replace=False).tolist()
        for flaw, pick in enumerate(sorted(chosen)):
            at = candidates[pick]
            specs[at] = replace(specs[at], listing=questions.spoil(specs[at].listing, flaw))
        return specs

    def _hex(self, *names: str | int) -> str:
        text = "\x1f".join(str(part) for part in (self._seed, "world", *names))
        return hashlib.blake2b(text.encode(), digest_size=32).hexdigest()


def _strikes(rng: np.random.Generator, kind: Kind, spot: float, deviation: float, size: int) -> list[int]:
    """Round strikes around spot, spaced so that none is hopeless when the market opens."""
    low, high = (-0.8, 0.8) if kind is Kind.CLOSE else (0.45, 1.3)
    sign = -1.0 if kind is Kind.TOUCH_DOWN else 1.0
    step = _round_step(spot * deviation / 6)
    strikes: list[int] = []
    for leg in range(size):
        z = low + (high - low) * (leg + float(rng.random())) / size
        strike = round(spot * float(np.exp(sign * z * deviation)) / step) * step
        if kind is Kind.TOUCH_UP:
            strike = max(strike, (int(spot) // step + 1) * step)
        elif kind is Kind.TOUCH_DOWN:
            strike = min(strike, (int(spot) - 2) // step * step)
        while strike in strikes:
            strike += step if sign > 0 else -step
        strikes.append(strike)
    return strikes


def _round_step(width: float) -> int:
    return max((step for step in (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000) if step <= width), default=1)
