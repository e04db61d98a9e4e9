"""A gazetteer of a few entities, as a file would hold it."""

from __future__ import annotations

from typing import Any

from astra_actors.clustering.assign import Assignment, Clusterer, MarketWords
from astra_actors.clustering.gazetteer import Gazetteer
from astra_actors.clustering.gazetteer_tree import gazetteer_of

TREE: dict[str, Any] = {
    "version": 3,
    "contexts": {"nfl": ["quarterback", "Cowboys", "Giants"], "mlb": ["innings", "Dodgers", "home run", "Giants"]},
    "entities": {
        "fed": {"aliases": ["Federal Reserve", {"alias": "Fed", "case": "capital", "vetoes": ["fed up"]}]},
        "bitcoin": {"aliases": ["Bitcoin", {"alias": "BTC", "case": "exact"}]},
        "bitcoin-cash": {"aliases": ["Bitcoin Cash"]},
        "microstrategy": {"aliases": ["MicroStrategy", "MSTR"], "implies": ["bitcoin"]},
        "saylor": {"aliases": ["Saylor"], "implies": ["microstrategy"]},
        "nfl": {"aliases": [{"alias": "NFL", "case": "exact"}], "broad": True},
        "nfl-giants": {"aliases": ["New York Giants", {"alias": "Giants", "needs": ["@nfl"]}], "implies": ["nfl"]},
        "mlb-giants": {"aliases": ["San Francisco Giants", {"alias": "Giants", "needs": ["@mlb"]}]},
        "trump": {"aliases": [{"alias": "Trump", "case": "capital"}]},
        "trump-tower": {"aliases": ["Trump Tower"]},
    },
    "overrides": [{"market": "by-hand", "clusters": ["entity:fed", "mine"], "reason": "the rules name the Fed"}],
}


def small(**changed: Any) -> Gazetteer:
    """The small gazetteer, with sections changed; it must be sound."""
    gazetteer, findings = gazetteer_of({**TREE, **changed})
    assert not findings, findings
    return gazetteer


def assigned(question: str, market_id: str = "m", **words: Any) -> Assignment:
    """What the small gazetteer makes of one market."""
    return Clusterer(small()).assign(MarketWords(market_id=market_id, question=question, **words))
