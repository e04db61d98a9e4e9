"""The driver's end of alerts: it fetches what the Supervisor tells, adds what only the driver can see, and hands rows back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from astra_actors.config.alert_settings import AlertSettings
from astra_actors.kernel.errors import AstraError, LedgerCorrupt, LedgerNewer
from astra_actors.reporting.alerts import Alert, AlertKind
from astra_actors.reporting.daily_summary import gate_text
from astra_actors.reporting.logging import get_logger
from supervision.alerting import Alerting
from supervision.supervisor_link import SupervisorLink, SupervisorLost

if TYPE_CHECKING:
    from supervision.driver import Prepared

P = ParamSpec("P")
R = TypeVar("R")
LOG: Final = get_logger("driver")
INTEGRITY: Final = (LedgerCorrupt, LedgerNewer)


class RunAlerts:
    """The alerts of one run. Nothing here raises or makes a window wait."""

    def __init__(self, prepared: Prepared, *, targets: Any = None) -> None:
        self._prepared = prepared
        settings, virtual = prepared.settings.alerts, not prepared.feed.live
        self._alerting = Alerting(prepared.identity.run_id, settings, virtual=virtual, targets=targets)
        self._now_ns = 0
        self._told_end = False

    def started(self, status: dict[str, Any]) -> None:
        """The Supervisor answers."""
        prepared = self._prepared
        again = "taken up again" if prepared.resumed else "started"
        identity, live = prepared.identity, prepared.settings.live
        how = "paper" if identity.paper_mode else f"live, phase {live.phase}"
        text = f"{again} on {identity.feed}, {how}, seed {identity.seed}; {status['trading_state']}"
        self._tell(AlertKind.RUN_STARTED, text, status)
        if not identity.paper_mode and live.gate_override:
            self._tell(
                AlertKind.GATE_OVERRIDDEN, f"{live.gate_override}; open rows: {', '.join(live.gate_rows)}", status
            )

    def turn(self, link: SupervisorLink, status: dict[str, Any], *, now: bool = False) -> None:
        """Fetch what waits and hand rows over; after each slice of work, so a window is never held up."""
        self._now_ns = status["now_ns"]
        try:
            if status.get("alerts_waiting"):
                self._alerting.hear(*link.ask("exchange_alerts", []))
            self._alerting.hand_rows(lambda rows: self._alerting.hear(*link.ask("exchange_alerts", rows)), now=now)
        except (
            Exception
        ) as error:  # rows stay here until they can be written; what ails the Supervisor shows in its work
            LOG.warning("alerts.unwritten", why=str(error).splitlines()[0] if str(error) else type(error).__name__)

    def supervisor_lost(self, method: str) -> None:
        """It died over a question; Ray is bringing it back."""
        text = f"died over {method}; Ray starts it again, and it recovers from the ledger"
        self._alerting.hear(
            Alert(kind=AlertKind.SUPERVISOR_LOST, scope="supervisor", message=text, run_ns=self._now_ns)
        )

    def ended(self, link: SupervisorLink, report: dict[str, Any], exit_reason: str, status: dict[str, Any]) -> None:
        """The last report is written, the ledger still open: say how it went, and see everything to its target."""
        self._tell(AlertKind.READINESS, gate_text(report["gate_outcomes"]), status)
        equity = report.get("equity_usd")
        text = f"ended ({exit_reason}): " + ("" if equity is None else f"equity {equity:,.2f} USD, ")
        text += f"{report['fills']} fills, {report['trades']} trades, {report['restarts']} restarts"
        self._tell(AlertKind.RUN_ENDED, text, status)
        self._told_end = True
        self._alerting.drain()
        self.turn(link, status, now=True)

    def failed(self, error: BaseException, *, starting: bool = False) -> None:
        """The run ends with an exception, and with it everything that could go on trading."""
        if not isinstance(error, Exception) or self._told_end:
            return
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        kind = AlertKind.START_FAILED if starting else _kind_of(error)
        self._alerting.hear(Alert(kind=kind, scope="run", message=text, run_ns=self._now_ns))

    def close(self) -> None:
        """Ray is gone. What is left is delivered, and written into the ledger that nobody holds now."""
        if not self._told_end:
            self._alerting.drain()
        self._alerting.close(self._prepared.workspace.ledger)

    def _tell(self, kind: AlertKind, text: str, status: dict[str, Any]) -> None:
        self._alerting.hear(Alert(kind=kind, scope="run", message=text, run_ns=status["now_ns"]))


def tells_of_failure(*failures: type[AstraError]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have a start that is refused for a reason of Astra's own told to people; what a person typed wrongly, they see."""

    def decorate(start: Callable[P, R]) -> Callable[P, R]:
        @wraps(start)
        def told(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return start(*args, **kwargs)
            except AstraError as error:
                kind = AlertKind.INTEGRITY if isinstance(error, INTEGRITY) else AlertKind.START_FAILED
                if isinstance(error, (*INTEGRITY, *failures)):
                    _tell_once(args[0].alerts, Alert(kind=kind, scope="run", message=str(error)))  # type: ignore[attr-defined]
                raise

        return told

    return decorate


def _tell_once(settings: AlertSettings, alert: Alert) -> None:
    """No run, so no ledger that could hold a row: the line of the log is all that stays."""
    alerting = Alerting("", settings, virtual=False)
    alerting.hear(alert)
    alerting.drain()
    alerting.close()


def _kind_of(error: Exception) -> AlertKind:
    from supervision.keeper import BudgetSpent

    if isinstance(error, INTEGRITY):
        return AlertKind.INTEGRITY
    if isinstance(error, SupervisorLost):
        return AlertKind.SUPERVISOR_LOST
    return AlertKind.BUDGET_SPENT if isinstance(error, BudgetSpent) else AlertKind.RUN_FAILED
