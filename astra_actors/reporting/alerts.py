"""What a person is told without asking: the closed list of kinds, and one thing that happened.

Every kind has one source in the code, named beside it. A kind that is not `real_time` belongs to the run's own time, which in
a world or on a tape is not ours: a month may pass in a minute, and nobody wants its thirty summaries.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from astra_actors.risk.trading_state import Trigger

_COOLDOWN_S: Final = 300  # methods §18.8


@unique
class Severity(Enum):
    """How much it matters (methods §18.3)."""

    CRITICAL = "critical"  # trading stopped, or cannot be trusted
    WARNING = "warning"  # it goes on, with less than it should have
    INFO = "info"


C, W, I = Severity.CRITICAL, Severity.WARNING, Severity.INFO  # noqa: E741


@unique
class AlertKind(Enum):
    """The kinds: the word in the ledger, severity, cool-down in seconds, and whether it happens in real time."""

    BREAKER_ON = ("breaker_on", C, _COOLDOWN_S, False)  # a hold of the risk authority
    BREAKER_OFF = ("breaker_off", W, _COOLDOWN_S, False)
    HALT = ("halt", C, _COOLDOWN_S, False)  # drawdown halt, day's loss, technical cooldown
    HALT_LIFTED = ("halt_lifted", W, _COOLDOWN_S, False)
    KILL = ("kill", C, _COOLDOWN_S, True)  # an operator, or the kill file
    KILL_LIFTED = ("kill_lifted", W, _COOLDOWN_S, True)
    PAUSE = ("pause", W, _COOLDOWN_S, True)
    RESUME = ("resume", I, _COOLDOWN_S, True)
    PROMISE_BROKEN = ("promise_broken", C, _COOLDOWN_S, True)  # a dealing of leases that would have passed a cap
    KILL_RULE = ("kill_rule", C, _COOLDOWN_S, False)  # a row of risk.kill_rules fired
    CAP_BREACH = ("cap_breach", C, _COOLDOWN_S, True)  # the authority's count, which must stay 0
    MARKET_QUARANTINED = ("market_quarantined", W, _COOLDOWN_S, True)  # its engine raised
    FEED_DOWN = ("feed_down", C, _COOLDOWN_S, False)  # no market has a book for minutes: a hold
    FEED_BACK = ("feed_back", W, _COOLDOWN_S, False)
    FEED_DISCONNECTED = ("feed_disconnected", W, _COOLDOWN_S, False)  # a live shard's stream
    FEED_UNREACHABLE = ("feed_unreachable", C, _COOLDOWN_S, False)
    FEED_SILENT = ("feed_silent", W, _COOLDOWN_S, False)
    UPTIME_LOW = ("uptime_low", W, 3_600, False)  # feed_down_ns ÷ feed_open_ns of the last hour
    REJECT_STORM = ("reject_storm", W, _COOLDOWN_S, False)  # a market paused itself after rejects in a row
    ERROR_SPIKE = ("error_spike", C, _COOLDOWN_S, True)  # failures of children and markets within minutes
    CHILD_RESTARTED = ("child_restarted", W, _COOLDOWN_S, True)
    BUDGET_SPENT = ("budget_spent", C, _COOLDOWN_S, True)  # a child died too often: a hold, or the end of the run
    SUPERVISOR_LOST = ("supervisor_lost", C, _COOLDOWN_S, True)  # the driver had to wait for it
    INTEGRITY = ("integrity", C, _COOLDOWN_S, True)  # the ledger does not open: damaged, newer, or not ours
    START_FAILED = ("start_failed", C, _COOLDOWN_S, True)  # the startup checklist, or a Supervisor that does not start
    RUN_FAILED = ("run_failed", C, 0, True)
    GATE_OVERRIDDEN = ("gate_overridden", W, 0, True)  # live trading began although its gate had not passed
    RUN_STARTED = ("run_started", I, 0, True)
    RUN_ENDED = ("run_ended", I, 0, True)
    DAILY_SUMMARY = ("daily_summary", I, 0, False)
    READINESS = ("readiness", I, 0, True)  # the gate of the last truth report
    TEST = ("test", I, 0, True)

    def __init__(self, word: str, severity: Severity, cooldown_s: int, real_time: bool) -> None:
        self.word, self.severity, self.cooldown_s, self.real_time = word, severity, cooldown_s, real_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that happened. `scope` is what it happened to; with the kind it is what repeats within a cool-down."""

    kind: AlertKind
    message: str
    scope: str = "account"
    run_ns: int = 0  # the run's own time; 0 before it has one


def opposites(kind: AlertKind) -> tuple[AlertKind, ...]:
    """The kinds that say the contrary: once they were told, this one is news again, however short the time."""
    pairs = [*_HOLD_KINDS.values(), (AlertKind.HALT, AlertKind.HALT_LIFTED)]
    return tuple({one: None for pair in pairs if kind in pair for one in pair if one is not kind})


def of_hold(trigger: Trigger) -> tuple[AlertKind, AlertKind]:
    """What a hold of the trading state is told as, when it comes and when it goes."""
    return _HOLD_KINDS.get(trigger, (AlertKind.HALT, AlertKind.HALT_LIFTED))


_HOLD_KINDS: Final[dict[Trigger, tuple[AlertKind, AlertKind]]] = {
    Trigger.BREAKER: (AlertKind.BREAKER_ON, AlertKind.BREAKER_OFF),
    Trigger.PAUSE: (AlertKind.PAUSE, AlertKind.RESUME),
    Trigger.SUPERVISION: (AlertKind.BUDGET_SPENT, AlertKind.RESUME),
    Trigger.SHARD_OUT: (AlertKind.BUDGET_SPENT, AlertKind.RESUME),
    Trigger.KILL: (AlertKind.KILL, AlertKind.KILL_LIFTED),
    Trigger.INTEGRITY: (AlertKind.INTEGRITY, AlertKind.RESUME),
    Trigger.FEED_DOWN: (AlertKind.FEED_DOWN, AlertKind.FEED_BACK),
}
