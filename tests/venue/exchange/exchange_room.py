"""An exchange without a process, a socket or a clock: wallets with names, one market, orders by hand."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from astra_actors.venues.exchange import clockwork, positions
from astra_actors.venues.exchange.account import Account
from astra_actors.venues.exchange.amounts import Terms
from astra_actors.venues.exchange.faults import Faults
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.order import Order, OrderType
from astra_actors.venues.exchange.placing import Draft, Placed, place
from astra_actors.venues.exchange.refusal import Refused
from astra_actors.venues.exchange.state import Exchange, Timing
from astra_actors.venues.exchange.switches import Switches, flipped

CENT = 10_000
START_MS = 1_790_000_000_000
NAMES = ("ann", "bob", "cat")


class Room:
    """Ann, Bob and Cat with a thousand dollars and a hundred complete sets each."""

    def __init__(
        self, *, faults: dict[str, float] | None = None, usd: int = 1_000, sets: int = 100, **market: Any
    ) -> None:
        switches = market.pop("switches", {})
        timing = market.pop("timing", Timing(mine_ms=(1_000, 1_000), confirm_ms=(1_000, 1_000)))
        self.x = Exchange(7, switches=flipped(Switches(), switches.items()), faults=Faults(7, faults), timing=timing)
        self.market = Market(
            condition_id="0xc", number=1, yes="1", no="2", question="?", slug="s", event_id="e",
            fee_rate=Decimal(market.pop("fee_rate", "0")), **market,
        )  # fmt: skip
        self.x.list_market(self.market)
        self.now_ms = START_MS
        self.wallets = {name: Account(address=f"0x{name}", signer=f"0x{name}", signature_type=0) for name in NAMES}
        for account in self.wallets.values():
            self.x.deposit(account, (usd + sets) * 1_000_000)
            if sets:
                positions.split(self.x, account, self.market, sets * 1_000_000)
        self._ids = itertools.count(1)

    def post(
        self, who: str, side: str, outcome: str, cents: float, shares: float, kind: str = "GTC", **more: Any
    ) -> Placed:
        """An order in cents and shares; raises `Refused`."""
        price, size = round(cents * 100), round(shares * 100) * CENT
        buys = side == "BUY"
        budget = more.pop("budget_e6", price * size // 10_000 if buys else 0)
        draft = Draft(
            order_id=more.pop("order_id", f"0x{next(self._ids)}"),
            owner=who,
            account=self.wallets[who],
            market=self.market,
            asset=self.market.asset(yes=outcome == "YES"),
            buys=buys,
            terms=Terms(price_e4=price, size_e6=size, budget_e6=budget),
            kind=OrderType(kind),
            **more,
        )
        return place(self.x, draft, self.now_ms)

    def refused(self, *order: Any, **more: Any) -> str:
        """The text of a refusal, "" when it was accepted."""
        try:
            self.post(*order, **more)
        except Refused as refused:
            return refused.text
        return ""

    def pass_ms(self, ms: int) -> None:
        """Let time pass."""
        self.now_ms += ms
        clockwork.advance(self.x, self.now_ms)

    def settle(self) -> None:
        """Long enough for every settlement."""
        for _ in range(60):
            self.pass_ms(1_000)

    def order(self, placed: Placed) -> Order:
        return self.x.orders[placed.order_id]

    def depth(self, outcome: str = "YES") -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """Bids and asks of a token in cents and shares, best last."""
        sides = self.x.books["0xc"].depth(yes=outcome == "YES")
        bids, asks = ([(price / 100, size / 1_000_000) for price, size in side] for side in sides)
        return bids, asks

    def holds(self, who: str) -> tuple[float, float, float]:
        """Dollars, YES and NO of a wallet, settled."""
        account = self.wallets[who]
        return tuple(each / 1_000_000 for each in (account.cash_e6, account.tokens("1"), account.tokens("2")))  # type: ignore[return-value]

    def check_conserved(self) -> None:
        """No dollar and no set is made or lost, and nobody is below zero."""
        x = self.x
        assert sum(a.cash_e6 for a in x.accounts.values()) + x.escrow_e6 + x.fees_e6 == x.deposits_e6
        if not self.market.winner:
            for asset in ("1", "2"):
                assert sum(a.tokens(asset) for a in x.accounts.values()) == x.escrow_e6
        for account in x.accounts.values():
            assert account.cash_e6 >= 0 and all(size >= 0 for size in account.tokens_e6.values())
            assert account.claimed_cash_e6 >= 0 and all(size >= 0 for size in account.claimed_tokens_e6.values())
