"""API credentials and the code they put on a request: an HMAC over time, method, path without query, and the exact body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import NoReturn
from uuid import UUID

from astra_actors.kernel.errors import BadInput

_PATH_ENDS = "?"  # a query string is sent, and not signed


class Credentials:
    """One API key of one wallet. The secret and the passphrase print as ***, and cannot be pickled into another process.

    Raises `BadInput` naming the field, never its value, where one of them cannot be what it should.
    """

    __slots__ = ("_passphrase", "_secret", "address", "api_key")

    def __init__(self, *, address: str, api_key: str, secret: str, passphrase: str) -> None:
        self.address = address  # the signer's own address, never the funder's
        self.api_key = _checked_key(api_key)
        self._secret = _checked_secret(secret)
        if not passphrase or not passphrase.isprintable():
            raise BadInput("passphrase", "***", "give the passphrase that came with the API key")
        self._passphrase = passphrase

    def headers(self, *, method: str, path: str, body: bytes = b"", at_s: int) -> dict[str, str]:
        """The five headers that prove a request; `path` is without its query, `body` the very bytes that are sent."""
        if _PATH_ENDS in path:
            raise BadInput("path", path, "the query string is not part of what is signed; hand in the path alone")
        return {
            "POLY_ADDRESS": self.address,
            "POLY_SIGNATURE": sign(self._secret, str(at_s), method, path, body),
            "POLY_TIMESTAMP": str(at_s),
            "POLY_API_KEY": self.api_key,
            "POLY_PASSPHRASE": self._passphrase,
        }

    def stream_auth(self) -> dict[str, str]:
        """What the first frame of the user channel carries: the raw credentials, since it has no headers."""
        return {"apiKey": self.api_key, "secret": self._secret, "passphrase": self._passphrase}

    def __repr__(self) -> str:
        return f"Credentials({self.address}, api_key=***, secret=***, passphrase=***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials stay in the process that read them")


def sign(secret: str, stamp: str, method: str, path: str, body: bytes) -> str:
    """The HMAC of one request. A single quote in the body counts as a double one, as the venue's clients have it."""
    message = f"{stamp}{method}{path}".encode() + body.replace(b"'", b'"')
    digest = hmac.new(base64.urlsafe_b64decode(secret), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _checked_key(api_key: str) -> str:
    try:
        UUID(api_key)
    except (ValueError, AttributeError, TypeError):
        raise BadInput("api_key", "***", "an API key is a UUID; derive it again from the wallet") from None
    return api_key  # as it was given: the venue compares the text


def _checked_secret(secret: str) -> str:
    try:
        raw = base64.b64decode(secret, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError, TypeError):
        raw = b""
    if not raw:
        raise BadInput("secret", "***", "an API secret is base64 in the alphabet of URLs, with its padding") from None
    return secret
