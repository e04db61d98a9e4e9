"""What the Supervisor has to tell people, waiting for the driver to fetch it: no hook here waits for anybody's answer."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from astra_actors.config.alert_settings import AlertSettings
from astra_actors.lockstep.coordinator import Coordinator
from astra_actors.reporting.alert_watch import AlertWatch, Barrier
from astra_actors.reporting.alerts import Alert, AlertKind
from astra_actors.reporting.logging import get_logger
from supervision.care import sentence

LOG: Final = get_logger("supervisor")
KEPT: Final = 1_000  # a driver fetches them four times a second; more than this were lost with it
# What follows a death that was noted for itself, and shows at the next look as a hold or a quarantine.
_TOLD_OTHERWISE: Final = ("out: ", "halted: ", "poison: ", "rebuilt: ")


class AlertPost:
    """Watch one coordinator. What it knew dies with the Supervisor; what stands when a successor begins is not told again."""

    def __init__(self, settings: AlertSettings, *, ask_again: Callable[[Exception], Any] = lambda error: None) -> None:
        self._settings, self._ask_again = settings, ask_again
        self._waiting: deque[Alert] = deque(maxlen=KEPT)
        self._coordinator: Coordinator | None = None
        self._watch: AlertWatch | None = None
        self._looked: Any = None
        self._day: Any = None

    def begin(self, coordinator: Coordinator) -> None:
        """The run has started, or was taken up."""
        settings = self._settings
        self._coordinator, self._looked = coordinator, coordinator.last
        self._watch = AlertWatch(
            _barrier(coordinator, None),
            uptime_min=settings.uptime_min,
            uptime_window_s=settings.uptime_window_s,
            errors=settings.errors,
            errors_window_s=settings.errors_window_s,
        )

    @property
    def waiting(self) -> int:
        """How many alerts wait to be fetched."""
        return len(self._waiting)

    def look(self) -> None:
        """After a window, or after an operator's word."""
        coordinator = self._coordinator
        if coordinator is None or self._watch is None:
            return
        decision = coordinator.last if coordinator.last is not self._looked else None
        self._looked = coordinator.last
        self._waiting += self._watch.at_barrier(_barrier(coordinator, decision))
        self._waiting += coordinator.alerts
        coordinator.alerts.clear()
        self._fetch_day()

    def failed(self, name: str, why: str, *, child: bool) -> None:
        """A child was replaced, or something failed beside the run."""
        if why.startswith("adopted: "):
            return  # a Supervisor came back and found its children alive: the driver tells of its loss
        run_ns = self._coordinator.state.now_ns if self._coordinator else 0
        child = child and not why.startswith(_TOLD_OTHERWISE)
        if self._watch is not None:
            self._waiting += self._watch.failed(name, why, now_ns=time.time_ns(), run_ns=run_ns, child=child)
        elif child:
            self._waiting.append(Alert(kind=AlertKind.CHILD_RESTARTED, scope=name, message=why, run_ns=run_ns))

    def day(self, reference: Any) -> None:
        """The Analyst is writing a day; its summary is told when it is there."""
        self._day = reference

    def take(self) -> list[Alert]:
        """Everything that waits."""
        self._fetch_day()
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def _fetch_day(self) -> None:
        if self._day is None:
            return
        import ray

        ready, _ = ray.wait([self._day], timeout=0)
        if not ready:
            return
        reference, self._day = self._day, None
        try:
            text = ray.get(reference)
        except Exception as error:  # the Analyst died over it, or could not write it; the day's file can be made again
            LOG.warning("day.unwritten", why=sentence(error))
            self._day = self._ask_again(error)
            return
        run_ns = self._coordinator.state.now_ns if self._coordinator else 0
        self._waiting.append(Alert(kind=AlertKind.DAILY_SUMMARY, message=text, run_ns=run_ns))


def _barrier(coordinator: Coordinator, decision: Any) -> Barrier:
    """How things stand; `decision` is the word of a barrier that nobody looked at yet, None between two of them."""
    counters, standing = coordinator.counters, coordinator.authority.holds
    return Barrier(
        now_ns=coordinator.state.now_ns,
        real_ns=time.time_ns(),
        decided=standing if decision is None else decision.holds,
        standing=standing,
        events=() if decision is None else decision.events,
        breaches=coordinator.journal.breaches,
        quarantined=tuple(sorted(coordinator.state.quarantined)),
        reject_pauses=counters.reject_pauses,
        feed_open_ns=counters.feed_open_ns,
        feed_down_ns=counters.feed_down_ns,
    )
