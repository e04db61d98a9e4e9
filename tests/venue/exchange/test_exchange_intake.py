"""Bodies from anywhere: whatever is not an order is refused in one sentence and counted, and nothing else happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from exchange_room import START_MS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from astra_actors.venues.exchange import intake
from astra_actors.venues.exchange.app import application
from astra_actors.venues.exchange.refusal import Refused
from astra_actors.venues.exchange.state import Exchange
from astra_actors.venues.exchange.store import Store
from astra_actors.venues.exchange.venue import Venue
from astra_actors.venues.signing.credentials import sign

ORDER: dict[str, Any] = {
    "salt": 1, "maker": "0x" + "1" * 40, "signer": "0x" + "1" * 40, "tokenId": "1", "makerAmount": "1", "takerAmount": "1",
    "side": "BUY", "expiration": "0", "signatureType": 0, "timestamp": "1", "metadata": "0x" + "0" * 64,
    "builder": "0x" + "0" * 64, "signature": "0x" + "1" * 130,
}  # fmt: skip
DECODERS = (
    intake.SEND, intake.RAW_ROWS, intake.CANCEL_ONE, intake.CANCEL_MANY, intake.CANCEL_MARKET, intake.BEAT, intake.TOKENS,
    intake.KEY_NAMED, intake.ANY_OBJECT, intake.HISTORY,
)  # fmt: skip
HOSTILE = [
    b"", b"\x00", b"\xff\xfe", b"NaN", b"{", b"[" * 20_000, b'{"order":' * 20_000, b"1e999", b"-0", b'"\\ud800"',
    b'{"order":{"salt":1e400}}', b'{"orderID":["0x1"]}', b'{"orderID":"' + b"x" * 500 + b'"}', b"[1,2,3]", b'[{"token_id":5}]',
    b'{"heartbeat_id":5}', b"[null]", b'{"market":{"a":1}}', b'{"key":null}',
]  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def readable(decoder: Any, body: bytes) -> bool:
    """Whether it is read; what is not must be refused, and in no other way."""
    try:
        intake.read(decoder, body)
    except Refused as refused:
        return refused.status != 400
    return True


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(body: bytes) -> None:
    assert all(readable(decoder, body) in (True, False) for decoder in DECODERS)


@given(st.sampled_from(sorted(ORDER)), json_values)
@settings(max_examples=300)
def test_an_order_with_one_wrong_field_is_refused_or_still_an_order(field: str, value: Any) -> None:
    body = json.dumps({"order": {**ORDER, field: value}, "owner": "x"}).encode()
    if readable(intake.SEND, body):
        order = intake.read(intake.SEND, body).order
        assert (
            0 <= order.salt < 2**256 and int(order.tokenId) < 2**256 and 0 < int(order.makerAmount) <= intake.AMOUNT_MAX
        )


@pytest.mark.parametrize(
    ("field", "value", "fine"),
    [
        ("tokenId", "9" * 77, True), ("tokenId", str(2**256 - 1), True), ("tokenId", str(2**256), False),
        ("tokenId", "9" * 78, False), ("tokenId", "9" * 79, False), ("tokenId", "1e5", False), ("tokenId", "٣", False),
        ("tokenId", "1\n", False), ("tokenId", 5, False), ("tokenId", "-1", False), ("salt", 2**64, True),
        ("salt", 2**256, False), ("salt", -1, False), ("salt", 1.5, False), ("salt", "1", False),
        ("makerAmount", "1" + "0" * 15, True), ("makerAmount", "1" + "0" * 16, False), ("expiration", "9" * 12, False),
        ("signatureType", True, False), ("signature", "0x" + "1" * 128, False), ("signature", "0x" + "1" * 4_096, False),
        ("maker", "0x" + "g" * 40, False), ("builder", "0x", False), ("side", 0, False),
    ],
)  # fmt: skip
def test_numbers_have_bounds(field: str, value: Any, fine: bool) -> None:
    assert readable(intake.SEND, json.dumps({"order": {**ORDER, field: value}, "owner": "x"}).encode()) is fine


@pytest.fixture
def venue() -> Iterator[tuple[Venue, TestClient]]:
    """A venue in this process, behind the real ASGI application."""
    found = Venue(Exchange(1), Store(None), lambda: START_MS)
    yield found, TestClient(application(found), base_url="http://127.0.0.1", raise_server_exceptions=True)
    found.store.close()


def signed(venue: Venue, method: str, path: str, body: bytes) -> dict[str, str]:
    key = venue.ring.create("0x" + "1" * 40, 0)
    return {
        "POLY_ADDRESS": key.address, "POLY_TIMESTAMP": "1", "POLY_API_KEY": key.key, "POLY_PASSPHRASE": key.passphrase,
        "POLY_SIGNATURE": sign(key.secret, "1", method, path, body),
    }  # fmt: skip


PATHS = [
    ("POST", "/order"), ("POST", "/orders"), ("DELETE", "/order"), ("DELETE", "/orders"),
    ("DELETE", "/cancel-market-orders"), ("DELETE", "/auth/readonly-api-key"), ("POST", "/books"), ("POST", "/prices"),
    ("POST", "/batch-prices-history"), ("POST", "/admin/faults"), ("POST", "/admin/switches"), ("POST", "/admin/markets"),
    ("POST", "/admin/act"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PATHS, ids=lambda word: word)
def test_hostile_bodies_cost_one_refusal_each(venue: tuple[Venue, TestClient], method: str, path: str) -> None:
    found, client = venue
    for body in HOSTILE:
        if path in ("/books", "/prices") and not body:
            continue  # without a body these ask with their query
        headers = {**signed(found, method, path, body), "Content-Type": "application/json"}
        before = found.refused.total()
        answer = client.request(method, path, content=body, headers=headers)
        if answer.status_code == 200:
            assert isinstance(json.loads(body), list | dict)
            continue
        assert 400 <= answer.status_code < 500 and list(answer.json()) == ["error"]
        assert found.refused.total() == before + 1
    assert found.x.orders == {} and found.x.trades == {}


def test_a_body_beyond_every_order_is_not_read(venue: tuple[Venue, TestClient]) -> None:
    found, client = venue
    answer = client.post("/order", content=b"x" * (intake.BODY_BYTES_MAX + 1))
    assert (answer.status_code, found.refused["Payload exceeds the limit"]) == (413, 1)


@given(path=st.text(max_size=30), query=st.dictionaries(st.text(max_size=10), st.text(max_size=400), max_size=4))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_address_is_answered(venue: tuple[Venue, TestClient], path: str, query: dict[str, str]) -> None:
    words = quote(path.encode(errors="replace"), safe="")
    asked = {name.encode(errors="replace"): value.encode(errors="replace") for name, value in query.items()}
    for base in ("/book", "/gamma/markets/keyset", "/prices-history", f"/markets/{words}"):
        assert venue[1].get(f"{base}?{urlencode(asked)}").status_code < 500


@pytest.mark.parametrize(
    ("host", "kind", "status"),
    [("http://127.0.0.1", "application/json", 200), ("http://localhost", "application/json", 200),
     ("http://evil.example", "application/json", 403), ("http://127.0.0.1", "text/plain", 415)],
)  # fmt: skip
def test_a_web_page_cannot_steer_the_exchange(
    venue: tuple[Venue, TestClient], host: str, kind: str, status: int
) -> None:
    client = TestClient(venue[1].app, base_url=host)
    assert client.post("/admin/faults", content=b"{}", headers={"Content-Type": kind}).status_code == status
