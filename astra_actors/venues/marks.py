"""What stands beside a paper fill without changing what was paid: rebate estimate, adverse move, impact."""

from __future__ import annotations

from typing import NamedTuple

from astra_actors.kernel.units import PRICE_ONE_E4, SIZE_ONE_E6, fee_e10
from astra_actors.market.book import MarketBook
from astra_actors.market.instrument import FeeSchedule
from astra_actors.venues.adverse import adverse_move_e4
from astra_actors.venues.impact import impact_cap_points, impact_points
from astra_actors.venues.paper_params import PaperParams
from astra_actors.venues.resting import Resting


class Marks(NamedTuple):
    """Reported apart; every gate counts the rebate as 0. The two moves are against us when positive."""

    rebate_e10: int
    adverse_e4: float
    impact_e4: float


class FillMarks:
    """Price the marks of each fill of one market."""

    __slots__ = ("_fees", "_params", "_seed")

    def __init__(self, fees: FeeSchedule | None, params: PaperParams, seed: int) -> None:
        self._fees, self._params, self._seed = fees, params, seed

    def of(self, fill_id: str, resting: Resting, size_e6: int, book: MarketBook) -> Marks:
        """The marks of one fill on the book as it stands."""
        bid, ask = book.best_bid_e4, book.best_ask_e4
        spread_e4 = None if bid is None or ask is None else max(ask - bid, 0)
        return Marks(
            rebate_e10(self._fees, resting.own_price_e4, size_e6),
            adverse_move_e4(self._seed, fill_id, spread_e4, self._params),
            self._impact_e4(resting, size_e6, spread_e4, book),
        )

    def _impact_e4(self, resting: Resting, size_e6: int, spread_e4: int | None, book: MarketBook) -> float:
        if not self._params.impact_on_maker_fills:
            return 0.0
        depth_e6 = book.bid_size_e6 if resting.is_bid else book.ask_size_e6  # what an exit at once would consume
        spread_points = (spread_e4 or 0) / PRICE_ONE_E4
        impact = impact_points(
            size_shares=size_e6 / SIZE_ONE_E6,
            liquidity_shares=depth_e6 / SIZE_ONE_E6,
            spread_points=spread_points,
            params=self._params,
        )
        points = impact if isinstance(impact, float) else impact_cap_points(spread_points, self._params)
        return points * PRICE_ONE_E4


def rebate_e10(fees: FeeSchedule | None, price_e4: int, size_e6: int) -> int:
    """About what the market's pool returns for one fill: its share of the fee the taker paid (methods §1.1)."""
    if fees is None or not fees.rate or not fees.rebate_share:
        return 0
    return int(fee_e10(price_e4, size_e6, rate=fees.rate, exponent=fees.exponent) * fees.rebate_share)
