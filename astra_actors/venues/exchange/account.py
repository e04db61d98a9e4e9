"""What one trading wallet holds at the exchange: dollars, tokens, allowances, and what open and matched orders claim."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from astra_actors.venues.exchange.money import cost_e6
from astra_actors.venues.exchange.order import Order

UNLIMITED = 2**256 - 1


class Account(msgspec.Struct):
    """A wallet. `cash_e6` and `tokens_e6` are what the chain says; `seen_*` is what the order checker has cached."""

    address: str  # who holds the assets: the funder
    signer: str  # the key's own address
    signature_type: int
    cash_e6: int = 0
    tokens_e6: dict[str, int] = {}
    claimed_cash_e6: int = 0  # matched, not yet settled
    claimed_tokens_e6: dict[str, int] = {}
    allowance_e6: int = UNLIMITED
    approved: bool = True  # the conditional tokens' operator approval
    seen_cash_e6: int = 0
    seen_tokens_e6: dict[str, int] = {}
    closed_only: bool = False
    banned: bool = False

    def tokens(self, asset: str) -> int:
        """Settled tokens of one asset."""
        return self.tokens_e6.get(asset, 0)

    def move(self, cash_e6: int = 0, asset: str = "", tokens_e6: int = 0) -> None:
        """Change what the chain holds."""
        self.cash_e6 += cash_e6
        if tokens_e6:
            self.tokens_e6[asset] = self.tokens(asset) + tokens_e6

    def claim(self, cash_e6: int, asset: str, tokens_e6: int) -> None:
        """A match claims, or with negative numbers releases, what a settlement will take."""
        self.claimed_cash_e6 += cash_e6
        if tokens_e6:
            self.claimed_tokens_e6[asset] = self.claimed_tokens_e6.get(asset, 0) + tokens_e6

    def look(self) -> None:
        """Refresh what the order checker has cached."""
        self.seen_cash_e6 = self.cash_e6
        self.seen_tokens_e6 = dict(self.tokens_e6)


def active_cash_e6(orders: Iterable[Order]) -> int:
    """Dollars that open buys would cost."""
    return sum(cost_e6(order.price_e4, order.left_e6) for order in orders if order.buys)


def active_tokens_e6(orders: Iterable[Order], asset: str) -> int:
    """Tokens of one asset that open sells would give."""
    return sum(order.left_e6 for order in orders if not order.buys and order.asset == asset)
