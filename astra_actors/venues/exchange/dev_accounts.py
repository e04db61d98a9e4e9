"""Development accounts: keys that anyone can compute from the seed, and money that is worth nothing."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Final

from coincurve import PrivateKey

from astra_actors.venues.exchange.account import Account
from astra_actors.venues.exchange.money import USD_ONE_E6
from astra_actors.venues.exchange.state import Exchange
from astra_actors.venues.exchange.wallets import wallet_address
from astra_actors.venues.signing.eip712 import address_of

# Signature type and dollars of each: one wallet of every kind, and one that is nearly empty.
_WALLETS: Final = ((0, 10_000), (3, 10_000), (1, 10_000), (2, 10_000), (0, 10))


@dataclass(frozen=True, slots=True, kw_only=True)
class DevAccount:
    """A funded wallet and the key to it."""

    address: str  # of the key
    private_key: str
    signature_type: int
    funder: str  # the wallet that holds the assets; the address itself for type 0
    collateral_usd: int
    note: str = "worthless: this key is computed from the exchange's seed"

    def as_json(self) -> dict[str, Any]:
        """The account as `astra exchange` prints it."""
        return asdict(self)


def dev_accounts(seed: int) -> tuple[DevAccount, ...]:
    """The accounts of a seed, always the same."""
    return tuple(_dev_account(seed, number, kind, usd) for number, (kind, usd) in enumerate(_WALLETS))


def fund(x: Exchange, accounts: tuple[DevAccount, ...]) -> None:
    """Open the wallets and put the money in."""
    for each in accounts:
        wallet = Account(address=each.funder, signer=each.address, signature_type=each.signature_type)
        x.deposit(wallet, each.collateral_usd * USD_ONE_E6)


def _dev_account(seed: int, number: int, kind: int, usd: int) -> DevAccount:
    raw = hashlib.sha256(f"astra exchange development account {seed} {number}".encode()).digest()
    address = address_of(PrivateKey(raw).public_key)
    funder = wallet_address(address, kind)
    return DevAccount(
        address=address, private_key=f"0x{raw.hex()}", signature_type=kind, funder=funder, collateral_usd=usd
    )
