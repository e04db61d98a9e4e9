"""Promise: keys sign, and are never seen: not printed, not in an error, not pickled into another process."""

from __future__ import annotations

import copy
import pickle
import traceback
from typing import Any

import pytest
from clob_values import ADDRESS, API_KEY, KEY, SECRET

from astra_actors.kernel.errors import BadInput
from astra_actors.venues.clob.fills import Us
from astra_actors.venues.signing.credentials import Credentials
from astra_actors.venues.signing.wallet_key import WalletKey

AUTH = (
    "0x131287b4c69ecd9feae81d310e724dea7c5d98c1d38f1d5fe4d2b730a33022fa"
    "3bd648a56e1e3b8e51a49d8eb86b5201a8ee4b1de4ad356d47ef393c12d8a8c91c"
)


def credentials(**more: str) -> Credentials:
    return Credentials(**{"address": ADDRESS, "api_key": API_KEY, "secret": SECRET, "passphrase": "open", **more})


@pytest.mark.parametrize(
    ("method", "path", "body", "wanted"),
    [  # vectors of the official client 1.2.1, as the venue reference lists them
        ("GET", "/data/orders", b"", "2gA6mZkv2umC731NjVv_0JqS0H7EviVO_2ou0CMHiO0="),
        ("DELETE", "/order", b'{"orderID":"0xabc"}', "0Cp5NIxJx_cNDGcaFhYYOk62yL5N9NcKdOVfJltd0Z4="),
    ],
)
def test_a_request_is_proven_over_time_method_path_and_body(method: str, path: str, body: bytes, wanted: str) -> None:
    headers = credentials().headers(method=method, path=path, body=body, at_s=1_790_000_000)
    assert headers == {
        "POLY_ADDRESS": ADDRESS, "POLY_SIGNATURE": wanted, "POLY_TIMESTAMP": "1790000000", "POLY_API_KEY": API_KEY,
        "POLY_PASSPHRASE": "open",
    }  # fmt: skip


def test_a_query_is_not_signed_and_therefore_refused() -> None:
    with pytest.raises(BadInput, match="query"):
        credentials().headers(method="GET", path="/data/orders?market=0xc", at_s=1)


def test_the_wallets_attestation_is_the_official_clients() -> None:
    key = WalletKey(KEY)
    assert key.address == ADDRESS
    assert key.attest(at_s=1_790_000_000, nonce=0, chain_id=137) == {
        "POLY_ADDRESS": ADDRESS, "POLY_SIGNATURE": AUTH, "POLY_TIMESTAMP": "1790000000", "POLY_NONCE": "0",
    }  # fmt: skip


@pytest.mark.parametrize("holder", [WalletKey(KEY), credentials(), Us(api_key=API_KEY, funder=ADDRESS)])
def test_nothing_secret_is_printed(holder: Any) -> None:
    for shown in (repr(holder), str(holder), f"{holder!r:>10}"):
        assert all(secret not in shown for secret in (KEY[2:], SECRET, "open", API_KEY))


@pytest.mark.parametrize("holder", [WalletKey(KEY), credentials()])
def test_a_key_does_not_leave_its_process(holder: Any) -> None:
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="stay"):
            leave(holder)
    assert not hasattr(holder, "__dict__")


@pytest.mark.parametrize("bad", ["", "0x", KEY[:-1], KEY + "00", "zz" * 32, "0x" + "0" * 64, "0x" + "f" * 64])
def test_a_bad_private_key_is_refused_without_showing_it(bad: str) -> None:
    with pytest.raises(BadInput) as caught:
        WalletKey(bad)
    told = "".join(traceback.format_exception(caught.value, chain=True)[-1:])
    assert "private_key" in told
    assert len(bad) < 8 or bad not in told


@pytest.mark.parametrize(
    ("field", "bad"), [("api_key", "no-uuid-1234"), ("secret", "not base64 !"), ("secret", ""), ("passphrase", "")]
)
def test_bad_credentials_are_named_and_not_shown(field: str, bad: str) -> None:
    with pytest.raises(BadInput, match=field) as caught:
        credentials(**{field: bad})
    assert not bad or bad not in str(caught.value)
