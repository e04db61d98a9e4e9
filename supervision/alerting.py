"""The one place from which people are told: a thread a target in the driver's process, never in the way of trading.

The driver is the process a person starts: the addresses are in its environment and never leave it, and it lives on when the
Supervisor is lost or does not start. Every row goes to the ledger through the Supervisor, or, when the run is over and
something is left, straight into the file that nobody writes any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from actors.ledger import open_patiently
from astra_actors.config.alert_settings import AlertSettings
from astra_actors.kernel.errors import AstraError
from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.alert_rows import AlertRow
from astra_actors.reporting.alert_desk import AlertDesk, Message
from astra_actors.reporting.alerts import Alert, Severity
from astra_actors.reporting.logging import get_logger
from supervision.alert_targets import Sender, Target, configured_targets

LOG: Final = get_logger("alerts")
ROWS_EVERY_NS: Final = NS_PER_S  # rows travel together: one transaction a second at most
WRITER_GONE_S: Final = 3.0  # how long the ledger's last writer may take to be gone


class Alerting:
    """Hear alerts from any thread and see them to their targets; `hear` neither waits nor raises."""

    def __init__(
        self,
        run_id: str,
        settings: AlertSettings,
        *,
        virtual: bool,
        targets: Sequence[Target] | None = None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.targets = list(configured_targets(settings) if targets is None else targets)
        good = [target for target in self.targets if not target.problem] if settings.enabled else []
        self._desk = AlertDesk(
            run_id,
            [target.name for target in good],
            virtual=virtual and not settings.virtual_time,
            enabled=settings.enabled,
            severity_min=Severity(settings.severity_min),
            queue_max=settings.queue_max,
        )
        self._now_ns, self._drain_s = now_ns, settings.drain_s
        self._changed = threading.Condition()
        self._closed = False
        self._handed_ns = 0
        self._threads = [
            threading.Thread(target=self._serve, args=(Sender(target),), name=f"alerts-{number}", daemon=True)
            for number, target in enumerate(good)
        ]
        for thread in self._threads:
            thread.start()

    def hear(self, *alerts: Alert) -> None:
        """Take alerts; each is a line of the log and a row of the ledger, whatever becomes of its delivery."""
        for alert in alerts:
            level = "info" if alert.kind.severity is Severity.INFO else "warning"
            getattr(LOG, level)("alert", kind=alert.kind.word, scope=alert.scope, message=alert.message)
        with self._changed:
            for alert in alerts:
                self._desk.hear(alert, self._now_ns())
            self._changed.notify_all()

    def hand_rows(self, write: Callable[[list[AlertRow]], object], *, now: bool = False) -> None:
        """Have new rows written, at most once a second; rows that cannot be written now are kept."""
        with self._changed:
            at_ns = self._now_ns()
            if not self._desk.has_rows or (at_ns - self._handed_ns < ROWS_EVERY_NS and not now):
                return
            self._handed_ns, rows = at_ns, self._desk.take_rows()
        try:
            write(rows)
        except BaseException:
            with self._changed:
                self._desk.put_back(rows)
            raise

    def drain(self) -> None:
        """Wait until everything is delivered or given up, at most for `drain_s`."""
        with self._changed:
            self._desk.release_all(self._now_ns())
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._desk.busy, timeout=self._drain_s if self._threads else 0)

    def close(self, ledger: Path | None = None) -> None:
        """Stop sending. Rows that nobody took are written into the ledger, if nobody holds it."""
        with self._changed:
            self._closed = True
            self._desk.give_up()
            self._changed.notify_all()
        if ledger is None or not ledger.exists():
            return
        try:
            self.hand_rows(lambda rows: write_rows(ledger, rows), now=True)
        except AstraError as error:
            LOG.warning("alerts.unwritten", why=str(error))

    def _serve(self, sender: Sender) -> None:
        name = sender.target.name
        while (message := self._next(name)) is not None:
            problem = sender.send(message)
            with self._changed:
                if self._closed:
                    return
                self._desk.answered(message.alert_id, name, problem, self._now_ns())
                self._changed.notify_all()
            if problem:
                LOG.warning("alert.undelivered", target=name, why=problem)

    def _next(self, name: str) -> Message | None:
        with self._changed:
            while not self._closed:
                now_ns = self._now_ns()
                if (message := self._desk.due(name, now_ns)) is not None:
                    return message
                due_ns = self._desk.next_due_ns(name)
                self._changed.wait(None if due_ns is None else max(0.0, (due_ns - now_ns) / NS_PER_S))
        return None


def write_rows(ledger: Path, rows: Sequence[AlertRow]) -> None:
    """Write rows into a ledger that nobody writes now; `LedgerError` says why that could not be."""
    with open_patiently(ledger, wait_s=WRITER_GONE_S) as store:
        store.record_alerts(rows)
