"""The strict reading of contracts (methods §18.5, §19.3 #48)."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from astra_actors.definitions.contract import DefinitionContract, from_dict
from astra_actors.definitions.lint import lint
from astra_actors.kernel.errors import DefinitionError

TOUCH: dict[str, Any] = {
    "category": "crypto_threshold",
    "condition": {"level": 100000, "op": ">=", "window": "any_time"},
    "cutoff_ts_utc": "2026-03-01T00:00:00Z",
    "market_id": "0xabc",
    "oracle_details": {"feed": "BTC/USD", "finality": "10m", "rounding": "floor_int"},
    "oracle_source": "coingecko_v3",
    "quote_ccy": "USD",
    "resolution_type": "touch",
    "underlying": "BTC",
    "venue_rules_version": "polymarket_v2",
}
CLOSE: dict[str, Any] = {
    **TOUCH,
    "resolution_type": "close",
    "condition": {"level": 100000, "op": ">", "window": "at_close", "measurement_time": "2026-03-01T00:00:00Z"},
    "oracle_details": {"feed": "BTC/USD", "rounding": "round_cent"},
}
EVENT: dict[str, Any] = {
    **TOUCH,
    "category": "event_outcome",
    "resolution_type": "event",
    "underlying": "",
    "quote_ccy": "",
    "condition": {"outcome": "the Owls win"},
    "oracle_details": {"rule": "It resolves to Yes if the Owls win."},
}
GONE = object()


def changed(base: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    content = copy.deepcopy(base)
    *parents, last = path.split(".")
    inner = content
    for parent in parents:
        inner = inner[parent]
    if value is GONE:
        del inner[last]
    else:
        inner[last] = value
    return content


@pytest.mark.parametrize("content", [pytest.param(c, id=c["resolution_type"]) for c in (TOUCH, CLOSE, EVENT)])
def test_a_complete_contract_has_no_finding(content: dict[str, Any]) -> None:
    assert lint(content) == ()
    assert from_dict(content).to_dict() == content


@pytest.mark.parametrize(
    ("base", "path", "value", "code"),
    [
        pytest.param(TOUCH, "condition.op", GONE, "missing_condition_op", id="no operator"),
        pytest.param(TOUCH, "condition.op", "=>", "invalid_condition_op", id="a misspelt operator"),
        pytest.param(TOUCH, "condition.level", GONE, "missing_condition_level", id="no level"),
        pytest.param(TOUCH, "condition.level", 100000.0, "invalid_condition_level_type", id="a float level"),
        pytest.param(TOUCH, "condition.level", True, "invalid_condition_level_type", id="a boolean is no integer"),
        pytest.param(TOUCH, "condition.level", "100000", "invalid_condition_level_type", id="a level as text"),
        pytest.param(TOUCH, "condition.level", 0, "invalid_condition_level_type", id="a level no price can have"),
        pytest.param(TOUCH, "condition.window", "at_close", "invalid_condition_window", id="a touch at close"),
        pytest.param(CLOSE, "condition.window", "any_time", "invalid_condition_window", id="a close at any time"),
        pytest.param(TOUCH, "condition.window", GONE, "missing_condition_window", id="no window"),
        pytest.param(TOUCH, "condition.strike", 1, "unknown_condition_key", id="an unknown condition key"),
        pytest.param(
            TOUCH,
            "condition.measurement_time",
            "2026-03-01T00:00:00Z",
            "unknown_condition_key",
            id="a touch is measured at no one time",
        ),
        pytest.param(
            CLOSE, "condition.measurement_time", GONE, "missing_measurement_time", id="no time of measurement"
        ),
        pytest.param(
            CLOSE, "condition.measurement_time", "2026-03-01T00:00:00", "invalid_measurement_time", id="a naive time"
        ),
        pytest.param(CLOSE, "condition.measurement_time", True, "invalid_measurement_time", id="a boolean time"),
        pytest.param(TOUCH, "oracle_details.feed", GONE, "missing_oracle_feed", id="no feed"),
        pytest.param(TOUCH, "oracle_details.rounding", GONE, "missing_oracle_rounding", id="no rounding"),
        pytest.param(TOUCH, "oracle_details.rounding", "floor", "invalid_oracle_rounding", id="an unknown rounding"),
        pytest.param(TOUCH, "oracle_details.finality", GONE, "missing_oracle_finality", id="no finality"),
        pytest.param(CLOSE, "oracle_details.finality", "10m", "unknown_oracle_key", id="a close has no finality"),
        pytest.param(TOUCH, "oracle_details", "BTC/USD", "invalid_oracle_details", id="details as text"),
        pytest.param(TOUCH, "condition", None, "invalid_condition", id="a condition that is none"),
        pytest.param(
            TOUCH, "cutoff_ts_utc", "2026-03-01T00:00:00", "invalid_cutoff_ts_utc", id="a cutoff without zone"
        ),
        pytest.param(TOUCH, "cutoff_ts_utc", 1772323200, "invalid_cutoff_ts_utc", id="a cutoff as a number"),
        pytest.param(TOUCH, "category", "rates_event", "unsupported_category", id="a planned category"),
        pytest.param(TOUCH, "resolution_type", "range", "invalid_resolution_type", id="an unknown resolution"),
        pytest.param(TOUCH, "resolution_type", "event", "invalid_resolution_type", id="a threshold is no event"),
        pytest.param(TOUCH, "market_id", "", "invalid_text", id="no market"),
        pytest.param(TOUCH, "oracle_source", GONE, "missing_field", id="a field left out"),
        pytest.param(TOUCH, "definition_hash", "7a7f", "unknown_field", id="the hash is computed, never given"),
        pytest.param(TOUCH, "underlying", "", "invalid_underlying", id="a threshold of nothing"),
        pytest.param(EVENT, "underlying", "BTC", "invalid_underlying", id="an outcome prices nothing"),
        pytest.param(EVENT, "condition.outcome", " ", "invalid_condition_outcome", id="a blank outcome"),
        pytest.param(EVENT, "condition.level", 5, "unknown_condition_key", id="an outcome has no level"),
        pytest.param(EVENT, "oracle_details.rule", GONE, "missing_oracle_rule", id="an outcome without its rule"),
    ],
)
def test_a_mistake_has_its_code(base: dict[str, Any], path: str, value: Any, code: str) -> None:
    content = changed(base, path, value)
    assert [finding.code for finding in lint(content)] == [code]
    with pytest.raises(DefinitionError, match=code):
        from_dict(content)


def test_all_mistakes_are_told_together() -> None:
    content = changed(changed(TOUCH, "condition.level", 1.5), "oracle_details.rounding", GONE)
    with pytest.raises(DefinitionError, match=r"invalid_condition_level_type.*missing_oracle_rounding"):
        from_dict(content)


def test_o17_2_a_contract_is_named_by_its_content() -> None:
    contract = from_dict(TOUCH)
    assert contract.definition_hash == "7a7f05e8d528375533430d7d972895b5e582b9d62e0a60a6017c3697382e9064"
    assert contract.cutoff_ns == 1_772_323_200_000_000_000


def test_a_contract_cannot_be_changed() -> None:
    contract = from_dict(TOUCH)
    with pytest.raises(AttributeError):
        contract.market_id = "0xdef"  # type: ignore[misc]
    with pytest.raises(TypeError):
        contract.condition["level"] = 1  # type: ignore[index]


def test_the_callers_dictionary_is_not_the_contracts() -> None:
    content = copy.deepcopy(TOUCH)
    contract = from_dict(content)
    content["condition"]["level"] = 1
    assert contract.condition["level"] == 100000


def test_a_contract_travels_between_processes() -> None:
    contract = from_dict(CLOSE)
    there = pickle.loads(pickle.dumps(contract))
    assert there == contract
    assert there.definition_hash == contract.definition_hash
    assert hash(there) == hash(contract)


def test_what_does_not_pass_cannot_be_built_directly_either() -> None:
    with pytest.raises(DefinitionError, match="invalid_condition_level_type"):
        DefinitionContract(**changed(TOUCH, "condition.level", 99.5))
