"""What each market asks, and the rules that decide it, in the shapes the definition reader knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import numpy as np

from astra_actors.feeds.world import names
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.instrument import Category, FeeSchedule, MarketListing

_FEES: Final = {  # taker rate and maker's rebate share by category (polymarket.md 8.1)
    Category.CRYPTO: FeeSchedule(rate=Decimal("0.07"), rebate_share=Decimal("0.20")),
    Category.SPORTS: FeeSchedule(rate=Decimal("0.05"), rebate_share=Decimal("0.15")),
    Category.POLITICS: FeeSchedule(rate=Decimal("0.04"), rebate_share=Decimal("0.25")),
    Category.MACRO: FeeSchedule(rate=Decimal("0.05"), rebate_share=Decimal("0.25")),
    Category.WEATHER: FeeSchedule(rate=Decimal("0.05"), rebate_share=Decimal("0.25")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Everything of a listing that is words."""

    question: str
    rules: str
    category: Category
    slug: str
    event_type: str
    tags: tuple[str, ...]
    underlying: str = ""
    outcomes: tuple[str, ...] = ("Yes", "No")

    @property
    def fees(self) -> FeeSchedule:
        return _FEES[self.category]


def crypto(underlying: str, kind: str, strike: int, close_ns: int) -> Wording:
    """A price threshold, at the close or touched before it."""
    coin, at, day = names.COINS[underlying], _iso(close_ns), _day(close_ns)
    source = (
        f"according to the Astra World {underlying}/USD feed. "
        "The price is rounded down to a whole dollar before it is compared."
    )
    if kind == "close":
        question = f"Will {coin} be at or above ${strike:,} on {day}?"
        what = f"is at or above ${strike:,} at {at}, {source} The price at that time is final."
    else:
        verb, side = ("touch", "higher") if kind == "touch_up" else ("fall to", "lower")
        question = f"Will {coin} {verb} ${strike:,} or {side} before {day}?"
        said = "touches" if kind == "touch_up" else "falls to"
        what = (
            f"{said} ${strike:,} or {side} at any time before {at}, {source} "
            "The print is final 10 minutes after it appears."
        )
    return Wording(
        question=question,
        rules=f'This market will resolve to "Yes" if the price of {coin} {what}',
        category=Category.CRYPTO,
        slug=f"{coin.lower()}-{kind.replace('_', '-')}-{strike}",
        event_type="crypto",
        tags=("crypto", coin.lower()),
        underlying=underlying,
    )


def single(rng: np.random.Generator, category: str, close_ns: int) -> Wording:
    """One match, one release, or one day's weather."""
    day = _day(close_ns)
    if category == "sports":
        home, away = _teams(rng, 2)
        question, what = (
            f"Will the {home} beat the {away} on {day}?",
            f"the {home} beat the {away} in their match on {day}",
        )
        source, slug, kind, tag = "the Astra World League results page", "match", Category.SPORTS, "football"
    elif category == "macro":
        country, level = _pick(rng, names.COUNTRIES), int(rng.integers(1, 6))
        question = f"Will {country} report monthly inflation of 0.{level}% or more on {day}?"
        what = f"the monthly inflation rate that {country} reports on {day} is 0.{level}% or more"
        source, slug, kind, tag = f"the {country} statistics bureau", "inflation", Category.MACRO, "inflation"
    else:
        city, degrees = _pick(rng, names.CITIES), int(rng.integers(-5, 36))
        question = f"Will the temperature in {city} reach {degrees} degrees on {day}?"
        what = f"the highest temperature in {city} on {day} is {degrees} degrees Celsius or more"
        source, slug, kind, tag = f"the {city} weather station", "temperature", Category.WEATHER, "temperature"
    return Wording(
        question=question,
        rules=f'This market will resolve to "Yes" if {what}, according to {source}, at {_iso(close_ns)}. '
        "If the result cannot be determined by then, it resolves 50-50.",
        category=kind,
        slug=slug,
        event_type="sports" if kind is Category.SPORTS else "other",
        tags=(kind.value, tag),
    )


def race(rng: np.random.Generator, category: str, legs: int, close_ns: int) -> list[Wording]:
    """One winner out of several: an election or a cup. The legs share their event."""
    politics = category == "politics"
    if politics:
        country, office = _pick(rng, names.COUNTRIES), _pick(rng, names.OFFICES)
        prize, source = f"the election for {office} of {country}", f"the {country} electoral commission"
        runners = [names.PEOPLE[i] for i in rng.permutation(len(names.PEOPLE))[:legs].tolist()]
    else:
        city = _pick(rng, names.CITIES)
        prize, source = f"the {city} Cup", "the Astra World League results page"
        runners = [f"the {team}" for team in _teams(rng, legs)]
    return [
        Wording(
            question=f"Will {runner} win {prize}?",
            rules=f'This market will resolve to "Yes" if {runner} wins {prize}, according to {source}, '
            f'at {_iso(close_ns)}. Exactly one of the listed outcomes resolves to "Yes".',
            category=Category.POLITICS if politics else Category.SPORTS,
            slug="winner",
            event_type="election" if politics else "sports",
            tags=("politics", "election") if politics else ("sports", "cup"),
        )
        for runner in runners
    ]


def spoil(listing: MarketListing, flaw: int) -> MarketListing:
    """Take away what a definition cannot be read without: the source, the two outcomes, or the date."""
    day = _day(listing.close_ns or 0)
    subject = listing.rules.partition(" if ")[2].partition(", according to")[0].partition(" at 20")[0]
    subject = subject.partition(" at any time")[0].replace(f" on {day}", "")
    if flaw % 3 == 0:
        return replace(listing, rules=f'This market will resolve to "Yes" if {subject}.')
    if flaw % 3 == 1:
        return replace(
            listing, rules=f"{listing.rules} A tie resolves to the third outcome.", outcomes=("Yes", "No", "Tie")
        )
    question = listing.question.replace(f" on {day}", "").replace(f" before {day}", "")
    rules = f'This market will resolve to "Yes" if {subject}, some day.'
    return replace(listing, question=question, rules=rules, close_ns=None)


def _teams(rng: np.random.Generator, count: int) -> list[str]:
    cities = rng.permutation(len(names.CITIES))[:count].tolist()
    return [f"{names.CITIES[i]} {_pick(rng, names.CLUBS)}" for i in cities]


def _pick(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    return options[int(rng.integers(0, len(options)))]


def _iso(ns: int) -> str:
    return f"{datetime.fromtimestamp(ns // NS_PER_S, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _day(ns: int) -> str:
    moment = datetime.fromtimestamp(ns // NS_PER_S, UTC)
    return f"{names.MONTHS[moment.month - 1]} {moment.day}"
