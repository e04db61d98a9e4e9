"""The holder of the account on one event loop, with a ledger made of a list, and an owner who listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from exchange_bench import PATIENCE_S, Bench, Listed
from gateway_bench import gateway_params, listing, wallet

from actors.gateway_loop import GatewayLoop, Ports, now_ms
from actors.key_client import LiveKeys
from actors.preflight import credentials_of, open_account
from actors.venue_http import ClobHttp
from astra_actors.execution.order import Order
from astra_actors.kernel.units import NS_PER_S
from astra_actors.venues.clob.account import Account
from astra_actors.venues.clob.account_memory import AccountMemory
from astra_actors.venues.clob.account_params import AccountParams
from astra_actors.venues.clob.account_rows import AccountRow
from astra_actors.venues.clob.fills import Us
from astra_actors.venues.clob.proof import ProofParams
from astra_actors.venues.clob.words import Join, Joined, News, Place, Told
from astra_actors.venues.port import Accepted

T = TypeVar("T", bound=News)
US = 2  # the account of these tests: its heartbeats lapse between them
SHARD, OWNER = 0, 7
PATIENCE = AccountParams(  # the exchange lists a trade at once, and nothing is between it and us
    proof=ProofParams(trades_lag_s=0, repeat_s=1), cancel_repeat_ms=500, ask_repeat_ms=500
)


class Desk:
    """What the tests say and hear."""

    def __init__(self, gateway: GatewayLoop, rows: list[AccountRow], running: asyncio.Task[None]) -> None:
        self.gateway, self.rows, self.running = gateway, rows, running
        self.told: list[Told] = []

    def place(self, market: Listed, *orders: Order) -> None:
        words = [
            Place(order=each, listing=listing(market), lease_until_ns=each.sent_ns + 60 * NS_PER_S, incarnation=OWNER)
            for each in orders
        ]
        self.gateway.on_words(SHARD, words)

    async def rest(self, market: Listed, one: Order) -> Order:
        """Place an order and hear that the venue has it."""
        self.place(market, one)
        await self.hear(Accepted, lambda news: news.order_id == one.order_id)
        return one

    async def join(self, market: Listed) -> None:
        self.gateway.on_words(SHARD, [Join(market_id=market.cid, incarnation=OWNER)])
        await self.hear(Joined)

    async def hear(self, kind: type[T], accept: Callable[[T], bool] = lambda news: True) -> T:
        """The first news of this kind that was told and is accepted; waits for it."""
        seen = 0
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for one in self.told[seen:]:
                    if isinstance(one.news, kind) and accept(one.news):
                        return one.news
                seen = len(self.told)
                self.told += await self.gateway.on_poll(SHARD, self.told[-1].number if self.told else 0)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Listen until something has come true."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self.told += await self.gateway.on_poll(SHARD, self.told[-1].number if self.told else 0)

    def rows_of(self, kind: type) -> list[Any]:
        return [row for row in self.rows if isinstance(row, kind)]


@asynccontextmanager
async def desk(
    venue: Bench,
    *,
    write: Callable[[Sequence[AccountRow]], Awaitable[None]] | None = None,
    memory: AccountMemory | None = None,
    incarnation: int = 1,
    **more: Any,
) -> AsyncIterator[Desk]:
    """Open the account, trade, and let go of it. A wish that names no setting of the account is one of the Gateway's."""
    told = venue.accounts[US]
    keys = LiveKeys(**{name: told[name] for name in ("private_key", "signature_type", "funder")})
    params = gateway_params(venue, **more)
    key, official, funder = open_account(keys, venue.hello["clob"], params)
    creds = credentials_of(keys, official)
    rows: list[AccountRow] = []

    async def kept(new: Sequence[AccountRow]) -> None:
        if write is not None:
            await write(new)
        rows.extend(new)

    http = ClobHttp(venue.hello["clob"], params, creds, signature_type=keys.signature_type)
    ports = Ports(http=http, official=official, write=kept, learned=lambda: (), die=lambda attempt: 0.5)
    us = Us(api_key=creds.api_key, funder=funder)
    account = Account(us, wallet(venue, US), PATIENCE, incarnation=incarnation, now_ms=now_ms())
    account.restore(memory or AccountMemory(), now_ms())
    gateway = GatewayLoop(account, ports, params, key=key, credentials=creds)
    running = asyncio.create_task(gateway.run())
    try:
        yield Desk(gateway, rows, running)
    finally:
        gateway.close()
        await running
