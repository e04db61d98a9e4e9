"""Promise: what we sign is exact, has the id we wrote down before, and passes the exchange's own checks."""

from __future__ import annotations

import pickle
from typing import Any

import msgspec
import pytest
from clob_values import ADDRESS, API_KEY, EOA, KEY, SENT_NS, listing, order
from hypothesis import given
from hypothesis import strategies as st
from py_clob_client_v2.order_builder.builder import ROUNDING_CONFIG, OrderBuilder

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.instrument import TICKS_E4, Side
from astra_actors.venues.clob.amounts import Amounts, limit_amounts
from astra_actors.venues.clob.building import BATCH_MAX, Wallet, body_of, draft_of, salt_of
from astra_actors.venues.exchange import intake
from astra_actors.venues.exchange.account import Account
from astra_actors.venues.exchange.keys import ApiKey
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.reading import draft_of as draft_read
from astra_actors.venues.exchange.refusal import Refused
from astra_actors.venues.exchange.state import Exchange
from astra_actors.venues.exchange.wallets import wallet_address
from astra_actors.venues.signing.eip712 import STANDARD, SignedOrder
from astra_actors.venues.signing.wallet_key import WalletKey

LOT = 10_000
TICK_NAMES = {1000: "0.1", 100: "0.01", 50: "0.005", 25: "0.0025", 10: "0.001", 1: "0.0001"}
CLIENT = OrderBuilder(None)
ZERO = "0x" + "0" * 64


@pytest.mark.parametrize(
    ("side", "price_e4", "size_e6", "tick_e4", "maker", "taker"),
    [  # worked outputs of the venue reference, 7.2
        (Side.BUY, 5_200, 10_000_000, 100, 5_200_000, 10_000_000),
        (Side.BUY, 1_100, 21_330_000, 100, 2_346_300, 21_330_000),
        (Side.SELL, 3_350, 7_770_000, 50, 7_770_000, 2_602_950),
        (Side.BUY, 5_675, 100_010_000, 25, 56_755_675, 100_010_000),
    ],
)
def test_amounts_are_those_of_the_reference(
    side: Side, price_e4: int, size_e6: int, tick_e4: int, maker: int, taker: int
) -> None:
    found = limit_amounts(side=side, price_e4=price_e4, size_e6=size_e6, tick_e4=tick_e4)
    assert found == Amounts(maker, taker)


