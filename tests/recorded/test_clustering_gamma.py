"""Clusters from the questions alone against the events of the venue's own catalogue, recorded in January and April 2026.

Two truths. By event id a Fed decision in January and one in March are strangers, although one risk moves both; so
precision by event id says how fine events are, not how good clusters are. By driver, events that a person counts as one
risk are one: that is the precision that is held here. Recall must hold by both.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Final

import pytest

from astra_actors.clustering.assign import Clusterer, MarketWords
from astra_actors.clustering.quality import PairCounts, count_pairs
from astra_actors.config.entities import load_gazetteer

GAMMA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "gamma"

pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not GAMMA.exists(), reason="the recorded Gamma files are absent"),
]

DRIVERS: Final = {  # by words of the event's title: events that one risk moves; one event may hang on several
    "fed": ("Fed decision", "Fed rate", "Fed Governor"),
    "growth": ("GDP", "recession"),
    "largest": ("Largest Company",),
    "openai": ("GPT", "OpenAI"),
    "google": ("Gemini",),
    "musk-budget": ("DOGE", "Elon cut"),
    "deportation": ("deport",),
    "trump": ("Trump",),
    "ukraine": ("Ukraine",),
    "megaeth": ("MegaETH",),
    "bitcoin": ("Bitcoin",),
}


def recorded() -> dict[str, tuple[str, str, str]]:
    """Question, event id and event title by market id."""
    events = json.loads(gzip.decompress((GAMMA / "events_20260127.json.gz").read_bytes()))
    found = {
        market["id"]: (market["question"], event["data"]["id"], event["data"]["title"])
        for event in events
        for market in event["data"]["markets"]
    }
    for market in json.loads((GAMMA / "gamma_markets_categories_sample.json").read_text()):
        event = market["events"][0]
        found.setdefault(market["id"], (market["question"], event["id"], event["title"]))
    return found


@pytest.fixture(scope="module")
def counts() -> dict[str, PairCounts]:
    rows = recorded()
    clusterer = Clusterer(load_gazetteer())
    predicted = [
        clusterer.assign(MarketWords(market_id=market_id, question=question)).clusters
        for market_id, (question, _, _) in rows.items()
    ]
    by_event = [(event_id,) for _, event_id, _ in rows.values()]
    by_driver = [
        (event_id, *(name for name, words in DRIVERS.items() if any(word in title for word in words)))
        for _, event_id, title in rows.values()
    ]
    return {"event": count_pairs(by_event, predicted), "driver": count_pairs(by_driver, predicted)}


def test_markets_of_one_event_are_joined_by_their_questions(counts: dict[str, PairCounts]) -> None:
    recall = counts["event"].recall
    assert recall is not None and recall >= 0.90, counts["event"]


def test_what_is_joined_hangs_on_one_risk(counts: dict[str, PairCounts]) -> None:
    precision, recall = counts["driver"].precision, counts["driver"].recall
    assert precision is not None and precision >= 0.90, counts["driver"]
    assert recall is not None and recall >= 0.90, counts["driver"]


def test_an_event_id_joins_what_words_would_not() -> None:
    clusterer = Clusterer(load_gazetteer())
    one, other = (
        clusterer.assign(MarketWords(market_id=name, question=f"{name}?", event_id="30615", neg_risk=True))
        for name in ("Haiti", "Other")
    )
    assert set(one.clusters) & set(other.clusters) == {"event:30615"}
