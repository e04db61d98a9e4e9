"""Trades as statistics count them: from flat to flat again, or to the settlement, per market and strategy.

Everything is told in YES terms: buying NO at q is selling YES at 1 − q, and a pair counts as closed at its dollar. The
profits of all trades of a market therefore add up to the market's whole profit, exactly.
"""

from __future__ import annotations

import msgspec

from astra_actors.kernel.ids import content_id
from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.market.instrument import Outcome, Side, Token, complement_e4

_PAYS_E4 = {Outcome.YES: PRICE_ONE_E4, Outcome.NO: 0, Outcome.VOID: PRICE_ONE_E4 // 2}  # one YES share


class ClosedTrade(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One round trip. `pnl = proceeds − cost − fees + rebates`; `cost_e10` is the cash committed, always positive."""

    trade_id: str
    market_id: str
    strategy: str
    direction: str  # BUY_YES or BUY_NO: the side that was opened
    opened_ns: int
    closed_ns: int
    size_e6: int  # shares entered, added up
    cost_e10: int
    proceeds_e10: int
    fees_e10: int
    rebates_e10: int
    pnl_e10: int
    exit_kind: str  # flat or settled


class TradeBuilder:
    """Watch the fills of one strategy in one market and say when a trade is complete."""

    __slots__ = (
        "_cost_e10",
        "_entered_e6",
        "_fees_e10",
        "_long",
        "_number",
        "_opened_ns",
        "_proceeds_e10",
        "_rebates_e10",
        "market_id",
        "net_e6",
        "strategy",
    )

    def __init__(self, market_id: str, strategy: str = "") -> None:
        self.market_id = market_id
        self.strategy = strategy
        self.net_e6 = 0  # YES minus NO
        self._number = 0
        self._long = True
        self._opened_ns = 0
        self._entered_e6 = self._cost_e10 = self._proceeds_e10 = self._fees_e10 = self._rebates_e10 = 0

    @property
    def is_open(self) -> bool:
        """Whether a trade is under way."""
        return self.net_e6 != 0

    @property
    def opened_ns(self) -> int:
        """When the trade under way was opened."""
        return self._opened_ns

    def on_fill(
        self,
        token: Token,
        side: Side,
        price_e4: int,
        size_e6: int,
        at_ns: int,
        fee_e10: int = 0,
        rebate_e10: int = 0,
    ) -> ClosedTrade | None:
        """Take one fill; the trade that it completed, if any. What a fill holds beyond flat opens the next trade."""
        assert 0 < price_e4 < PRICE_ONE_E4, f"a fill at {price_e4} cannot be"
        assert size_e6 > 0, f"a fill of {size_e6} shares cannot be"
        buys_yes = (token is Token.YES) == (side is Side.BUY)
        yes_e4 = price_e4 if token is Token.YES else complement_e4(price_e4)
        exits = self.net_e6 != 0 and buys_yes is not self._long
        if not exits:
            self._enter(buys_yes, yes_e4, size_e6, at_ns, fee_e10, rebate_e10)
            return None
        out_e6 = min(size_e6, abs(self.net_e6))
        out_fee, out_rebate = fee_e10 * out_e6 // size_e6, rebate_e10 * out_e6 // size_e6
        self._exit(yes_e4, out_e6, out_fee, out_rebate)
        closed = None if self.net_e6 else self._close(at_ns, "flat")
        if size_e6 > out_e6:
            self._enter(buys_yes, yes_e4, size_e6 - out_e6, at_ns, fee_e10 - out_fee, rebate_e10 - out_rebate)
        return closed

    def on_settle(self, outcome: Outcome, at_ns: int) -> ClosedTrade | None:
        """Settle what is open at what the outcome pays."""
        if not self.net_e6:
            return None
        self._exit(_PAYS_E4[outcome], abs(self.net_e6), 0, 0)
        return self._close(at_ns, "settled")

    def _enter(self, buys_yes: bool, yes_e4: int, size_e6: int, at_ns: int, fee_e10: int, rebate_e10: int) -> None:
        if not self.net_e6:
            self._long, self._opened_ns = buys_yes, at_ns
        self.net_e6 += size_e6 if buys_yes else -size_e6
        self._entered_e6 += size_e6
        self._cost_e10 += self._own_e4(yes_e4) * size_e6
        self._fees_e10 += fee_e10
        self._rebates_e10 += rebate_e10

    def _exit(self, yes_e4: int, size_e6: int, fee_e10: int, rebate_e10: int) -> None:
        self.net_e6 += -size_e6 if self._long else size_e6
        self._proceeds_e10 += self._own_e4(yes_e4) * size_e6
        self._fees_e10 += fee_e10
        self._rebates_e10 += rebate_e10

    def _own_e4(self, yes_e4: int) -> int:
        return yes_e4 if self._long else complement_e4(yes_e4)

    def _close(self, at_ns: int, exit_kind: str) -> ClosedTrade:
        self._number += 1
        closed = ClosedTrade(
            trade_id=content_id("trade", self.market_id, self.strategy, self._number, self._opened_ns),
            market_id=self.market_id,
            strategy=self.strategy,
            direction="BUY_YES" if self._long else "BUY_NO",
            opened_ns=self._opened_ns,
            closed_ns=at_ns,
            size_e6=self._entered_e6,
            cost_e10=self._cost_e10,
            proceeds_e10=self._proceeds_e10,
            fees_e10=self._fees_e10,
            rebates_e10=self._rebates_e10,
            pnl_e10=self._proceeds_e10 - self._cost_e10 - self._fees_e10 + self._rebates_e10,
            exit_kind=exit_kind,
        )
        self._entered_e6 = self._cost_e10 = self._proceeds_e10 = self._fees_e10 = self._rebates_e10 = 0
        return closed
