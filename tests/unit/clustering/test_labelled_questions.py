"""Clusters against labels that a person gave: figures of the half that nobody tunes on, and look-alikes kept apart."""

from __future__ import annotations

from itertools import combinations

import pytest
from labelled import Labelled, held_out, labelled

from astra_actors.clustering.assign import Clusterer, MarketWords
from astra_actors.clustering.quality import PairCounts, count_pairs
from astra_actors.config.entities import load_gazetteer
from astra_actors.metrics.confidence import wilson

ROWS = labelled()


def clusters_of(rows: list[Labelled]) -> list[tuple[str, ...]]:
    clusterer = Clusterer(load_gazetteer())
    return [clusterer.assign(MarketWords(market_id=row.id, question=row.question)).clusters for row in rows]


def counted(rows: list[Labelled]) -> PairCounts:
    return count_pairs([row.groups for row in rows], clusters_of(rows))


def test_the_list_is_large_and_both_halves_have_pairs() -> None:
    assert len(ROWS) >= 120
    assert len({row.id for row in ROWS}) == len({row.question for row in ROWS}) == len(ROWS)
    sizes = [sum(held_out(row.id) is half for row in ROWS) for half in (True, False)]
    assert min(sizes) >= 100


def test_the_held_out_half() -> None:
    counts = counted([row for row in ROWS if held_out(row.id)])
    assert counts.recall is not None
    assert counts.precision is not None
    assert counts.recall >= 0.90, counts
    assert counts.precision >= 0.90, counts


def test_groups_of_the_held_out_half_are_linked_whole() -> None:
    """By group, not by pair: one large cluster would link every pair of its own, and many of nobody's."""
    rows = [row for row in ROWS if held_out(row.id)]
    clusters = dict(zip((row.id for row in rows), clusters_of(rows), strict=True))
    groups: dict[str, list[str]] = {}
    for row in rows:
        for group in row.groups:
            groups.setdefault(group, []).append(row.id)
    several = [ids for ids in groups.values() if len(ids) > 1]
    whole = sum(
        all(not set(clusters[one]).isdisjoint(clusters[other]) for one, other in combinations(ids, 2))
        for ids in several
    )
    interval = wilson(whole, len(several))
    assert interval is not None
    assert len(several) >= 20
    assert interval[0] >= 0.80, (whole, len(several))


LOOK_ALIKES = [
    ("fed", "federer"), ("fed", "fedex"), ("fed", "exit-poll"), ("trump", "trump-tower"), ("trump", "trump-media"),
    ("trump", "bridge"), ("trump", "melania"), ("dogecoin", "doge-dept"), ("bitcoin", "bitcoin-cash"),
    ("ethereum", "ethereum-classic"), ("ethereum", "eth-zurich"), ("solana", "sol-de-janeiro"), ("avax", "avs-nhl"),
    ("avax", "snow"), ("apple", "apple-fruit"), ("apple", "fiona-apple"), ("amazon", "amazon-forest"),
    ("alphabet", "gemini-exchange"), ("tesla", "nikola-tesla"), ("anthropic", "monet"), ("georgia-us", "georgia-country"),
    ("georgia-us", "georgia-football"), ("jordan-country", "michael-jordan"), ("jim-jordan", "jordan-spieth"),
    ("nyg-nfl", "sfg-mlb"), ("nyg-nfl", "tech-giants"), ("nyr-nhl", "tex-mlb"), ("nyr-nhl", "rangers-fc"),
    ("cards-mlb", "cards-nfl"), ("pope", "cards-mlb"), ("kings-nba", "kings-nhl"), ("kings-nhl", "king-charles"),
    ("panthers-nfl", "panthers-nhl"), ("jets-nfl", "jets-nhl"), ("turkey", "turkey-bird"), ("fifa-wc", "cricket-wc"),
    ("psg", "paris-hilton"), ("paris-weather", "paris-hilton"), ("hurricane", "canes-nhl"), ("earthquake", "quakes-mls"),
    ("taylor-swift", "swift-bank"), ("oscars", "oscar-isaac"), ("gold", "gold-medals"), ("silver", "nate-silver"),
    ("ford-motor", "harrison-ford"), ("chelsea-fc", "chelsea-clinton"), ("oracle", "chainlink"), ("boe", "boa"),
]  # fmt: skip


@pytest.fixture(scope="module")
def clusters() -> dict[str, set[str]]:
    return {row.id: set(found) for row, found in zip(ROWS, clusters_of(ROWS), strict=True)}


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKES)
def test_look_alikes_stay_apart(clusters: dict[str, set[str]], one: str, other: str) -> None:
    pairs = [
        (left, right)
        for left in ROWS
        for right in ROWS
        if one in left.groups and other in right.groups and set(left.groups).isdisjoint(right.groups)
    ]
    assert pairs
    assert [(left.question, right.question) for left, right in pairs if clusters[left.id] & clusters[right.id]] == []
