"""The keys of the account, fetched by the one process that holds them; they are shown to nobody and cannot be pickled.

What is fetched is a descriptor of an unnamed file, over a Unix socket of the run: the keys stand in no environment, in no
argument and in no file that has a name.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from astra_actors.kernel.errors import AstraError, BadInput

BYTES_MAX: Final = 16_384
WAIT_S: Final = 5.0  # whoever serves it does nothing else
SIGNATURE_TYPES: Final = (0, 1, 2, 3)


class NoKeys(AstraError):
    """Nobody hands out keys here, or what is handed out are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveKeys:
    """What trades an account. API credentials may be empty: they are derived from the private key then."""

    private_key: str = field(repr=False)
    api_key: str = field(default="", repr=False)
    api_secret: str = field(default="", repr=False)
    api_passphrase: str = field(default="", repr=False)
    signature_type: int = 0
    funder: str = ""  # the wallet that holds the assets; empty: the key's own address

    def __post_init__(self) -> None:
        if self.signature_type not in SIGNATURE_TYPES:
            raise BadInput("SIGNATURE_TYPE", self.signature_type, "0 EOA, 1 proxy, 2 safe, 3 deposit wallet")

    @property
    def has_credentials(self) -> bool:
        """Whether API credentials came along, all three of them."""
        return bool(self.api_key and self.api_secret and self.api_passphrase)

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys stay in the process that fetched them")


_READ: Final = msgspec.json.Decoder(dict[str, str])


def fetch(path: Path) -> LiveKeys:
    """The keys that are served at this socket; raises `NoKeys`, or `BadInput` for a setting that cannot be."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(WAIT_S)
            client.connect(str(path))
            _, descriptors, _, _ = socket.recv_fds(client, 1, 1)
    except OSError as error:
        raise NoKeys(f"no keys are served at {path}: {error.strerror or type(error).__name__}") from None
    if not descriptors:
        raise NoKeys(f"whoever listens at {path} hands out no keys to this process")
    try:
        return keys_of(descriptors[0])
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def keys_of(descriptor: int) -> LiveKeys:
    """The keys in a sealed descriptor."""
    try:
        named = _READ.decode(os.pread(descriptor, BYTES_MAX, 0))
    except (OSError, msgspec.DecodeError, UnicodeError):
        raise NoKeys("what was handed out cannot be read as keys") from None
    kind = named.get("SIGNATURE_TYPE", "") or "0"
    return LiveKeys(
        private_key=named.get("POLY_PRIVATE_KEY", ""),
        api_key=named.get("POLY_API_KEY", ""),
        api_secret=named.get("POLY_API_SECRET", ""),
        api_passphrase=named.get("POLY_API_PASSPHRASE", ""),
        signature_type=int(kind) if kind.isascii() and kind.isdigit() and len(kind) < 3 else -1,
        funder=named.get("FUNDER_ADDRESS", ""),
    )
