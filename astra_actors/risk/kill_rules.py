"""The kill rules as one table: condition, action, way back (methods §18.13, read with §19.2); looked at every window.

The drawdown rule has two steps in Astra's reading: more than 10 % below the peak blocks entries, 15 % halts. What loses
money is compared in integers by breaker and day's loss; here it is put on record by its number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from astra_actors.risk.limits import RiskLimits


@unique
class KillAction(Enum):
    """What a rule asks for."""

    NO_ENTRIES = "cancel all, no entries"
    HALT = "cancel all, halt"
    COOLDOWN = "no new orders for ten minutes"
    CANCEL_ALL = "cancel all"
    HALVE_EXPOSURE = "halve the exposure"
    REDUCE = "alert and reduce"
    HALT_SATELLITE = "halt the satellite strategies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """What the rules look at; None where it has not been measured, which fires no rule."""

    day_loss: float | None = None  # fraction of the equity at 00:00 UTC, positive
    drawdown: float | None = None  # fraction of the peak, positive
    failed_submissions: int = 0  # in a row
    feed_down_s: float | None = None  # since when no market has had a book
    kill_switch: bool = False
    sharpe_per_trade: float | None = None
    trades: int = 0
    fill_rate_ratio: float | None = None  # simulated ÷ live: needs live orders
    brier: float | None = None  # of live forecasts
    brier_observations: int = 0


Looks = Callable[[Measurements, RiskLimits], tuple[bool, float, float]]  # whether it fires, observed, limit


@dataclass(frozen=True, slots=True)
class KillRule:
    """One row of the table."""

    number: str
    name: str
    look: Looks
    action: KillAction
    recovery: str


@dataclass(frozen=True, slots=True)
class KillFinding:
    """A rule that fired, with the numbers it compared."""

    number: str
    name: str
    action: KillAction
    recovery: str
    observed: float
    limit: float


def _above(value: float | None, limit: float) -> tuple[bool, float, float]:
    return (value is not None and value > limit, value or 0.0, limit)


def _day_loss(m: Measurements, limits: RiskLimits) -> tuple[bool, float, float]:
    return _above(m.day_loss, limits.daily_loss)


def _breaker(m: Measurements, limits: RiskLimits) -> tuple[bool, float, float]:
    return _above(m.drawdown, limits.drawdown_on)


def _halt(m: Measurements, limits: RiskLimits) -> tuple[bool, float, float]:
    fallen = m.drawdown or 0.0
    return (fallen > 0 and fallen >= limits.drawdown_halt, fallen, limits.drawdown_halt)


def _submissions(m: Measurements, limits: RiskLimits) -> tuple[bool, float, float]:
    return (m.failed_submissions >= limits.failures_max, m.failed_submissions, limits.failures_max)


def _feed(m: Measurements, limits: RiskLimits) -> tuple[bool, float, float]:
    return _above(m.feed_down_s, limits.feed_log_s)


def _switch(m: Measurements, limits: RiskLimits) -> tuple[bool, float, float]:
    return (m.kill_switch, float(m.kill_switch), 0.0)


def _sharpe(m: Measurements, limits: RiskLimits) -> tuple[bool, float, float]:
    known = m.sharpe_per_trade is not None and m.trades >= limits.sharpe_trades_min
    sharpe = m.sharpe_per_trade or 0.0
    return (known and sharpe < 0.0, sharpe, 0.0)


def _fill_rate(m: Measurements, limits: RiskLimits) -> tuple[bool, float, float]:
    ratio, off = m.fill_rate_ratio, limits.fill_rate_off
    return (ratio is not None and (ratio > off or ratio * off < 1.0), ratio or 0.0, off)


def _brier(m: Measurements, limits: RiskLimits) -> tuple[bool, float, float]:
    fires, observed, limit = _above(m.brier, limits.brier_max)
    return (fires and m.brier_observations >= limits.brier_min, observed, limit)


_A = KillAction
KILL_RULES: Final = (
    KillRule("6.1", "day loss > 5 %", _day_loss, _A.NO_ENTRIES, "the next day and a person's acknowledgement"),
    KillRule("6.2", "loss from peak > 10 %", _breaker, _A.NO_ENTRIES, "below 5 %, or a person rebases the peak"),
    KillRule("6.2b", "loss from peak at 15 %", _halt, _A.HALT, "full review: a person rebases the peak"),
    KillRule("6.3", "3 failed submissions in a row", _submissions, _A.COOLDOWN, "automatic"),
    KillRule("6.4", "feed down > 5 min", _feed, _A.CANCEL_ALL, "automatic on reconnect"),
    KillRule("6.5", "kill switch", _switch, _A.HALT, "a person revives and resumes"),
    KillRule("6.6", "Sharpe per trade < 0 over 100 trades", _sharpe, _A.HALVE_EXPOSURE, "review: a person resumes"),
    KillRule("6.7", "fill rate off by more than 3 times", _fill_rate, _A.REDUCE, "recalibrate"),
    KillRule("6.8", "Brier > 0.30 over 50 live", _brier, _A.HALT_SATELLITE, "re-validate: a person resumes"),
)


def fired(measured: Measurements, limits: RiskLimits) -> tuple[KillFinding, ...]:
    """Every rule that fires, in the order of the table."""
    found = []
    for rule in KILL_RULES:
        fires, observed, limit = rule.look(measured, limits)
        if fires:
            found.append(KillFinding(rule.number, rule.name, rule.action, rule.recovery, observed, limit))
    return tuple(found)
