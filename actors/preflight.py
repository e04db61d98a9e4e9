"""Looks at keys, wallet and venue before the first order, with the venue's own client; nothing is posted and nothing moves."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import httpx2
import msgspec

from actors.key_client import LiveKeys
from actors.official import Official, OfficialFailed
from astra_actors.feeds.venue_socket import LOOPBACK
from astra_actors.kernel.errors import BadInput, WireError
from astra_actors.venues.clob.gateway_params import GatewayParams
from astra_actors.venues.clob.preflight import Failed, Finding, Seen, findings
from astra_actors.venues.clob.replies import read_balance
from astra_actors.venues.signing.credentials import Credentials
from astra_actors.venues.signing.eip712 import DEPOSIT_WALLET, STANDARD, SignedOrder
from astra_actors.venues.signing.wallet_key import WalletKey

T = TypeVar("T")
PROBE_TOKEN: Final = "1234567890"  # no token of the venue's
TRIES: Final = 3  # a request in fifty fails at a venue that is well
AGAIN_S: Final = 0.5
PASSING: Final = (425, 429)  # a restart and a limit, which pass by themselves


def look(keys: LiveKeys, url: str, params: GatewayParams) -> tuple[Finding, ...]:
    """Every check at once; blocks for some requests. What failed says what to do about it."""
    return findings(_seen(keys, url, params), params)


def open_account(keys: LiveKeys, url: str, params: GatewayParams) -> tuple[WalletKey, Official, str]:
    """The key, the venue's client, and the funder; raises `BadInput` for what cannot be."""
    key = WalletKey(keys.private_key)
    funder = keys.funder or key.address
    official = Official(
        url, keys.private_key, chain_id=params.chain_id, signature_type=keys.signature_type, funder=funder
    )
    return key, official, funder


def credentials_of(keys: LiveKeys, official: Official) -> Credentials:
    """The API credentials that came along, or those that the wallet derives; the client takes them too."""
    if keys.has_credentials:
        made = Credentials(
            address=official.address, api_key=keys.api_key, secret=keys.api_secret, passphrase=keys.api_passphrase
        )
    else:
        made = official.credentials()
    raw = made.stream_auth()
    official.use(api_key=raw["apiKey"], secret=raw["secret"], passphrase=raw["passphrase"])
    return made


def _seen(keys: LiveKeys, url: str, params: GatewayParams) -> Seen:
    seen = Seen(signature_type=keys.signature_type)
    try:
        key, official, seen.funder = open_account(keys, url, params)
    except BadInput as error:
        seen.key_wrong = str(error)
        return seen
    seen.key = key.address
    seen.skew_s = _ask(official.skew_s)
    if isinstance(seen.skew_s, Failed):
        return seen  # the rest would wait in vain
    seen.version = _ask(official.version)
    seen.same_signature = _same_signature(official, key, params.chain_id)
    try:
        made = _ask(lambda: credentials_of(keys, official))
    except BadInput as error:
        made = Failed(status=None, why=str(error))
    if isinstance(made, Failed):
        seen.api_keys = made
        return seen
    seen.api_key = made.api_key
    seen.api_keys = _ask(official.own_keys)
    seen.closed_only = _ask(official.closed_only)
    _look_at_money(seen, official)
    if keys.signature_type == DEPOSIT_WALLET and params.relayer_url:
        seen.deployed = _patiently(lambda: _deployed(params, seen.funder))
    return seen


def _look_at_money(seen: Seen, official: Official) -> None:
    answer = _ask(official.collateral)
    if isinstance(answer, Failed):
        seen.collateral_e6 = answer
        return
    try:
        seen.collateral_e6, seen.allowances = read_balance(msgspec.json.encode(answer))
    except WireError as error:
        seen.collateral_e6 = Failed(status=None, why=str(error))


def _deployed(params: GatewayParams, funder: str) -> bool | Failed:
    try:
        with httpx2.Client(timeout=params.question_timeout_s, trust_env=not _local(params.relayer_url)) as client:
            answer = client.get(f"{params.relayer_url.rstrip('/')}/deployed", params={"address": funder})
        told: Any = answer.json() if answer.status_code == 200 else None
    except (httpx2.HTTPError, ValueError) as error:
        return Failed(status=None, why=f"the relayer gave no answer: {type(error).__name__}")
    if not isinstance(told, dict) or not isinstance(told.get("deployed"), bool):
        return Failed(status=answer.status_code, why=f"the relayer answered HTTP {answer.status_code}")
    return bool(told["deployed"])


def _same_signature(official: Official, key: WalletKey, chain_id: int) -> bool:
    """Whether our own signature of an order of the client's is the client's."""
    its = official.probe(token_id=PROBE_TOKEN, price=0.52, size=10.0, tick="0.01")
    order = SignedOrder(
        salt=int(its.salt),
        maker=its.maker,
        signer=its.signer,
        token_id=int(its.tokenId),
        maker_amount=int(its.makerAmount),
        taker_amount=int(its.takerAmount),
        side=int(its.side),
        signature_type=int(its.signatureType),
        timestamp=int(its.timestamp),
        metadata=its.metadata,
        builder=its.builder,
    )
    return key.sign_order(order, chain_id, STANDARD) == str(its.signature)


def _ask(question: Callable[[], T]) -> T | Failed:
    def once() -> T | Failed:
        try:
            return question()
        except OfficialFailed as error:
            return Failed(status=error.status, why=str(error))

    return _patiently(once)


def _patiently(question: Callable[[], T | Failed]) -> T | Failed:
    """The answer, asked for again where its lack says nothing of the account: a restart, a request that was lost."""
    answer = question()
    for _ in range(TRIES - 1):
        if not isinstance(answer, Failed) or not _passes(answer.status):
            break
        time.sleep(AGAIN_S)
        answer = question()
    return answer


def _passes(status: int | None) -> bool:
    return status is None or status >= 500 or status in PASSING


def _local(url: str) -> bool:
    return any(f"//{host}" in url for host in LOOPBACK)
