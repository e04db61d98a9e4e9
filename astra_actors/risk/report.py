"""What one market tells the Supervisor at a barrier: what it could lose, what it is worth, what it would like."""

from __future__ import annotations

import msgspec


class MarketReport(msgspec.Struct, frozen=True, kw_only=True):
    """One market at one time. Everything the portfolio decides rests on these and on nothing else."""

    market_id: str
    incarnation: int
    at_ns: int
    worst_case_e10: int  # positions and every order not proven dead (methods §12.1)
    positions_worst_e10: int = 0  # positions alone
    open_orders: int = 0
    cash_e10: int = 0  # everything that has flowed in this market, settlement included
    mark_mid_e10: int = 0
    mark_bid_e10: int = 0
    wanted_e10: int = 0  # the whole worst case it would like to be allowed, what stands included; 0: idle
    score: float = 0.0  # quoteability: who comes first when budget is short
    hours_to_close: float | None = None  # None: unknown, which counts as near
    phase: str = "normal"
    trade_returns: tuple[tuple[int, str, int, int], ...] = ()  # closed in the window: (closed_ns, trade_id, pnl, cost)
    done: bool = False  # settled, and nothing of it is left
    lease_id: str = ""  # the newest lease it holds: older ones are proven out of use by this
    accepted: int = 0  # orders the venue took in the window
    failed: int = 0  # orders it refused in the window; one that would have crossed is no failure of anything
    feed_down_ns: int | None = None  # for how long its book could not be trusted; None: it never had one