@st.composite
def priced(draw: st.DrawFn) -> tuple[int, int, int]:
    tick_e4 = draw(st.sampled_from(TICKS_E4))
    return tick_e4, tick_e4 * draw(st.integers(1, 10_000 // tick_e4 - 1)), LOT * draw(st.integers(1, 5_000_000))


@given(priced(), st.sampled_from(Side))
def test_the_official_client_signs_the_same_unless_its_floats_lose_a_lot(
    terms: tuple[int, int, int], side: Side
) -> None:
    tick_e4, price_e4, size_e6 = terms
    ours = limit_amounts(side=side, price_e4=price_e4, size_e6=size_e6, tick_e4=tick_e4)
    config = ROUNDING_CONFIG[TICK_NAMES[tick_e4]]
    its = [int(each) for each in CLIENT.get_order_amounts(side.value, size_e6 / 1e6, price_e4 / 1e4, config)[1:]]
    shares = 1 if side is Side.BUY else 0
    if its[shares] == size_e6:
        assert its == list(ours)
    else:  # floor(1086.1 · 100) is 108609
        assert its[shares] == size_e6 - LOT


@pytest.mark.parametrize(
    ("tick_e4", "price_e4", "cents"),
    [(1000, 3_000, 1_000), (100, 5_200, 2_133), (50, 3_350, 777), (25, 5_675, 10_001), (10, 9_990, 500), (1, 1, 500),
     (100, 9_900, 99_999), (10, 4_410, 123_456), (25, 25, 1_000_000), (1, 9_999, 7_301)],
)  # fmt: skip
def test_the_official_client_signs_the_same_for_these(tick_e4: int, price_e4: int, cents: int) -> None:
    for side in Side:
        ours = limit_amounts(side=side, price_e4=price_e4, size_e6=cents * LOT, tick_e4=tick_e4)
        config = ROUNDING_CONFIG[TICK_NAMES[tick_e4]]
        its = CLIENT.get_order_amounts(side.value, cents / 100, price_e4 / 1e4, config)[1:]
        assert [int(each) for each in its] == list(ours)


@pytest.mark.parametrize(
    ("wrong", "more", "where"),
    [
        ("off the grid", {"price_e4": 5_205}, {}),
        ("free", {"price_e4": 0}, {}),
        ("a dollar", {"price_e4": 10_000}, {}),
        ("finer than a lot", {"size_e6": 10_000_001}, {}),
        ("nothing", {"size_e6": 0}, {}),
        ("below the market's minimum", {"size_e6": 4_990_000}, {}),
        ("beyond any balance", {"size_e6": 10**16}, {}),
        ("ends too soon", {"expires_ns": SENT_NS + 179 * NS_PER_S}, {}),
        ("ends between two seconds", {"expires_ns": SENT_NS + 185 * NS_PER_S + 1}, {}),
        ("an unknown tick", {}, {"tick_e4": 30}),
        ("an unknown version", {}, {"version": "v3"}),
        ("a token that is none", {}, {"token_id": "0x12"}),
        ("a token of a million digits", {}, {"token_id": "9" * 1_000_000}),
        ("a token beyond 256 bits", {}, {"token_id": str(2**256)}),
    ],
)
def test_what_the_venue_would_refuse_is_not_built(wrong: str, more: dict[str, Any], where: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        draft_of(order(**more), listing(**where), EOA)


def test_an_order_built_twice_has_one_id_and_one_body() -> None:
    first, again = (draft_of(order(), listing(), EOA) for _ in range(2))
    assert first == again
    assert body_of([first.row(WalletKey(KEY), API_KEY)]) == body_of([again.row(WalletKey(KEY), API_KEY)])


@pytest.mark.parametrize(
    ("more", "where"),
    [({"order_id": "order-2"}, {}), ({"sent_ns": SENT_NS + 1_000_000}, {}), ({"price_e4": 5_300}, {}),
     ({"side": Side.SELL}, {}), ({}, {"token_id": "1"}), ({}, {"neg_risk": True}), ({}, {"version": "v2"})],
)  # fmt: skip
def test_another_order_has_another_id(more: dict[str, Any], where: dict[str, Any]) -> None:
    assert draft_of(order(**more), listing(**where), EOA).venue_id != draft_of(order(), listing(), EOA).venue_id


@given(st.text(min_size=1, max_size=60))
def test_a_salt_survives_a_reader_that_takes_numbers_for_doubles(order_id: str) -> None:
    salt = salt_of(order_id)
    assert 0 <= salt < 2**53
    assert int(float(salt)) == salt


@pytest.mark.parametrize("kind", [0, 1, 2, 3])
@pytest.mark.parametrize(("version", "neg_risk"), [("v1", False), ("v1", True), ("v2", False)])
def test_the_exchange_verifies_every_kind_of_wallet(kind: int, version: str, neg_risk: bool) -> None:
    x, wallet = _exchange(kind, version=version, neg_risk=neg_risk)
    draft = draft_of(order(), listing(neg_risk=neg_risk, version=version), wallet)
    read = _read(x, body_of([draft.row(WalletKey(KEY), API_KEY)]))
    assert (read.order_id, read.asset, read.kind.value) == (draft.venue_id, "1234567890", "GTD")
    assert (read.post_only, read.expiration_s, read.account.address) == (True, 1_790_000_185, wallet.funder)


@given(priced(), st.sampled_from(Side))
def test_the_exchange_reads_the_price_and_size_we_meant(terms: tuple[int, int, int], side: Side) -> None:
    tick_e4, price_e4, size_e6 = terms
    x, wallet = _exchange(0, tick_e4=tick_e4)
    where = listing(tick_e4=tick_e4, size_min_e6=LOT)
    draft = draft_of(order(side=side, price_e4=price_e4, size_e6=size_e6), where, wallet)
    read = _read(x, body_of([draft.row(WalletKey(KEY), API_KEY)]))
    assert (read.terms.price_e4, read.terms.size_e6, read.buys) == (price_e4, size_e6, side is Side.BUY)
    assert read.terms.budget_e6 == (price_e4 * size_e6 // 10_000 if side is Side.BUY else 0)


def test_an_order_that_was_tampered_with_is_not_verified() -> None:
    x, wallet = _exchange(0)
    row = draft_of(order(), listing(), wallet).row(WalletKey(KEY), API_KEY)
    row["order"]["makerAmount"] = "5100000"
    with pytest.raises(Refused, match="invalid signature"):
        _read(x, body_of([row]))


def test_the_reference_order_is_signed_as_the_official_client_signs_it() -> None:
    reference = SignedOrder(
        479249096354, ADDRESS, ADDRESS, 1234567890, 5_200_000, 10_000_000, 0, 0, 1_790_000_000_000, ZERO, ZERO
    )
    assert WalletKey(KEY).sign_order(reference, 137, STANDARD) == (
        "0x0850d81b6e7dcc7039972a53efa4e0844faa96a9761e7c27b343e95c1c320139"
        "5c6db801f5c6715cf1080ddbaeed7e9fce6d9a376d831cae48f1d13777798ad61b"
    )


def test_a_deposit_wallets_signature_is_317_bytes_long() -> None:
    funder = wallet_address(ADDRESS, 3)
    row = draft_of(order(), listing(), Wallet(signer=ADDRESS, funder=funder, signature_type=3)).row(WalletKey(KEY), "k")
    assert (row["order"]["signer"], row["order"]["maker"]) == (funder, funder)
    assert len(row["order"]["signature"]) == 2 + 2 * 317


def test_another_key_does_not_sign_our_orders() -> None:
    with pytest.raises(BadInput, match="signed by"):
        draft_of(order(), listing(), EOA).row(WalletKey("0x" + "11" * 32), API_KEY)


@pytest.mark.parametrize("count", [0, BATCH_MAX + 1])
def test_a_request_carries_one_to_fifteen_orders(count: int) -> None:
    with pytest.raises(BadInput):
        body_of([{}] * count)


@pytest.mark.parametrize(("kind", "funder"), [(0, "0x" + "1" * 40), (4, ADDRESS)])
def test_a_wallet_that_cannot_be_is_refused(kind: int, funder: str) -> None:
    with pytest.raises(BadInput):
        Wallet(signer=ADDRESS, funder=funder, signature_type=kind)


def test_a_draft_carries_no_secret_and_may_travel() -> None:
    draft = draft_of(order(), listing(), EOA)
    assert pickle.loads(pickle.dumps(draft)) == draft
    assert KEY[2:] not in repr(draft)


def _exchange(kind: int, **market: Any) -> tuple[Exchange, Wallet]:
    wallet = Wallet(signer=ADDRESS, funder=wallet_address(ADDRESS, kind), signature_type=kind)
    x = Exchange(7)
    x.list_market(
        Market(condition_id="0xc", number=1, yes="1234567890", no="2", question="?", slug="s", event_id="e", **market)
    )
    x.deposit(Account(address=wallet.funder, signer=ADDRESS, signature_type=kind), 10**9)
    return x, wallet


def _read(x: Exchange, body: bytes) -> Any:
    row = msgspec.json.decode(body, type=list[msgspec.Raw])[0]
    return draft_read(x, ApiKey(API_KEY, "s", "p", ADDRESS), intake.read(intake.SEND, row))
