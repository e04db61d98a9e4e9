"""One value, one text, one hash (methods §17.1 to §17.4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from astra_actors.kernel.canonical import INT_MAX, canonical_bytes, canonical_hash
from astra_actors.kernel.errors import BadInput

CONFIG = {
    "BANKROLL": 5000.0,
    "EV_EPS": 1e-9,
    "LATENCY_MEAN_MS": 50,
    "NONE": None,
    "NOTE": "line1\nline2",
    "PAPER_MODE": True,
    "RISK": {"agg_cap": 0.40, "cluster_cap": 0.12, "market_cap": 0.01},
    "TAGS": ["btc", "é", "€"],
}
CONFIG_TEXT = (
    r'{"BANKROLL":5000,"EV_EPS":1e-9,"LATENCY_MEAN_MS":50,"NONE":null,"NOTE":"line1\nline2","PAPER_MODE":true,'
    r'"RISK":{"agg_cap":0.4,"cluster_cap":0.12,"market_cap":0.01},"TAGS":["btc","é","€"]}'
)
CONTRACT = {
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
KEYS = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "ö": 6}


def test_o17_1_a_configuration_has_one_text() -> None:
    assert canonical_bytes(CONFIG) == CONFIG_TEXT.encode()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(
            CONFIG, "538f02fbb76900f45452d97c1e88302023eb13a3a8a5fa82a3c3f573025397d6", id="O17.1 the configuration"
        ),
        pytest.param(
            CONTRACT, "7a7f05e8d528375533430d7d972895b5e582b9d62e0a60a6017c3697382e9064", id="O17.2 the contract"
        ),
        pytest.param(
            KEYS, "989b78dfd251c7bec7e8d0a3979870f6ce0e715b30e1773321ba644d8cca4837", id="O17.4 keys by UTF-16 units"
        ),
    ],
)
def test_o17_the_hash_is_the_documents(value: Any, expected: str) -> None:
    assert canonical_hash(value) == expected


def test_the_order_in_which_keys_were_written_does_not_matter() -> None:
    backwards = dict(reversed(CONTRACT.items()))
    assert list(backwards) != list(CONTRACT)
    assert canonical_hash(backwards) == canonical_hash(CONTRACT)


def test_o17_3_numbers_read_as_ecmascript_writes_them() -> None:
    numbers = [1.0, -0.0, 1e21, 1e-7, 0.1, 123456789012345680.0, 5e-324, 1e-6]
    assert canonical_bytes(numbers) == b"[1,0,1e+21,1e-7,0.1,123456789012345680,5e-324,0.000001]"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        pytest.param(1e20, b"100000000000000000000", id="the last without an exponent"),
        pytest.param(-1.5e-9, b"-1.5e-9", id="a small negative keeps sign and digits"),
        pytest.param(123.456, b"123.456", id="a point inside the digits"),
        pytest.param(0.00012, b"0.00012", id="zeros after the point"),
        pytest.param(1.7976931348623157e308, b"1.7976931348623157e+308", id="the largest double"),
        pytest.param(-7, b"-7", id="an integer"),
        pytest.param(INT_MAX, b"9007199254740991", id="the last safe integer"),
    ],
)
def test_a_number_has_one_text(number: float, text: bytes) -> None:
    assert canonical_bytes(number) == text


def test_o17_4_keys_are_sorted_by_utf16_code_units() -> None:
    assert list(json.loads(canonical_bytes(KEYS)).values()) == [2, 4, 6, 1, 5, 3]


def test_text_is_escaped_no_more_than_needed() -> None:
    assert canonical_bytes('\x0f"\\/\x7fé\t') == b'"\\u000f\\"\\\\/\x7f\xc3\xa9\\t"'


@pytest.mark.parametrize(
    ("value", "where"),
    [
        pytest.param(float("nan"), "$", id="NaN"),
        pytest.param([float("inf")], "$[0]", id="infinity"),
        pytest.param({"a": {"b": 2**53}}, "$.a.b", id="an integer a double cannot hold apart"),
        pytest.param(-(2**53), "$", id="the same below zero"),
        pytest.param({"s": "\ud800"}, "$.s", id="a lone surrogate"),
        pytest.param({"\udc00": 1}, "$", id="a lone surrogate as a key"),
        pytest.param({1: "one"}, "$", id="a key that is not text"),
        pytest.param({"x": b"bytes"}, "$.x", id="bytes"),
        pytest.param({"x": {1, 2}}, "$.x", id="a set has no order"),
    ],
)
def test_what_has_no_text_is_refused_with_its_place(value: Any, where: str) -> None:
    with pytest.raises(BadInput) as refused:
        canonical_bytes(value)
    assert refused.value.field == where
