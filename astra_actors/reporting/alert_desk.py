"""Who is told what, and when: repetitions fold, failed deliveries are tried again, and every message is a row.

Pure: time is handed in, and sending is somebody else's. The first of a kind and scope goes out at once; what repeats within
its cool-down waits and goes out as one message with a count when the cool-down ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final

from astra_actors.kernel.ids import content_id
from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.alert_rows import AlertRow
from astra_actors.reporting.alerts import Alert, AlertKind, Severity, opposites

BACKOFF_S: Final = (1, 2, 4, 8, 8)  # after each failed attempt; the last one repeats as SLOW_S
SLOW_S: Final = 60
# How long a delivery is tried. The first thirty seconds are what methods P3-7 ask for; what is critical goes on, for the
# network that took the feed away has often taken the webhook as well.
PATIENCE_S: Final[Mapping[Severity, int]] = {Severity.CRITICAL: 900, Severity.WARNING: 30, Severity.INFO: 30}
_RANK: Final = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.INFO: 2}


@unique
class Outcome(Enum):
    """What became of a message; the value is what the ledger says."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "no target took it"
    DROPPED = "the queue was full"
    UNSENT = "the run ended first"
    NO_TARGET = "no target is configured"
    DISABLED = "alerts are switched off"
    VIRTUAL = "it happened in virtual time"
    MINOR = "below the severity that is sent"


@dataclass(frozen=True, slots=True)
class Message:
    """What a target is handed."""

    alert_id: str
    severity: Severity
    title: str
    body: str


@dataclass(slots=True)
class _Told:
    """One message: its alert, the targets that still want it, and when each may be tried."""

    alert: Alert
    alert_id: str
    raised_ns: int
    outcome: Outcome
    released_ns: int | None = None  # None while it waits for a cool-down to end
    count: int = 1
    due_ns: dict[str, int] = field(default_factory=dict)  # by target, those that are not done
    tries: dict[str, int] = field(default_factory=dict)
    sending: set[str] = field(default_factory=set)
    problems: dict[str, str] = field(default_factory=dict)
    delivered_ns: int | None = None


