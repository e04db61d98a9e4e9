"""Which clusters a market belongs to and why: a person's word, then the exchange, then the gazetteer, then bare names.

A market is read alone, from what its listing says and one version of the gazetteer, so the answer is the same whoever
asks, in whatever order markets appear. It belongs to several clusters and counts against the cap of each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from astra_actors.clustering.gazetteer import Gazetteer
from astra_actors.clustering.ladder import ladder_of
from astra_actors.clustering.matcher import Hit, Matcher
from astra_actors.clustering.matches import match_of
from astra_actors.clustering.names import key_of, names_in
from astra_actors.clustering.words import Words, words_of

NAMES_MAX: Final = 6  # of one market: every cluster is a cap to reckon with, and a hostile question is all capitals


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketWords:
    """What of a listing its clusters are read from."""

    market_id: str
    question: str
    event_id: str = ""
    neg_risk: bool = False
    category: str = ""
    tags: tuple[str, ...] = ()
    underlying: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The clusters of one market, most specific first, each with its reason. `entities` are all that were recognised."""

    market_id: str
    clusters: tuple[str, ...]
    why: Mapping[str, str]
    entities: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # names that the gazetteer does not know
    unseen: bool = False  # the gazetteer knows nothing, or nothing narrow enough, of what the market is about


class Clusterer:
    """Assign markets to clusters by one gazetteer; keeps nothing of what it was asked."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._matcher = Matcher(gazetteer)
        self._implied = {name: gazetteer.implied_by(name) for name in gazetteer.entities}

    def assign(self, market: MarketWords) -> Assignment:
        """The market's clusters; there is always at least one."""
        words = words_of(market.question)
        context = words_of(" ".join((market.category, *market.tags))).small if market.tags or market.category else ()
        hits = self._matcher.hits(words, context)
        why = _structure(market)
        underlying = self._underlying(market)
        if market.underlying and not underlying:
            why[f"underlying:{market.underlying}"] = f"the price of {market.underlying} settles it"
        if match := match_of(words):
            why[f"match:{match}"] = "it is about these two sides"
        entities = self._entities(hits, underlying, why)
        names = names_in(words, {at for hit in hits for at in range(hit.first, hit.last)})
        tagged = any(cluster.startswith("entity:") for cluster in why)
        why |= _guessed(market, words, names, tagged=tagged)
        override = self.gazetteer.overrides.get(market.market_id)
        if override is not None:
            why = dict.fromkeys(override.clusters, f"set by hand: {override.reason}")
        why = why or {f"market:{market.market_id}": "nothing in its words hangs together with another market"}
        return Assignment(
            market_id=market.market_id,
            clusters=tuple(why),
            why=why,
            entities=tuple(entities),
            names=names,
            unseen=not tagged,
        )

    def _entities(self, hits: list[Hit], underlying: str, why: dict[str, str]) -> dict[str, None]:
        """Every entity that is named or implied; those that are not broad become clusters."""
        found: dict[str, None] = {}
        reasons = [(hit.entity, f'"{hit.alias.text}" names it') for hit in hits]
        if underlying:
            reasons.insert(0, (underlying, "its price settles the market"))
        for name, reason in reasons:
            self._tag(name, reason, found, why)
        for name in list(found):
            for target, source in self._implied[name].items():
                self._tag(target, f"{source} implies it", found, why)
        return found

    def _tag(self, name: str, reason: str, found: dict[str, None], why: dict[str, str]) -> None:
        found.setdefault(name)
        if not self.gazetteer.entities[name].broad:
            why.setdefault(f"entity:{name}", reason)

    def _underlying(self, market: MarketWords) -> str:
        """The entity of what a spot source is asked for, when the gazetteer knows it by that word."""
        hits = self._matcher.hits(words_of(market.underlying), ("price",)) if market.underlying else []
        return next((hit.entity for hit in hits if not self.gazetteer.entities[hit.entity].broad), "")


def _structure(market: MarketWords) -> dict[str, str]:
    """What the exchange itself says: the markets of one event."""
    if not market.event_id:
        return {}
    one = "; one of its markets wins (negRisk)" if market.neg_risk else ""
    return {f"event:{market.event_id}": f"the exchange lists it under event {market.event_id}{one}"}


def _guessed(market: MarketWords, words: Words, names: Sequence[str], *, tagged: bool) -> dict[str, str]:
    """Clusters from words that the gazetteer does not know; never for the legs of a one-winner event.

    Of such an event the exchange itself says what its legs hang on, and the unknown names in it are only the runners.
    """
    if market.neg_risk and market.event_id:
        return {}
    # one capitalised word beside a known entity is rarely what the market hangs on; a whole name often is
    told = [name for name in names if not tagged or " " in name][:NAMES_MAX]
    why = {f"name:{key_of(name)}": f'the name "{name}", as nothing the entity file knows' for name in told}
    ladder = "" if tagged or told else ladder_of(words)
    return why or ({f"ladder:{ladder}": "the same question but for dates and numbers"} if ladder else {})
