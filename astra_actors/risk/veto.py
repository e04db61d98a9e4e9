"""Every reason Astra declines to trade, and the value that says so with the numbers it compared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique


@unique
class Veto(Enum):
    """The closed list; the value is what the operator reads. Names never change, they stand in ledgers."""

    # definition
    NO_DEFINITION = "no definition contract could be read from the market's own rules"
    NO_ESTIMATE = "no estimate: nothing to compare the price with"
    INPUT_STALE = "the estimate rests on an input that is too old"
    INVALID_PROBABILITY = "the probability bounds are not 0 ≤ lo ≤ p ≤ hi ≤ 1"
    INVALID_PRICE = "the price is not strictly between 0 and 1 dollar"
    NET_LB_BELOW_THRESHOLD = "the lower bound of the edge after frictions does not pass the threshold"
    DEPTH_TOO_THIN = "the side an exit would consume is thinner than the floor"
    # market state
    NO_BOOK = "there is no book, or one side of it is empty"
    STALE_BOOK = "the book is older than its limit"
    CROSSED_BOOK = "the book is crossed or locked"
    RESYNC = "the book is waiting for a fresh snapshot"
    PHASE = "the market's phase does not allow quoting"
    NO_ACCUMULATION = "the market's phase allows only orders that reduce the position"
    RESOLUTION_RISK = "the resolution-risk score is above its limit"
    NEAR_CLOSE_VOLATILE = "less than 48 hours to close and the price jumps"
    SPREAD_UNDER_TICK = "the spread is narrower than one tick"
    LIQUIDITY = "the market's liquidity is below its floor"
    NOT_ACTIVE = "the market is not in the active set"
    TOXIC_FLOW = "the flow against us is toxic"
    BROKEN_REGIME = "the spread regime is BROKEN"
    # strategy
    NO_STRATEGY = "no strategy wants this market"
    NO_QUOTE = "the strategy wants no quote here"
    # risk
    NO_LEASE = "the market holds no valid lease"
    LEASE_CAP = "the worst case would pass the market's lease"
    EXPOSURE_CAP = "the worst case would pass a cap"
    DRAWDOWN_BREAKER = "the drawdown breaker is on; only orders that reduce risk pass"
    DAILY_LOSS = "the day's loss limit is reached"
    HALTED = "trading is halted; only orders that reduce risk pass"
    KILLED = "trading was killed by an operator"
    PAUSED = "trading is paused by an operator"
    BURN_IN = "the monitor-only burn-in is not over"
    QUARANTINED = "the market is quarantined after it brought its actor down"
    # order
    WOULD_CROSS = "the order would cross the book and take liquidity"
    OFF_GRID = "no price on the grid is on our side of the market"
    SIZE_BELOW_MIN = "the size is below the market's minimum"
    CHASE_EXCEEDED = "the replace would move further than the chase bound"
    TOXIC_NO_IMPROVE = "no improvement while the flow is toxic or the regime is WIDE or BROKEN"
    MUTATION_BUDGET = "the budget of order changes is spent for now"
    VENUE_DOWN = "the venue does not answer"


@dataclass(frozen=True, slots=True)
class Approved:
    """Permission to send one order: the only thing that code which can send accepts."""

    reservation_id: str
    order_id: str
    reserved_e10: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal with the numbers it compared. `observed` and `limit` are in `unit`; None where nothing was compared."""

    veto: Veto
    observed: float | None = None
    limit: float | None = None
    unit: str = ""
    detail: str = ""
