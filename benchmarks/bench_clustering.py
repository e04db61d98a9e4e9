"""Ten thousand questions into clusters, on one core: against one regular expression an entity, over the same questions.

Both find the entities of the shipped gazetteer. The expressions of the baseline know aliases and word borders only, no
case, no context and no names beside the gazetteer, so it does less. CPU time; reading the file is told apart.
"""

from __future__ import annotations

import re
from time import process_time

from _table import medians, options, show

from astra_actors.clustering.assign import Clusterer, MarketWords
from astra_actors.clustering.gazetteer import Gazetteer
from astra_actors.config.entities import read_gazetteer, shipped_entities
from astra_actors.kernel.rng import stream

BUDGET_S = 1.0  # for ten thousand questions
SHAPES = (
    "Will {} and {} agree before March {}, 2026?",
    "{} above ${},000 on Friday, or {}?",
    "{} vs. {}: who wins game {}?",
    "Will Mira Talvane meet {} in {} by June {}?",
    "How many people will follow {} and {} in 2026: more than {}?",
)


def main() -> None:
    """Measure and print."""
    told = options(__doc__, questions=10_000, rounds=3)
    text = shipped_entities().read_text(encoding="utf-8")
    began = process_time()
    gazetteer = read_gazetteer(text, name="entities.yaml")
    reading_s = process_time() - began
    markets = questions(gazetteer, told.questions)
    patterns = naive(gazetteer)

    def clusters() -> float:
        clusterer = Clusterer(gazetteer)
        began = process_time()
        for market in markets:
            clusterer.assign(market)
        return process_time() - began

    def expressions() -> float:
        sample = markets[: max(1, len(markets) // 20)]  # all of them would take minutes
        began = process_time()
        for market in sample:
            [name for name, pattern in patterns if pattern.search(market.question)]
        return (process_time() - began) * len(markets) / len(sample)

    found = medians(told.rounds, {"clusters": clusters, "expressions": expressions})
    rows = [
        {"what": "one regular expression an entity", "cpu_s": found["expressions"], "ratio": 1.0},
        {
            "what": "astra clusters",
            "cpu_s": found["clusters"],
            "ratio": found["expressions"] / found["clusters"],
            "questions_per_s": round(told.questions / found["clusters"]),
            "within_budget": found["clusters"] * 10_000 / told.questions < BUDGET_S,
        },
        {"what": "reading the gazetteer, once a process", "cpu_s": reading_s},
    ]
    notes = [
        f"{told.questions:,} questions, {len(gazetteer.entities)} entities, one core, median of {told.rounds} rounds",
        "the baseline ran on every twentieth question, scaled up",
    ]
    show("clustering", rows, as_json=told.json, notes=notes)


def questions(gazetteer: Gazetteer, count: int) -> list[MarketWords]:
    """Questions that name two entities each, drawn from one seed."""
    rng = stream(1, "bench", "clustering")
    aliases = [alias.text for entity in gazetteer.entities.values() for alias in entity.aliases]
    picks = rng.integers(0, len(aliases), (count, 2)).tolist()
    return [
        MarketWords(
            market_id=str(number),
            question=SHAPES[number % len(SHAPES)].format(aliases[one], aliases[other], number % 28 + 1),
        )
        for number, (one, other) in enumerate(picks)
    ]


def naive(gazetteer: Gazetteer) -> list[tuple[str, re.Pattern[str]]]:
    """One expression an entity: any of its aliases as whole words."""
    return [
        (
            entity.name,
            re.compile(rf"\b(?:{'|'.join(re.escape(alias.text) for alias in entity.aliases)})\b", re.IGNORECASE),
        )
        for entity in gazetteer.entities.values()
    ]


if __name__ == "__main__":
    main()
