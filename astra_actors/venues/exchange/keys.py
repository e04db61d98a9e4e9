"""API keys: made from the wallet and a number, so that deriving finds again what creating made; and who signed a request.

Level 1 is the wallet's own signature, level 2 an HMAC over time, method, path without query, and the exact body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

import msgspec

from astra_actors.venues.exchange import refusal
from astra_actors.venues.exchange.refusal import bad, unauthorized
from astra_actors.venues.exchange.state import Exchange
from astra_actors.venues.signing.credentials import sign
from astra_actors.venues.signing.eip712 import auth_signer

L2_TOLERANCE_S: Final = 30  # of the strict clock; the venue's own is not known
_NONCE_MAX: Final = 2**256 - 1


class ApiKey(msgspec.Struct):
    """One set of credentials. `address` is the wallet key's own address, never the funder."""

    key: str
    secret: str
    passphrase: str
    address: str
    nonce: int = 0
    kind: str = "trading"  # or readonly, builder
    revoked: bool = False
    beat_id: str = ""
    beat_due_ms: int = 0  # 0: no heartbeat was ever sent


class KeyRing:
    """Every key that was made."""

    def __init__(self, x: Exchange) -> None:
        self._x = x
        self.keys: dict[str, ApiKey] = {}
        self.dirty: dict[str, None] = {}

    def create(self, address: str, nonce: int, kind: str = "trading") -> ApiKey:
        """Make the key of a wallet and a number; one that exists is given again, or refused where the switch says so."""
        made = self._make(address, nonce, kind)
        known = self.keys.get(made.key)
        if known is not None and not known.revoked:
            if self._x.switches.created_key == "refused" and kind == "trading":
                raise bad("Could not create api key")
            return known
        self.keys[made.key] = made
        self.dirty[made.key] = None
        return made

    def derive(self, address: str, nonce: int) -> ApiKey:
        """Find a key that was made; one that was not is the venue's 400."""
        known = self.keys.get(self._make(address, nonce, "trading").key)
        if known is None or known.revoked:
            raise bad("Could not derive api key!")
        return known

    def revoke(self, key: ApiKey) -> None:
        """End a key; it can be made anew."""
        key.revoked = True
        self.dirty[key.key] = None

    def of(self, address: str, kind: str = "trading") -> list[ApiKey]:
        """The living keys of one wallet."""
        return [
            key for key in self.keys.values()
            if key.address.lower() == address.lower() and key.kind == kind and not key.revoked
        ]  # fmt: skip

    def named(self, key: str, secret: str, passphrase: str) -> ApiKey | None:
        """The key behind raw credentials, None when they are not those of a living one."""
        known = self.keys.get(key)
        if known is None or known.revoked:
            return None
        same = hmac.compare_digest(known.secret.encode(), secret.encode()) and hmac.compare_digest(
            known.passphrase.encode(), passphrase.encode()
        )
        return known if same else None

    def _make(self, address: str, nonce: int, kind: str) -> ApiKey:
        names = ("key", address.lower(), nonce, kind)
        seed = "\x1f".join(map(str, (self._x.seed, *names))).encode()
        secret = base64.urlsafe_b64encode(hashlib.sha256(b"secret" + seed).digest()).decode()
        phrase = hashlib.sha256(b"passphrase" + seed).hexdigest()
        return ApiKey(self._x.uuid(*names), secret, phrase, address, nonce, kind)


def wallet_of(headers: Mapping[str, str], now_ms: int, x: Exchange) -> tuple[str, int]:
    """The wallet and the number that level-1 headers prove; raises the venue's 401."""
    address, signature = headers.get("poly_address", ""), headers.get("poly_signature", "")
    stamp, nonce = headers.get("poly_timestamp", ""), headers.get("poly_nonce", "0")
    if not (_is_address(address) and _is_number(stamp) and _is_number(nonce) and int(nonce) <= _NONCE_MAX):
        raise unauthorized(refusal.L1)
    try:
        raw = bytes.fromhex(signature.removeprefix("0x"))
    except ValueError:
        raise unauthorized(refusal.L1) from None
    _check_clock(stamp, now_ms, x, refusal.L1)
    signer = auth_signer(address, stamp, int(nonce), raw, x.chain_id)
    if signer is None or signer.lower() != address.lower():
        raise unauthorized(refusal.L1)
    return signer, int(nonce)


def key_of(
    ring: KeyRing, headers: Mapping[str, str], method: str, path: str, body: bytes, now_ms: int, x: Exchange
) -> ApiKey:
    """The key that level-2 headers prove; raises the venue's 401."""
    stamp = headers.get("poly_timestamp", "")
    known = ring.keys.get(headers.get("poly_api_key", ""))
    if known is None or known.revoked or not _is_number(stamp):
        raise unauthorized()
    if headers.get("poly_address", "").lower() != known.address.lower():
        raise unauthorized()
    if not hmac.compare_digest(headers.get("poly_passphrase", "").encode(), known.passphrase.encode()):
        raise unauthorized()
    _check_clock(stamp, now_ms, x, refusal.KEY)
    wanted = sign(known.secret, stamp, method, path, body)
    if not hmac.compare_digest(headers.get("poly_signature", "").encode(), wanted.encode()):
        raise unauthorized()
    return known


def _check_clock(stamp: str, now_ms: int, x: Exchange, text: str) -> None:
    if x.switches.l2_clock == "strict" and abs(int(stamp) - now_ms // 1_000) > L2_TOLERANCE_S:
        raise unauthorized(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 78


def _is_address(text: str) -> bool:
    return len(text) == 42 and text.startswith("0x") and all(c in "0123456789abcdefABCDEF" for c in text[2:])
