"""From one of our orders to the body that is posted, and to the id the venue will know it by.

Everything the hash covers comes from the order itself: the salt from our id, the timestamp from when it was decided. So
an order that is built twice, by another process after a crash as well, has the same id, and the venue cannot take it twice.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from astra_actors.execution.order import Order
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_MS, NS_PER_S
from astra_actors.market.instrument import Side
from astra_actors.venues.clob.amounts import Amounts, limit_amounts
from astra_actors.venues.signing.eip712 import (
    DEPOSIT_WALLET,
    NEG_RISK,
    POLYGON,
    POSITIONS,
    STANDARD,
    SignedOrder,
    order_hash,
)
from astra_actors.venues.signing.wallet_key import WalletKey

BATCH_MAX: Final = 15  # orders in one request (polymarket.md 7.7)
GTD_AHEAD_S_MIN: Final = 180  # the venue refuses a nearer expiration
_SALT_BITS: Final = 53  # it travels as a JSON number, which readers take for a double
_NOTHING: Final = "0x" + "0" * 64
_TOKEN_MAX: Final = 2**256 - 1
_TOKEN_DIGITS_MAX: Final = 78
_EXCHANGES: Final = {("v1", False): STANDARD, ("v1", True): NEG_RISK, ("v2", False): POSITIONS, ("v2", True): POSITIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """Who trades: the key's own address, the wallet that holds the assets, and how one signs for the other."""

    signer: str
    funder: str
    signature_type: int
    chain_id: int = POLYGON

    def __post_init__(self) -> None:
        if self.signature_type not in (0, 1, 2, 3):
            raise BadInput("signature_type", self.signature_type, "0 EOA, 1 proxy, 2 safe, 3 deposit wallet")
        if self.signature_type == 0 and self.signer.lower() != self.funder.lower():
            raise BadInput(
                "funder", self.funder, "a plain wallet holds its own assets; a contract wallet is type 1 to 3"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What the venue says of the token an order is for, as it is now: the tick of a market can change."""

    condition_id: str
    token_id: str
    tick_e4: int
    size_min_e6: int
    neg_risk: bool
    version: str = "v1"

    @property
    def exchange(self) -> str:
        """The contract that an order is signed for: by version and kind, never by the presence of a field."""
        try:
            return _EXCHANGES[self.version, self.neg_risk]
        except KeyError:
            raise BadInput("version", self.version, "only v1 and v2 markets are known; do not trade this one") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One order ready to be signed. `venue_id` is written into the ledger before anything leaves."""

    order_id: str
    venue_id: str  # 0x and 64 hex: the EIP-712 hash
    condition_id: str
    token_id: str
    signed: SignedOrder
    exchange: str
    chain_id: int
    expiration_s: int  # stated to the venue and enforced by it, not signed
    post_only: bool
    key_address: str  # whose key has to sign: not the order's own signer when that is a deposit wallet

    @property
    def order_type(self) -> str:
        """Always `GTD`: an order without an end would outlive everybody who could cancel it."""
        return "GTD"

    def row(self, key: WalletKey, api_key: str) -> dict[str, Any]:
        """The order as one row of a body: signed by `key`, owned by `api_key`."""
        if key.address.lower() != self.key_address.lower():
            raise BadInput("key", key.address, f"this order is to be signed by {self.key_address}")
        order = self.signed
        return {
            "order": {
                "salt": order.salt,
                "maker": order.maker,
                "signer": order.signer,
                "tokenId": str(order.token_id),
                "makerAmount": str(order.maker_amount),
                "takerAmount": str(order.taker_amount),
                "side": "SELL" if order.side else "BUY",
                "expiration": str(self.expiration_s),
                "signatureType": order.signature_type,
                "timestamp": str(order.timestamp),
                "metadata": order.metadata,
                "builder": order.builder,
                "signature": key.sign_order(order, self.chain_id, self.exchange),
            },
            "owner": api_key,
            "orderType": self.order_type,
            "deferExec": False,
            "postOnly": self.post_only,
        }


def draft_of(
    order: Order, listing: Listing, wallet: Wallet, *, post_only: bool = True, builder: str = _NOTHING
) -> Draft:
    """The order as it will be signed. Raises `BadInput` for what the venue would refuse: grid, lot, minimum, expiration."""
    amounts = limit_amounts(side=order.side, price_e4=order.price_e4, size_e6=order.size_e6, tick_e4=listing.tick_e4)
    if order.size_e6 < listing.size_min_e6:
        raise BadInput("size_e6", order.size_e6, f"the market takes {listing.size_min_e6} or more")
    signed = _signed(order, amounts, listing, wallet, builder)
    return Draft(
        order_id=order.order_id,
        venue_id="0x" + order_hash(signed, wallet.chain_id, listing.exchange).hex(),
        condition_id=listing.condition_id,
        token_id=listing.token_id,
        signed=signed,
        exchange=listing.exchange,
        chain_id=wallet.chain_id,
        expiration_s=_expiration_s(order),
        post_only=post_only,
        key_address=wallet.signer,
    )


def body_of(rows: list[dict[str, Any]]) -> bytes:
    """The exact bytes of `POST /orders`, over which the request is proven; at most fifteen rows."""
    if not 0 < len(rows) <= BATCH_MAX:
        raise BadInput("rows", len(rows), f"a request carries 1 to {BATCH_MAX} orders")
    return msgspec.json.encode(rows)


def salt_of(order_id: str) -> int:
    """A number below 2^53 from our own id, always the same."""
    digest = hashlib.blake2b(order_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - _SALT_BITS)


def _signed(order: Order, amounts: Amounts, listing: Listing, wallet: Wallet, builder: str) -> SignedOrder:
    text = listing.token_id
    token_id = int(text) if text.isascii() and text.isdigit() and len(text) <= _TOKEN_DIGITS_MAX else -1
    if not 0 <= token_id <= _TOKEN_MAX:
        raise BadInput("token_id", listing.token_id, "a token id is a decimal number of up to 78 digits")
    return SignedOrder(
        salt=salt_of(order.order_id),
        maker=wallet.funder,
        signer=wallet.funder if wallet.signature_type == DEPOSIT_WALLET else wallet.signer,
        token_id=token_id,
        maker_amount=amounts.maker_e6,
        taker_amount=amounts.taker_e6,
        side=0 if order.side is Side.BUY else 1,
        signature_type=wallet.signature_type,
        timestamp=order.sent_ns // NS_PER_MS,
        metadata=_NOTHING,
        builder=builder,
    )


def _expiration_s(order: Order) -> int:
    """The expiration to state, in whole seconds and far enough ahead."""
    expiration_s, rest = divmod(order.expires_ns, NS_PER_S)
    if rest or expiration_s < order.sent_ns // NS_PER_S + GTD_AHEAD_S_MIN:
        raise BadInput("expires_ns", order.expires_ns, f"give whole seconds, {GTD_AHEAD_S_MIN} s or more ahead")
    return expiration_s
