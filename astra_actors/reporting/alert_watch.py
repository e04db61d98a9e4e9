"""What is an alert: the difference between two barriers, and failures that come close together."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from astra_actors.kernel.units import NS_PER_S
from astra_actors.reporting.alerts import Alert, AlertKind, of_hold
from astra_actors.risk.authority_state import RiskEvent
from astra_actors.risk.trading_state import Trigger

_EVENTS = {"promise_broken": AlertKind.PROMISE_BROKEN, "kill_rule": AlertKind.KILL_RULE}
_DETAIL_MAX = 300  # of a failure's text: a traceback is for the log


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """What the watch looks at. `decided` are the holds the authority saw at the barrier, `standing` those of now."""

    now_ns: int  # the run's own time
    real_ns: int = 0  # a clock of ours, for what fails in real time
    decided: Mapping[Trigger, str] = field(default_factory=dict)  # trigger → what is said of it
    standing: Mapping[Trigger, str] = field(default_factory=dict)
    events: Sequence[RiskEvent] = ()  # of a barrier that was not looked at before
    breaches: int = 0
    quarantined: tuple[str, ...] = ()
    reject_pauses: int = 0
    feed_open_ns: int = 0
    feed_down_ns: int = 0


class AlertWatch:
    """Follow one run from barrier to barrier; what stood when the watch began is not told again."""

    def __init__(
        self,
        began: Barrier,
        *,
        uptime_min: float,
        uptime_window_s: float,
        errors: int,
        errors_window_s: float,
    ) -> None:
        self._last = began
        self._uptime_min, self._uptime_window_ns = uptime_min, int(uptime_window_s * NS_PER_S)
        self._errors, self._errors_window_ns = errors, int(errors_window_s * NS_PER_S)
        self._feed: deque[tuple[int, int, int]] = deque([_feed_of(began)])
        self._failures: deque[int] = deque()
        self._low = False

    def at_barrier(self, seen: Barrier) -> list[Alert]:
        """What changed since the last look."""
        last, self._last = self._last, seen
        found = [*self._holds(last.standing, seen.decided, seen.now_ns)]
        found += self._holds(seen.decided, seen.standing, seen.now_ns)  # what came and went within one barrier is told
        found += (
            Alert(kind=_EVENTS[event.kind], scope=event.scope, message=event.detail, run_ns=seen.now_ns)
            for event in seen.events
            if event.kind in _EVENTS
        )
        found += self._counts(last, seen)
        found += self._uptime(seen)
        return found

    def failed(self, what: str, why: str, *, now_ns: int, run_ns: int, child: bool) -> list[Alert]:
        """Something beside the run failed; `now_ns` is real time. A child that failed has been or will be replaced."""
        why = why[:_DETAIL_MAX]
        found = [Alert(kind=AlertKind.CHILD_RESTARTED, scope=what, message=why, run_ns=run_ns)] if child else []
        return found + self._spike(f"{what}: {why}", now_ns, run_ns)

    def _holds(self, before: Mapping[Trigger, str], after: Mapping[Trigger, str], now_ns: int) -> Iterator[Alert]:
        for trigger in Trigger:
            comes, goes = of_hold(trigger)
            if trigger in after and trigger not in before:
                yield Alert(kind=comes, scope=trigger.value, message=after[trigger], run_ns=now_ns)
            elif trigger in before and trigger not in after:
                rest = ", ".join(t.value for t in after) or "nothing"
                text = f"{trigger.value} is over; {rest} holds trading"
                yield Alert(kind=goes, scope=trigger.value, message=text, run_ns=now_ns)

    def _counts(self, last: Barrier, seen: Barrier) -> Iterator[Alert]:
        if more := seen.breaches - last.breaches:
            text = f"{more} worst case{'s' * (more > 1)} above what was allowed, {seen.breaches} in all: a bug of ours"
            yield Alert(kind=AlertKind.CAP_BREACH, message=text, run_ns=seen.now_ns)
        for market_id in [m for m in seen.quarantined if m not in last.quarantined]:
            text = "its engine raised; it trades no more, and what it holds stays counted"
            yield Alert(kind=AlertKind.MARKET_QUARANTINED, scope=market_id, message=text, run_ns=seen.now_ns)
            yield from self._spike(f"{market_id}: quarantined", seen.real_ns, seen.now_ns)
        if (more := seen.reject_pauses - last.reject_pauses) > 0:
            text = f"{more} pause{'s' * (more > 1)} of a market after rejects in a row"
            yield Alert(kind=AlertKind.REJECT_STORM, message=text, run_ns=seen.now_ns)

    def _spike(self, text: str, now_ns: int, run_ns: int) -> list[Alert]:
        failures = self._failures
        failures.append(now_ns)
        while failures and now_ns - failures[0] > self._errors_window_ns:
            failures.popleft()
        if len(failures) < self._errors:
            return []
        message = f"{len(failures)} failures within {self._errors_window_ns // NS_PER_S} s, the last of {text}"
        return [Alert(kind=AlertKind.ERROR_SPIKE, message=message, run_ns=run_ns)]

    def _uptime(self, seen: Barrier) -> Iterator[Alert]:
        """The share of watched market time in which the stream could be trusted, over the last stretch."""
        feed = self._feed
        feed.append(_feed_of(seen))
        while len(feed) > 2 and seen.now_ns - feed[1][0] >= self._uptime_window_ns:
            feed.popleft()
        began_ns, open_ns, down_ns = feed[0]
        if seen.now_ns - began_ns < self._uptime_window_ns or seen.feed_open_ns <= open_ns:
            return
        uptime = max(0.0, 1 - (seen.feed_down_ns - down_ns) / (seen.feed_open_ns - open_ns))
        low, self._low = self._low, uptime < self._uptime_min
        if self._low and not low:
            text = (
                f"{uptime:.1%} over the last {self._uptime_window_ns // NS_PER_S} s; {self._uptime_min:.0%} is wanted"
            )
            yield Alert(kind=AlertKind.UPTIME_LOW, scope="feed", message=text, run_ns=seen.now_ns)


def _feed_of(seen: Barrier) -> tuple[int, int, int]:
    return (seen.now_ns, seen.feed_open_ns, seen.feed_down_ns)