class AlertDesk:
    """Take alerts, hand out messages that are due, take answers, and give rows for the ledger."""

    def __init__(
        self,
        run_id: str,
        targets: Sequence[str],
        *,
        virtual: bool = False,
        enabled: bool = True,
        severity_min: Severity = Severity.INFO,
        queue_max: int = 200,
    ) -> None:
        self._run_id, self._targets = run_id, tuple(targets)
        self._virtual, self._enabled, self._least = virtual, enabled, _RANK[severity_min]
        self._queue_max = queue_max
        self._open: dict[str, _Told] = {}  # by id: not done with yet
        self._quiet: dict[
            tuple[AlertKind, str], tuple[int, _Told | None]
        ] = {}  # until when, and what repeated meanwhile
        self._rows: dict[str, AlertRow] = {}
        self._number = 0

    def hear(self, alert: Alert, now_ns: int) -> None:
        """Take one alert at `now_ns` on the wall; never raises, and never waits."""
        self._ripen(now_ns)
        for kind in opposites(alert.kind):
            self._end_quiet((kind, alert.scope), now_ns)
        unsent = self._unsent(alert.kind)
        clock_ns = alert.run_ns if unsent is Outcome.VIRTUAL else now_ns
        key = (alert.kind, alert.scope)
        until_ns, following = self._quiet.get(key, (0, None))
        if clock_ns < until_ns:
            if following is None:
                following = self._enter(alert, now_ns, unsent or Outcome.WAITING)
                self._quiet[key] = (until_ns, following)
            else:
                following.alert, following.count = alert, following.count + 1
            self._put(following)
            return
        told = self._enter(alert, now_ns, unsent or Outcome.WAITING)
        if alert.kind.cooldown_s:
            self._quiet[key] = (clock_ns + alert.kind.cooldown_s * NS_PER_S, None)
        self._release(told, now_ns)

    def due(self, target: str, now_ns: int) -> Message | None:
        """The next message for a target, the gravest first; it is under way until `answered`."""
        self._ripen(now_ns)
        ready = [told for told in self._open.values() if told.due_ns.get(target, now_ns + 1) <= now_ns]
        told = min((t for t in ready if target not in t.sending), key=_urgency, default=None)
        if told is None:
            return None
        told.sending.add(target)
        kind, alert = told.alert.kind, told.alert
        often = f" ({told.count} times)" if told.count > 1 else ""
        title = f"Astra {kind.severity.value}: {kind.word.replace('_', ' ')}{often}"
        return Message(told.alert_id, kind.severity, title, f"{alert.message}\nscope {alert.scope}, run {self._run_id}")

    def next_due_ns(self, target: str) -> int | None:
        """When to ask `due` again; None while nothing waits for this target."""
        waiting = [t.due_ns[target] for t in self._open.values() if target in t.due_ns and target not in t.sending]
        ripening = [until_ns for until_ns, told in self._quiet.values() if told and told.alert_id in self._open]
        return min([*waiting, *ripening], default=None)

    def answered(self, alert_id: str, target: str, problem: str, now_ns: int) -> None:
        """A target took a message, or did not and said why."""
        told = self._open[alert_id]
        told.sending.discard(target)
        told.tries[target] = told.tries.get(target, 0) + 1
        if not problem:
            del told.due_ns[target]
            told.problems.pop(target, None)
            told.outcome, told.delivered_ns = Outcome.SENT, told.delivered_ns or now_ns
        else:
            told.problems[target] = problem
            tries = told.tries[target]
            next_ns = now_ns + (BACKOFF_S[tries - 1] if tries <= len(BACKOFF_S) else SLOW_S) * NS_PER_S
            if next_ns > _last_ns(told):
                del told.due_ns[target]
            else:
                told.due_ns[target] = next_ns
        self._settle(told)

    def take_rows(self) -> list[AlertRow]:
        """The rows that are new or changed since the last call."""
        rows, self._rows = list(self._rows.values()), {}
        return rows

    def put_back(self, rows: Sequence[AlertRow]) -> None:
        """Rows that could not be written; newer ones of the same message stay."""
        self._rows = {**{row.alert_id: row for row in rows}, **self._rows}

    @property
    def has_rows(self) -> bool:
        """Whether `take_rows` would give any."""
        return bool(self._rows)

    @property
    def busy(self) -> bool:
        """Whether a message that may go out has not reached its targets."""
        return any(told.released_ns is not None for told in self._open.values())

    def release_all(self, now_ns: int) -> None:
        """The run is ending: what repeats has waited long enough."""
        for key in list(self._quiet):
            self._end_quiet(key, now_ns)

    def give_up(self) -> None:
        """Nothing is sent any more: what was not delivered says so."""
        for told in list(self._open.values()):
            told.due_ns.clear()
            told.sending.clear()
            told.outcome = Outcome.UNSENT if told.outcome is Outcome.WAITING else told.outcome
            self._settle(told)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _unsent(self, kind: AlertKind) -> Outcome | None:
        if not self._enabled:
            return Outcome.DISABLED
        if self._virtual and not kind.real_time:
            return Outcome.VIRTUAL
        if _RANK[kind.severity] > self._least:
            return Outcome.MINOR
        return None if self._targets else Outcome.NO_TARGET

    def _enter(self, alert: Alert, now_ns: int, outcome: Outcome) -> _Told:
        self._number += 1
        alert_id = content_id("alert", self._run_id, alert.kind.word, alert.scope, now_ns, self._number)
        told = _Told(alert, alert_id, now_ns, outcome)
        if outcome is Outcome.WAITING:
            self._open[alert_id] = told
        self._put(told)
        return told

    def _release(self, told: _Told, now_ns: int) -> None:
        if told.outcome is not Outcome.WAITING:
            return
        told.released_ns = now_ns
        told.due_ns = dict.fromkeys(self._targets, now_ns)
        if sum(one.released_ns is not None for one in self._open.values()) > self._queue_max:
            self._drop()

    def _end_quiet(self, key: tuple[AlertKind, str], now_ns: int) -> None:
        _, told = self._quiet.pop(key, (0, None))
        if told is not None:
            self._release(told, now_ns)

    def _drop(self) -> None:
        """The least grave one makes room, of equals the oldest: the newest says more about now."""
        idle = [told for told in self._open.values() if told.released_ns is not None and not told.sending]
        if idle:
            told = max(idle, key=lambda one: (_RANK[one.alert.kind.severity], -one.raised_ns))
            told.due_ns.clear()
            told.outcome = Outcome.DROPPED if told.outcome is Outcome.WAITING else told.outcome
            self._settle(told)

    def _ripen(self, now_ns: int) -> None:
        """Cool-downs of what is sent end with the clock on the wall."""
        for key, (until_ns, told) in list(self._quiet.items()):
            if self._unsent(key[0]) is Outcome.VIRTUAL or now_ns < until_ns:
                continue
            del self._quiet[key]
            if told is not None:
                self._quiet[key] = (now_ns + key[0].cooldown_s * NS_PER_S, None)
                self._release(told, now_ns)

    def _settle(self, told: _Told) -> None:
        if not told.due_ns:
            self._open.pop(told.alert_id, None)
            if told.outcome is Outcome.WAITING:
                told.outcome = Outcome.FAILED
        self._put(told)

    def _put(self, told: _Told) -> None:
        alert = told.alert
        self._rows[told.alert_id] = AlertRow(
            alert_id=told.alert_id,
            run_id=self._run_id,
            kind=alert.kind.word,
            severity=alert.kind.severity.value,
            scope=alert.scope,
            message=alert.message,
            count=told.count,
            run_ns=alert.run_ns,
            raised_ns=told.raised_ns,
            delivered=told.delivered_ns is not None,
            delivered_ns=told.delivered_ns,
            attempts=sum(told.tries.values()),
            outcome=told.outcome.value,
            detail="; ".join(f"{target}: {problem}" for target, problem in told.problems.items()),
        )


def _urgency(told: _Told) -> tuple[int, int]:
    return (_RANK[told.alert.kind.severity], told.raised_ns)


def _last_ns(told: _Told) -> int:
    assert told.released_ns is not None, "only what was released is sent"
    return told.released_ns + PATIENCE_S[told.alert.kind.severity] * NS_PER_S
