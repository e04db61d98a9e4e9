"""What the tests of the account's holder share: parameters, credentials and orders for one running exchange."""

from __future__ import annotations

import itertools
import time
from typing import Any

from exchange_bench import Bench, Listed

from astra_actors.execution.order import Order
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.instrument import Side, Token
from astra_actors.venues.clob.building import Draft, Listing, Wallet, draft_of
from astra_actors.venues.clob.gateway_params import GatewayParams
from astra_actors.venues.signing.credentials import Credentials

_NUMBERS = itertools.count(1)
SOME = Credentials(  # of nobody
    address="0x" + "1" * 40,
    api_key="11111111-2222-4333-8444-555555555555",
    secret="c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0IQ==",
    passphrase="p",
)


def gateway_params(venue: Bench | None, **more: Any) -> GatewayParams:
    """Patience as in production; addresses of the exchange, or of nothing."""
    where = {} if venue is None else {"user_ws_url": venue.hello["ws_user"], "relayer_url": venue.hello["relayer"]}
    return GatewayParams(**{**where, **more})


def credentials(venue: Bench, who: int = 0) -> Credentials:
    """The API credentials of one wallet."""
    creds = venue.client(who).creds
    return Credentials(
        address=venue.accounts[who]["address"],
        api_key=creds.api_key,
        secret=creds.api_secret,
        passphrase=creds.api_passphrase,
    )


def order(market: Listed, *, price_e4: int = 4_000, size_e6: int = 10_000_000, side: Side = Side.BUY) -> Order:
    """One order of ours, as the engine makes them."""
    now_ns = time.time_ns()
    return Order(
        order_id=f"order-{now_ns}-{next(_NUMBERS)}",
        market_id=market.cid,
        token=Token.YES,
        side=side,
        price_e4=price_e4,
        size_e6=size_e6,
        sent_ns=now_ns,
        expires_ns=(now_ns // NS_PER_S + 300) * NS_PER_S,
        strategy="market_making",
        reserved_e10=price_e4 * size_e6,
    )


def listing(market: Listed) -> Listing:
    """The market's YES token on a grid of one cent."""
    return Listing(
        condition_id=market.cid, token_id=market.yes, tick_e4=100, size_min_e6=5_000_000, neg_risk=False,
        version="v1",
    )  # fmt: skip


def wallet(venue: Bench, who: int = 0) -> Wallet:
    """Who trades."""
    account = venue.accounts[who]
    return Wallet(signer=account["address"], funder=account["funder"], signature_type=account["signature_type"])


def draft(venue: Bench, market: Listed, who: int = 0, **more: Any) -> Draft:
    """An order ready to be signed."""
    return draft_of(order(market, **more), listing(market), wallet(venue, who))
