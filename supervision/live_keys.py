"""The account as the environment of `astra live` names it; all that is missing or malformed is told at once, by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from astra_actors.config.mistakes import Mistake, refuse
from astra_actors.kernel.errors import BadInput
from astra_actors.venues.signing.credentials import Credentials
from astra_actors.venues.signing.wallet_key import WalletKey

KEY: Final = "POLY_PRIVATE_KEY"
API: Final = {"POLY_API_KEY": "api_key", "POLY_API_SECRET": "secret", "POLY_API_PASSPHRASE": "passphrase"}
KINDS: Final = ("plain", "proxy", "safe", "deposit wallet")  # by SIGNATURE_TYPE
HIDDEN: Final = "***"
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """Whose money it is: the signer, the wallet that holds the assets, and what kind of wallet that is. No secret."""

    address: str
    funder: str
    signature_type: int
    own_api_key: bool  # given by the person; otherwise it is derived from the wallet's key

    @property
    def kind(self) -> str:
        return KINDS[self.signature_type]


def read_wallet(environ: Mapping[str, str]) -> Wallet:
    """The wallet; raises `ConfigError` with every variable that is missing or malformed, and never with a value of a key."""
    mistakes: list[Mistake] = []
    address = _address(environ, mistakes)
    kind = _kind(environ, mistakes)
    funder = _funder(environ, address, kind, mistakes)
    mistakes += _api_key(environ, address)
    refuse(mistakes)
    return Wallet(
        address=address, funder=funder, signature_type=kind, own_api_key=bool(environ.get("POLY_API_KEY", "").strip())
    )


def _address(environ: Mapping[str, str], mistakes: list[Mistake]) -> str:
    text = environ.get(KEY, "").strip()
    if not text:
        mistakes.append(Mistake(KEY, "(not set)", "put the key of the wallet into the environment of this command"))
        return ""
    try:
        return WalletKey(text).address
    except BadInput as error:
        mistakes.append(Mistake(KEY, HIDDEN, error.remedy))
        return ""


def _kind(environ: Mapping[str, str], mistakes: list[Mistake]) -> int:
    text = environ.get("SIGNATURE_TYPE", "").strip() or "0"
    if text not in ("0", "1", "2", "3"):
        kinds = ", ".join(f"{number} {name}" for number, name in enumerate(KINDS))
        mistakes.append(Mistake("SIGNATURE_TYPE", text, f"give the kind of wallet: {kinds}"))
        return 0
    return int(text)


def _funder(environ: Mapping[str, str], address: str, kind: int, mistakes: list[Mistake]) -> str:
    text = environ.get("FUNDER_ADDRESS", "").strip()
    if not text:
        if kind:
            mistakes.append(Mistake("FUNDER_ADDRESS", "(not set)", f"name the {KINDS[kind]} that holds the assets"))
        return address
    if not _ADDRESS.fullmatch(text):
        mistakes.append(Mistake("FUNDER_ADDRESS", text, "an address is 0x and 40 hexadecimal digits"))
    elif address and not kind and text.lower() != address.lower():
        remedy = f"a plain wallet holds its own assets at {address}; for another wallet set SIGNATURE_TYPE as well"
        mistakes.append(Mistake("FUNDER_ADDRESS", text, remedy))
    return text


def _api_key(environ: Mapping[str, str], address: str) -> Iterator[Mistake]:
    """All three or none; one by one they are checked with good ones in the others' places."""
    given = {name: environ.get(name, "").strip() for name in API}
    if not any(given.values()):
        return
    good = {"api_key": "00000000-0000-4000-8000-000000000000", "secret": "AAAA", "passphrase": "x"}
    for name, field in API.items():
        if not given[name]:
            yield Mistake(name, "(not set)", f"set all of {', '.join(API)}, or none: they are derived then")
            continue
        try:
            Credentials(address=address, **{**good, field: given[name]})
        except BadInput as error:
            yield Mistake(name, HIDDEN, error.remedy)
