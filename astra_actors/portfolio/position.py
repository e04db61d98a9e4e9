"""What we hold in one market, what it has cost us so far, and what it is worth.

Both tokens are held apart and never negative: selling YES one does not own is buying NO. `cash_e10` is everything that
has flowed, fees and rebates included, so profit made is cash plus what the open shares cost, under either method of
telling their cost, and realised + unrealised = cash + mark holds without a rounding (methods §1.4, §1.5).
"""

from __future__ import annotations

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.market.instrument import Outcome, Side, Token
from astra_actors.portfolio.pnl import Lots, Method

_HALF_E4 = PRICE_ONE_E4 // 2


class MarketPosition:
    """The shares and the cash of one market; changed by fills and by the settlement, by nothing else."""

    __slots__ = ("_no", "_yes", "cash_e10", "fees_e10", "fills", "no_e6", "outcome", "rebates_e10", "yes_e6")

    def __init__(self) -> None:
        self.yes_e6 = 0
        self.no_e6 = 0
        self.cash_e10 = 0  # negative: spent
        self.fees_e10 = 0  # contained in cash, told apart here
        self.rebates_e10 = 0  # likewise
        self.fills = 0
        self.outcome: Outcome | None = None
        self._yes = Lots()
        self._no = Lots()

    def apply_fill(
        self, token: Token, side: Side, price_e4: int, size_e6: int, fee_e10: int = 0, rebate_e10: int = 0
    ) -> None:
        """Book one fill of ours at its own token's price."""
        assert self.outcome is None, "a fill after the settlement"
        assert 0 < price_e4 < PRICE_ONE_E4, f"a fill at {price_e4} cannot be"
        assert size_e6 > 0, f"a fill of {size_e6} shares cannot be"
        lots = self._yes if token is Token.YES else self._no
        value_e10 = price_e4 * size_e6
        if side is Side.BUY:
            lots.buy(size_e6, value_e10 + fee_e10)
            self.cash_e10 -= value_e10
        else:
            lots.sell(size_e6)
            self.cash_e10 += value_e10
        self.cash_e10 += rebate_e10 - fee_e10
        self.fees_e10 += fee_e10
        self.rebates_e10 += rebate_e10
        self.fills += 1
        self.yes_e6, self.no_e6 = self._yes.held_e6, self._no.held_e6

    def settle(self, outcome: Outcome) -> int:
        """Pay the position out and close it; what it paid. A market settles once."""
        assert self.outcome is None, f"settled {outcome.value} after {self.outcome and self.outcome.value}"
        payout_e10 = self.payoff_e10(outcome)
        self.cash_e10 += payout_e10
        self.outcome = outcome
        self._yes.clear()
        self._no.clear()
        self.yes_e6 = self.no_e6 = 0
        return payout_e10

    @property
    def net_e6(self) -> int:
        """YES minus NO: the inventory in YES terms."""
        return self.yes_e6 - self.no_e6

    @property
    def pairs_e6(self) -> int:
        """Complete sets, worth a dollar each whatever happens."""
        return min(self.yes_e6, self.no_e6)

    def payoff_e10(self, outcome: Outcome) -> int:
        """What the shares held pay at one outcome."""
        if outcome is Outcome.YES:
            return self.yes_e6 * PRICE_ONE_E4
        if outcome is Outcome.NO:
            return self.no_e6 * PRICE_ONE_E4
        return (self.yes_e6 + self.no_e6) * _HALF_E4

    def basis_e10(self, method: Method = "fifo") -> int:
        """What the shares held have cost, buy fees included."""
        return self._yes.cost_e10(method) + self._no.cost_e10(method)

    def realised_e10(self, method: Method = "fifo") -> int:
        """Profit of everything sold or settled, net of fees, rebates included."""
        return self.cash_e10 + self.basis_e10(method)

    def unrealised_e10(self, mid_e4: float, method: Method = "fifo") -> int:
        """Profit of what is held, marked at the mid."""
        return self.mark_e10(mid_e4) - self.basis_e10(method)

    def mark_e10(self, mid_e4: float) -> int:
        """Worth of the shares at the canonical YES mid (methods §18.6); a mid lies on half of the price grid."""
        twice_e4 = round(2 * mid_e4)
        return (self.yes_e6 * twice_e4 + self.no_e6 * (2 * PRICE_ONE_E4 - twice_e4)) // 2

    def mark_bid_e10(self, yes_bid_e4: int | None, no_bid_e4: int | None) -> int:
        """Worth if all had to go now: pairs merge to a dollar, the rest goes at its own best bid, or for nothing."""
        pairs_e6 = self.pairs_e6
        return (
            pairs_e6 * PRICE_ONE_E4
            + (self.yes_e6 - pairs_e6) * (yes_bid_e4 or 0)
            + (self.no_e6 - pairs_e6) * (no_bid_e4 or 0)
        )

    def locked_e10(self) -> int:
        """Profit that the pairs have locked in, at average cost."""
        pairs_e6 = self.pairs_e6
        if not pairs_e6:
            return 0
        cost_e10 = sum(lots.average_cost_e10 * pairs_e6 // lots.held_e6 for lots in (self._yes, self._no))
        return pairs_e6 * PRICE_ONE_E4 - cost_e10

    def profit_e10(self, outcome: Outcome) -> int:
        """The market's whole P&L if it settled so."""
        return self.cash_e10 + self.payoff_e10(outcome)

    @property
    def worst_loss_e10(self) -> int:
        """The most that the shares held can make this market lose; a void pays the middle and is never the worst."""
        if self.outcome is not None:
            return 0  # what is lost is lost: nothing is at risk any more
        return max(0, -self.cash_e10 - min(self.yes_e6, self.no_e6) * PRICE_ONE_E4)
