"""A posted order is read and verified: whose it is, who signed it, and for which exchange."""

from __future__ import annotations

from typing import Final

from astra_actors.venues.exchange import refusal
from astra_actors.venues.exchange.account import Account
from astra_actors.venues.exchange.amounts import terms_of
from astra_actors.venues.exchange.intake import SendOrder, WireOrder
from astra_actors.venues.exchange.keys import ApiKey
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.order import OrderType
from astra_actors.venues.exchange.placing import Draft
from astra_actors.venues.exchange.refusal import bad
from astra_actors.venues.exchange.state import Exchange
from astra_actors.venues.signing.eip712 import NEG_RISK, POSITIONS, STANDARD, SignedOrder, order_hash, order_signer

_WALLET: Final = 3


def draft_of(x: Exchange, key: ApiKey, sent: SendOrder) -> Draft:
    """The order as a draft, or the venue's refusal: owner, signer, wallet, market, signature, amounts, in this order."""
    wire = sent.order
    if sent.owner != key.key:
        raise bad(refusal.OWNER)
    account = _wallet(x, key, wire)
    market = x.market_by_asset(wire.tokenId)
    order = _signed(wire)
    which = exchange_of(market)
    signer = order_signer(order, bytes.fromhex(wire.signature[2:]), x.chain_id, which)
    if signer is None or signer.lower() != key.address.lower():
        raise bad(refusal.SIGNATURE)
    order_id = "0x" + order_hash(order, x.chain_id, which).hex()
    kind = OrderType(sent.orderType)
    terms = terms_of(
        order_id,
        buys=wire.side == "BUY",
        maker_e6=order.maker_amount,
        taker_e6=order.taker_amount,
        tick_e4=market.tick_e4,
        market=not kind.rests,
        output_places=int(x.switches.market_output),
    )
    return Draft(
        order_id=order_id,
        owner=key.key,
        account=account,
        market=market,
        asset=wire.tokenId,
        buys=wire.side == "BUY",
        terms=terms,
        kind=kind,
        expiration_s=int(wire.expiration),
        post_only=sent.postOnly,
        builder=wire.builder,
    )


def exchange_of(market: Market) -> str:
    """Which contract an order of this market is signed for: by its version, never by the presence of a field."""
    if market.version == "v2":
        return POSITIONS
    return NEG_RISK if market.neg_risk else STANDARD


def _wallet(x: Exchange, key: ApiKey, wire: WireOrder) -> Account:
    """The account an order is for. A deposit wallet is its own signer; every other order is signed by the key's wallet."""
    if wire.signatureType != _WALLET and wire.signer.lower() != key.address.lower():
        raise bad(refusal.SIGNER)
    account = x.account(wire.maker)
    if account is None:
        raise bad(refusal.MAKER)
    if account.signer.lower() != key.address.lower() or account.signature_type != wire.signatureType:
        raise bad(refusal.SIGNER if wire.signatureType == _WALLET else refusal.MAKER)
    if wire.signatureType == _WALLET and wire.signer.lower() != wire.maker.lower():
        raise bad(refusal.SIGNER)
    return account


def _signed(wire: WireOrder) -> SignedOrder:
    return SignedOrder(
        salt=wire.salt,
        maker=wire.maker,
        signer=wire.signer,
        token_id=int(wire.tokenId),
        maker_amount=int(wire.makerAmount),
        taker_amount=int(wire.takerAmount),
        side=0 if wire.side == "BUY" else 1,
        signature_type=wire.signatureType,
        timestamp=int(wire.timestamp),
        metadata=wire.metadata,
        builder=wire.builder,
    )
