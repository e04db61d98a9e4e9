"""Everything that can be wrong with an entity file is named with its remedy, all of it at once; the shipped one is sound."""

from __future__ import annotations

from typing import Any

import pytest
from few_entities import TREE

from astra_actors.clustering.assign import Clusterer, MarketWords
from astra_actors.clustering.gazetteer import Case
from astra_actors.clustering.gazetteer_tree import gazetteer_of
from astra_actors.config.entities import load_gazetteer, read_gazetteer
from astra_actors.kernel.errors import ConfigError


def with_entities(**entities: Any) -> dict[str, Any]:
    return {"version": 1, "entities": entities}


@pytest.mark.parametrize(
    ("tree", "field", "value"),
    [
        pytest.param({"entities": {"a": {"aliases": ["A"]}}}, "version", None, id="no version"),
        pytest.param({"version": 1}, "entities", None, id="no entities"),
        pytest.param({"version": 1, "entities": {}}, "entities", {}, id="an empty list of entities"),
        pytest.param({**with_entities(a={"aliases": ["A"]}), "enities": 1}, "enities", 1, id="an unknown section"),
        pytest.param(with_entities(a={"aliases": ["A"], "alias": "A"}), "entities.a.alias", "A", id="an unknown field"),
        pytest.param(with_entities(a={"aliases": []}), "entities.a.aliases", [], id="no alias"),
        pytest.param(with_entities(a={"aliases": ["..."]}), "entities.a.aliases.0.alias", "...", id="no word in it"),
        pytest.param(with_entities(a={"aliases": [7]}), "entities.a.aliases.0.alias", 7, id="a number for an alias"),
        pytest.param(
            with_entities(a={"aliases": ["A"], "case": "upper"}), "entities.a.aliases.0.case", "upper", id="a case"
        ),
        pytest.param(
            with_entities(a={"aliases": ["A"], "needs": ["@nba"]}),
            "entities.a.aliases.0.needs",
            "@nba",
            id="an unknown context",
        ),
        pytest.param(
            with_entities(a={"aliases": ["A"], "broad": "yes"}), "entities.a.broad", "yes", id="a word for true"
        ),
        pytest.param(
            with_entities(a={"aliases": ["Xi"]}, b={"aliases": ["XI"]}), "entities.b.aliases", "XI", id="an alias twice"
        ),
        pytest.param(
            with_entities(a={"aliases": ["Xi", "xi"]}), "entities.a.aliases", "xi", id="an alias twice in one entity"
        ),
        pytest.param(
            with_entities(a={"aliases": ["A"], "implies": ["bb"]}, bbb={"aliases": ["B"]}),
            "entities.a.implies",
            "bb",
            id="an implied entity that is not there",
        ),
        pytest.param(
            with_entities(a={"aliases": ["A"], "implies": ["a"]}), "entities.a.implies", "a -> a", id="implies itself"
        ),
        pytest.param(
            with_entities(
                a={"aliases": ["A"], "implies": ["b"]},
                b={"aliases": ["B"], "implies": ["c"]},
                c={"aliases": ["C"], "implies": ["b"]},
            ),
            "entities.b.implies",
            "b -> c -> b",
            id="a circle",
        ),
        pytest.param(
            {**TREE, "overrides": [{"market": 5, "clusters": ["x"], "reason": "r"}]},
            "overrides.0.market",
            5,
            id="an override of a number",
        ),
    ],
)
def test_one_mistake_is_one_finding(tree: dict[str, Any], field: str, value: Any) -> None:
    gazetteer, findings = gazetteer_of(tree)
    assert [(one[0], one[1]) for one in findings] == [(field, value)]
    assert gazetteer.digest == ""


def test_a_shared_alias_is_fine_where_context_decides() -> None:
    shared = with_entities(
        coin={"aliases": [{"alias": "DOGE", "vetoes": ["budget"]}]},
        office={"aliases": [{"alias": "DOGE", "needs": ["budget"]}]},
    )
    assert gazetteer_of(shared)[1] == []


def test_all_mistakes_are_told_together() -> None:
    text = "version: 0\nentities:\n  a: {aliases: [X], implies: [b]}\n  b: {aliases: [x], implies: [a], wide: true}\n"
    with pytest.raises(ConfigError) as refused:
        read_gazetteer(text, name="mine.yaml")
    said = str(refused.value)
    for word in ("mine.yaml version", "entities.b.wide", "'x'", "a -> b -> a"):
        assert word in said
    assert len(said.splitlines()) == 4


def test_a_long_chain_of_implications_is_no_trap() -> None:
    chain = {f"e{n}": {"aliases": [f"Alias{n}"], "implies": [f"e{n + 1}"]} for n in range(3_000)}
    chain["e3000"] = {"aliases": ["Alias3000"]}
    assert gazetteer_of({"version": 1, "entities": chain})[1] == []


def test_the_hash_tells_versions_apart_and_nothing_else() -> None:
    one, same = (
        read_gazetteer(f"{note}version: 1\nentities: {{a: {{aliases: [A]}}}}\n", name="f") for note in ("", "# x\n")
    )
    other = read_gazetteer("version: 1\nentities: {a: {aliases: [B]}}\n", name="f")
    assert one.digest == same.digest != other.digest


def test_every_plain_alias_of_the_shipped_file_means_its_entity() -> None:
    gazetteer = load_gazetteer()
    clusterer = Clusterer(gazetteer)
    lost = [
        (entity.name, alias.text)
        for entity in gazetteer.entities.values()
        for alias in entity.aliases
        if not alias.needs and not alias.vetoes and alias.case is Case.ANY
        if entity.name not in clusterer.assign(MarketWords(market_id="m", question=f"Say {alias.text} now")).entities
    ]
    assert lost == []
    assert len(gazetteer.entities) >= 300
