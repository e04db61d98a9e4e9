"""Oracle: hashes and signatures that the official client 1.2.1 produced, as the venue reference lists them."""

from __future__ import annotations

import pytest
from py_clob_client_v2.order_utils.exchange_order_builder_v2 import ExchangeOrderBuilderV2
from py_clob_client_v2.order_utils.model.order_data_v2 import OrderDataV2
from py_clob_client_v2.order_utils.model.side import Side
from py_clob_client_v2.order_utils.model.signature_type_v2 import SignatureTypeV2
from py_clob_client_v2.signer import Signer

from astra_actors.venues.exchange.wallets import wallet_address
from astra_actors.venues.signing.credentials import sign
from astra_actors.venues.signing.eip712 import (
    NEG_RISK,
    POSITIONS,
    STANDARD,
    SignedOrder,
    auth_signer,
    contract_of,
    order_hash,
    order_signer,
    recovered,
)

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # Anvil's public account 0
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
ZERO = "0x" + "0" * 64
ORDER = SignedOrder(
    479249096354, ADDRESS, ADDRESS, 1234567890, 5_200_000, 10_000_000, 0, 0, 1_790_000_000_000, ZERO, ZERO
)  # fmt: skip
SIGNATURE = bytes.fromhex(
    "0850d81b6e7dcc7039972a53efa4e0844faa96a9761e7c27b343e95c1c320139"
    "5c6db801f5c6715cf1080ddbaeed7e9fce6d9a376d831cae48f1d13777798ad61b"
)
AUTH = bytes.fromhex(
    "131287b4c69ecd9feae81d310e724dea7c5d98c1d38f1d5fe4d2b730a33022fa"
    "3bd648a56e1e3b8e51a49d8eb86b5201a8ee4b1de4ad356d47ef393c12d8a8c91c"
)
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0IQ=="


@pytest.mark.parametrize(
    ("which", "wanted"),
    [
        (STANDARD, "37c3531e98a3fb3fb7cdcc198db4b7741c881f3271b9340c5b8d6792a450a93c"),
        (NEG_RISK, "b821f2fd030054241f74c9b98a2aee392fa9010a7bafb77756cb72efa9a5691a"),
        (POSITIONS, "e58795a7c496a80e3e0d85e309830fbd848c2e5678212a74bdb4ce2e12030e88"),
    ],
)
def test_an_orders_id_is_its_hash_in_the_domain_of_its_exchange(which: str, wanted: str) -> None:
    assert order_hash(ORDER, 137, which).hex() == wanted


def test_the_signer_of_an_order_is_recovered() -> None:
    assert order_signer(ORDER, SIGNATURE, 137, STANDARD) == ADDRESS


@pytest.mark.parametrize(
    ("changed", "to"),
    [
        ("salt", 1), ("maker", "0x" + "1" * 40), ("signer", "0x" + "1" * 40), ("token_id", 1), ("maker_amount", 5_200_001),
        ("taker_amount", 9_999_999), ("side", 1), ("signature_type", 1), ("timestamp", 1), ("metadata", "0x" + "1" * 64),
        ("builder", "0x" + "1" * 64),
    ],
)  # fmt: skip
def test_every_signed_field_counts(changed: str, to: object) -> None:
    assert order_signer(ORDER._replace(**{changed: to}), SIGNATURE, 137, STANDARD) != ADDRESS


@pytest.mark.parametrize(("chain", "which"), [(137, NEG_RISK), (137, POSITIONS), (80_002, STANDARD)])
def test_an_order_for_another_exchange_has_another_signer(chain: int, which: str) -> None:
    assert order_signer(ORDER, SIGNATURE, chain, which) != ADDRESS


def test_the_wallets_attestation_is_verified() -> None:
    assert auth_signer(ADDRESS, "1790000000", 0, AUTH, 137) == ADDRESS
    assert auth_signer(ADDRESS, "1790000001", 0, AUTH, 137) != ADDRESS
    assert auth_signer(ADDRESS, "1790000000", 1, AUTH, 137) != ADDRESS
    assert auth_signer(ADDRESS, "1790000000", 0, AUTH, 80_002) != ADDRESS


@pytest.mark.parametrize(
    ("method", "path", "body", "wanted"),
    [
        ("GET", "/data/orders", b"", "2gA6mZkv2umC731NjVv_0JqS0H7EviVO_2ou0CMHiO0="),
        ("DELETE", "/order", b'{"orderID":"0xabc"}', "0Cp5NIxJx_cNDGcaFhYYOk62yL5N9NcKdOVfJltd0Z4="),
    ],
)
def test_the_hmac_covers_time_method_path_and_body(method: str, path: str, body: bytes, wanted: str) -> None:
    assert sign(SECRET, "1790000000", method, path, body) == wanted


@pytest.mark.parametrize(("which", "version"), [(STANDARD, "2"), (NEG_RISK, "2"), (POSITIONS, "3")])
def test_a_deposit_wallets_nested_signature_is_verified(which: str, version: str) -> None:
    wallet = "0x" + "Ab" * 20
    builder = ExchangeOrderBuilderV2(contract_of(137, which), 137, Signer(KEY, 137), lambda: 7, version)
    data = OrderDataV2(
        maker=wallet, signer=wallet, tokenId="99", makerAmount="10", takerAmount="20", side=Side.SELL,
        signatureType=SignatureTypeV2.POLY_1271, timestamp="1790000000000",
    )  # fmt: skip
    signature = bytes.fromhex(builder.build_signed_order(data).signature[2:])
    order = SignedOrder(7, wallet, wallet, 99, 10, 20, 1, 3, 1_790_000_000_000, ZERO, ZERO)
    assert len(signature) == 317
    assert order_signer(order, signature, 137, which) == ADDRESS
    assert order_signer(order._replace(taker_amount=21), signature, 137, which) is None  # its contents no longer match
    assert order_signer(order, signature[:-1] + b"\x00", 137, which) is None
    assert order_signer(order, signature[:65], 137, which) is None


@pytest.mark.parametrize("signature", [b"", b"\x00" * 65, b"\xff" * 65, SIGNATURE[:-1] + b"\x05", SIGNATURE * 2])
def test_what_is_no_signature_has_no_signer(signature: bytes) -> None:
    assert recovered(b"\x11" * 32, signature) is None


@pytest.mark.parametrize(
    ("kind", "wallet"),
    [
        (0, ADDRESS),
        (1, "0x365f0CA36Ae1f641E02fE3B7743673da42A13A70"),
        (2, "0xd93B25cb943D14d0d34FBaF01Fc93a0f8b5F6E47"),
        (3, "0xBc0fF067b7740Eff76C1ca93c875Ba6B890d6B50"),
    ],
)
def test_wallets_stand_where_the_unified_sdk_derives_them(kind: int, wallet: str) -> None:
    assert wallet_address(ADDRESS, kind) == wallet  # as polymarket-client 0.14.0 gives them
