"""What the same orders would have earned under another reading of the queue, up to the market's outcome.

A shadow touches no decision. Its inventory is signed, because a sale that filled for us may follow a purchase that
did not fill for the shadow.
"""

from __future__ import annotations

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.market.instrument import Outcome, Side, Token

VARIANTS = ("pessimistic", "optimistic")


class ShadowBook:
    """Cash and inventory of each variant in one market."""

    __slots__ = ("_cash_e10", "_no_e6", "_yes_e6", "filled_e6", "fills")

    def __init__(self) -> None:
        self._cash_e10 = dict.fromkeys(VARIANTS, 0)
        self._yes_e6 = dict.fromkeys(VARIANTS, 0)
        self._no_e6 = dict.fromkeys(VARIANTS, 0)
        self.fills = dict.fromkeys(VARIANTS, 0)
        self.filled_e6 = dict.fromkeys(VARIANTS, 0)

    def on_fill(self, variant: str, token: Token, side: Side, price_e4: int, size_e6: int) -> None:
        """Book one shadow fill."""
        sign = 1 if side is Side.BUY else -1
        self._cash_e10[variant] -= sign * price_e4 * size_e6
        held = self._yes_e6 if token is Token.YES else self._no_e6
        held[variant] += sign * size_e6
        self.fills[variant] += 1
        self.filled_e6[variant] += size_e6

    def pnl_e10(self, variant: str, outcome: Outcome) -> int:
        """What the variant has earned once the market paid `outcome`."""
        yes_e4, no_e4 = _PAYS[outcome]
        return self._cash_e10[variant] + self._yes_e6[variant] * yes_e4 + self._no_e6[variant] * no_e4

    def marked_pnl_e10(self, variant: str, mid_e4: float | None) -> int:
        """What the variant has earned with its inventory at the mid (half a dollar where there is none)."""
        yes_e4 = PRICE_ONE_E4 // 2 if mid_e4 is None else round(mid_e4)
        held = self._yes_e6[variant] * yes_e4 + self._no_e6[variant] * (PRICE_ONE_E4 - yes_e4)
        return self._cash_e10[variant] + held


_PAYS = {
    Outcome.YES: (PRICE_ONE_E4, 0),
    Outcome.NO: (0, PRICE_ONE_E4),
    Outcome.VOID: (PRICE_ONE_E4 // 2, PRICE_ONE_E4 // 2),
}
