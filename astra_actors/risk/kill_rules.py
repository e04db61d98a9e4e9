"""The kill rules of live trading as one table: condition, action, way back (methods §18.13, read with §19.2).

The drawdown rule has two steps in Astra's reading: more than 10 % below the peak blocks entries, 15 % halts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, unique
from typing import Final


@unique
class KillAction(Enum):
    """What a rule asks for."""

    NO_ENTRIES = "cancel all, no entries"
    HALT = "cancel all, halt"
    COOLDOWN = "no new orders for ten minutes"
    CANCEL_ALL = "cancel all"
    HALVE_EXPOSURE = "halve the exposure"
    ALERT = "alert and reduce"
    HALT_SATELLITE = "halt the satellite strategies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """What the rules look at; None where it has not been measured yet, which fires no rule."""

    day_loss: float | None = None  # fraction of the equity at 00:00 UTC, positive
    drawdown: float | None = None  # fraction of the peak, positive
    failed_submissions: int = 0  # in a row
    feed_down_s: float = 0.0
    kill_switch: bool = False
    sharpe_per_trade: float | None = None
    trades: int = 0
    fill_rate_ratio: float | None = None  # simulated ÷ live
    brier: float | None = None
    brier_observations: int = 0


@dataclass(frozen=True, slots=True)
class KillRule:
    """One row of the table."""

    number: str
    name: str
    fires: Callable[[Measurements], bool]
    action: KillAction
    recovery: str


@dataclass(frozen=True, slots=True)
class KillFinding:
    """A rule that fired."""

    number: str
    name: str
    action: KillAction
    recovery: str


def _above(value: float | None, limit: float) -> bool:
    return value is not None and value > limit


KILL_RULES: Final = (
    KillRule("6.1", "day loss > 5 %", lambda m: _above(m.day_loss, 0.05), KillAction.NO_ENTRIES, "manual review"),
    KillRule("6.2", "loss from peak > 10 %", lambda m: _above(m.drawdown, 0.10), KillAction.NO_ENTRIES, "below 5 %"),
    KillRule(
        "6.2b",
        "loss from peak at 15 %",
        lambda m: m.drawdown is not None and m.drawdown >= 0.15,
        KillAction.HALT,
        "full review, paper re-validation",
    ),
    KillRule("6.3", "3 failed submissions", lambda m: m.failed_submissions >= 3, KillAction.COOLDOWN, "automatic"),
    KillRule("6.4", "feed down > 5 min", lambda m: m.feed_down_s > 300.0, KillAction.CANCEL_ALL, "on reconnect"),
    KillRule("6.5", "kill switch", lambda m: m.kill_switch, KillAction.HALT, "manual restart"),
    KillRule(
        "6.6",
        "Sharpe per trade < 0 over 100 trades",
        lambda m: m.trades >= 100 and m.sharpe_per_trade is not None and m.sharpe_per_trade < 0.0,
        KillAction.HALVE_EXPOSURE,
        "review",
    ),
    KillRule(
        "6.7",
        "fill rate off by more than 3 times",
        lambda m: m.fill_rate_ratio is not None and (m.fill_rate_ratio > 3.0 or m.fill_rate_ratio * 3.0 < 1.0),
        KillAction.ALERT,
        "recalibrate",
    ),
    KillRule(
        "6.8",
        "Brier > 0.30 over 50 live",
        lambda m: m.brier_observations >= 50 and _above(m.brier, 0.30),
        KillAction.HALT_SATELLITE,
        "re-validate",
    ),
)


def fired(measured: Measurements) -> tuple[KillFinding, ...]:
    """Every rule that fires, in the order of the table."""
    return tuple(
        KillFinding(rule.number, rule.name, rule.action, rule.recovery) for rule in KILL_RULES if rule.fires(measured)
    )
