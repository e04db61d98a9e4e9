"""What the book itself believes: a blend of mid and micro-price, with an interval of that price and not of the outcome.

Quoting around it earns the spread or nothing; it never says that the crowd is wrong.
"""

from __future__ import annotations

from typing import Final

from astra_actors.estimation.estimate import Estimate
from astra_actors.estimation.params import EstimationParams
from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.risk.veto import Refused, Veto

NAME: Final = "book_consensus"
VERSION: Final = "1"

BookTop = tuple[int | None, int | None, int, int]  # bid_e4, ask_e4, bid_size_e6, ask_size_e6 in YES terms


def book_consensus(params: EstimationParams, now_ns: int, book_top: BookTop | None) -> Estimate | Refused:
    """An estimate from a two-sided, uncrossed top; anything else is refused."""
    bid, ask, bid_size, ask_size = book_top or (None, None, 0, 0)
    if not bid or ask is None or ask >= PRICE_ONE_E4:
        return Refused(Veto.NO_BOOK, detail="a consensus needs both sides of the book")
    if bid >= ask:
        return Refused(Veto.CROSSED_BOOK, observed=float(bid), limit=float(ask), unit="e4")
    mid = 0.5 * (bid + ask)
    sizes = bid_size + ask_size
    micro = (bid * ask_size + ask * bid_size) / sizes if sizes > 0 else mid
    p = (params.micro_weight * micro + (1 - params.micro_weight) * mid) / PRICE_ONE_E4
    p = min(max(p, params.p_min), 1 - params.p_min)
    half = params.book_half_width + params.book_spread_share * (ask - bid) / PRICE_ONE_E4
    return Estimate(
        p=p,
        p_lo=max(0.0, p - half),
        p_hi=min(1.0, p + half),
        estimator=NAME,
        version=VERSION,
        made_ns=now_ns,
    )
