"""The private key of a wallet: it signs orders and attestations, and shows itself to nobody."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from coincurve import PrivateKey

from astra_actors.kernel.errors import BadInput
from astra_actors.venues.signing.eip712 import SignedOrder, address_of, auth_digest, signed_digest

_KEY: Final = re.compile(r"\A(?:0x)?[0-9a-fA-F]{64}\Z")


class WalletKey:
    """Signs for one address. It prints as its address and cannot be pickled, so that it never leaves its process.

    Raises `BadInput` without the value when the text is no key of this curve.
    """

    __slots__ = ("_key", "address")

    def __init__(self, private_key: str) -> None:
        if not isinstance(private_key, str) or not _KEY.match(private_key):
            raise BadInput("private_key", "***", "a private key is 64 hexadecimal digits, with or without 0x")
        try:
            self._key = PrivateKey(bytes.fromhex(private_key.removeprefix("0x")))
        except Exception:  # zero, or beyond the order of the curve; the library's own text could show the value
            raise BadInput("private_key", "***", "this number is no key of the curve") from None
        self.address = address_of(self._key.public_key)

    def sign_order(self, order: SignedOrder, chain_id: int, which: str) -> str:
        """The signature of an order as the wire carries it. The same order has the same signature (RFC 6979)."""
        digest, tail = signed_digest(order, chain_id, which)
        return "0x" + (self._sign(digest) + tail).hex()

    def attest(self, *, at_s: int, nonce: int, chain_id: int) -> dict[str, str]:
        """The level-1 headers that make or find an API key: this key controls its own address."""
        digest = auth_digest(self.address, str(at_s), nonce, chain_id)
        return {
            "POLY_ADDRESS": self.address,
            "POLY_SIGNATURE": "0x" + self._sign(digest).hex(),
            "POLY_TIMESTAMP": str(at_s),
            "POLY_NONCE": str(nonce),
        }

    def _sign(self, digest: bytes) -> bytes:
        signature = self._key.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes([signature[64] + 27])  # wallets count the parity from 27

    def __repr__(self) -> str:
        return f"WalletKey({self.address})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key stays in the process that read it")
