"""A file of contracts is used whole or not at all (methods §18.5)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from astra_actors.definitions.registry import DefinitionRegistry
from astra_actors.kernel.errors import DefinitionError

EVENT: dict[str, Any] = {
    "category": "event_outcome",
    "condition": {"outcome": "Vegas wins the match"},
    "cutoff_ts_utc": "2026-06-07T04:00:00Z",
    "market_id": "11111~22222",
    "oracle_details": {"rule": "Resolves to the winner of the match."},
    "oracle_source": "NHL",
    "quote_ccy": "",
    "resolution_type": "event",
    "underlying": "",
    "venue_rules_version": "polymarket_v2",
}


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "definitions.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_no_file_is_an_empty_registry(tmp_path: Path) -> None:
    registry = DefinitionRegistry.load(tmp_path / "absent.json")
    assert len(registry) == 0
    assert registry.get("0xabc") is None


def test_a_contract_is_found_by_its_market_also_by_the_pair_a_tape_names(tmp_path: Path) -> None:
    registry = DefinitionRegistry.load(written(tmp_path, [EVENT, {**EVENT, "market_id": "0xabc"}]))
    found = registry.get("11111~22222")
    assert found is not None
    assert found.condition["outcome"] == "Vegas wins the match"
    assert [contract.market_id for contract in registry] == ["11111~22222", "0xabc"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param([EVENT, {**EVENT, "extra": 1}], r"entry 1: unknown_field", id="an unknown key"),
        pytest.param(
            [{k: v for k, v in EVENT.items() if k != "condition"}], r"entry 0: missing_field", id="a missing key"
        ),
        pytest.param([EVENT, EVENT], r"entry 1: duplicate_market_id", id="one market twice"),
        pytest.param([EVENT, "0xabc"], r"entry 1: a contract is an object", id="an entry that is text"),
        pytest.param(EVENT, "JSON list", id="one object where a list belongs"),
        pytest.param("[", "JSON list of contracts in UTF-8", id="a cut file"),
        pytest.param('[{"market_id": "a", "market_id": "b"}]', "twice", id="one key twice"),
    ],
)
def test_one_bad_entry_refuses_the_file(tmp_path: Path, content: Any, told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        DefinitionRegistry.load(written(tmp_path, content))


def test_every_mistake_of_every_entry_is_told(tmp_path: Path) -> None:
    bad = [{**EVENT, "category": "sports"}, {**EVENT, "market_id": "b", "cutoff_ts_utc": "soon"}]
    with pytest.raises(DefinitionError, match=r"entry 0: unsupported_category.*entry 1: invalid_cutoff_ts_utc"):
        DefinitionRegistry.load(written(tmp_path, bad))
