"""The process a person starts: it prepares a run, starts Ray and the Supervisor, keeps the pulse, and ends things well."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil

from actors.black_box import remove_boxes
from actors.ledger import open_patiently
from astra_actors.config.settings import Settings
from astra_actors.config.snapshot import diff, settings_json
from astra_actors.engine.build import FeedSpec, open_feed
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_S
from astra_actors.ledger.runs import RunIdentity, last_settings_json
from astra_actors.reporting.heartbeat import heartbeat_fields, status_of, write_heartbeat
from astra_actors.reporting.logging import configure_logging, get_logger
from supervision.alert_targets import hidden_values
from supervision.control import Answer, Switches, Word
from supervision.identity import end_manifest, nothing_to_resume, now_text, run_identity, run_to_resume, write_manifest
from supervision.joining import join_ray, stay_on_loopback
from supervision.key_handoff import key_socket
from supervision.live_override import said_of_live
from supervision.live_run import listing_file
from supervision.refusals import GaveUp, NotReady
from supervision.repeating import shown_at_the_end
from supervision.run_alerts import RunAlerts, tells_of_failure
from supervision.startup_checklist import CheckLine, Situation, passed, run_checklist
from supervision.stop_signals import STOP, install_signal_handlers
from supervision.supervisor_link import SupervisorLink
from supervision.workspace import Workspace, heartbeat_path, write_json

if TYPE_CHECKING:
    from supervision.supervisor import RunSpec

LOG: Final = get_logger("driver")
SLICE_S: Final = 0.25  # how long the Supervisor works before the screen, the signals and the pulse get their turn
GAVE_UP: Final = "gave up"  # begins the exit reason of such a run
BEAT_EARLY: Final = 0.98  # a promise of sixty seconds is kept by a timer that is a little faster

Progress = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Prepared:
    """A run that may start: identity, places, and what differs from the last session."""

    identity: RunIdentity
    workspace: Workspace
    settings: Settings
    feed: FeedSpec
    checklist: list[CheckLine]
    changes: list[str]
    resumed: bool
    lock: Any = field(repr=False, default=None)


@tells_of_failure(NotReady)
def prepare(settings: Settings, feed: FeedSpec, *, resume: bool = False) -> Prepared:
    """Claim the data directory, open the ledger once, enter the run, and go through the checklist; raises on failure."""
    workspace = Workspace(Path(settings.run.data_dir))
    if resume and not workspace.ledger.exists():
        raise nothing_to_resume(workspace.ledger)
    if not feed.live:
        open_feed(feed, settings)  # a feed that cannot be read is refused before anything is written
    lock = workspace.claim()
    hide = hidden_values(settings.alerts)
    configure_logging("driver", workspace.root, now_ns=time.time_ns, console=None, hide=hide)
    install_signal_handlers()
    text = settings_json(settings)
    with open_patiently(workspace.ledger) as store:
        run_id = run_to_resume(store, feed.kind, text, venue=settings.run.venue) if resume else str(uuid.uuid4())
        if resume and settings.run.venue != "paper":
            listing_file(workspace.ledger, run_id).prolong(int(feed.days * NS_PER_DAY), now_ns=time.time_ns())
        identity = run_identity(run_id, settings, feed)
        before = last_settings_json(store.connection, before_run=run_id)
        store.begin_run(identity, text)
        store.backup()
    write_manifest(workspace, identity)
    situation = Situation(
        workspace=workspace,
        run_id=run_id,
        config_hash=identity.config_hash,
        prompt_hash=identity.prompt_bundle_hash,
        heartbeat=heartbeat_path(),
        live=settings.run.venue != "paper",
        alerts=settings.alerts,
    )
    lines = run_checklist(situation)
    if not passed(lines):
        raise NotReady(lines)
    changes = [str(change) for change in diff(before, text)] if before else []
    LOG.info("run.prepared", run_id=run_id, feed=feed.kind, seed=feed.seed, resumed=resume, changes=len(changes))
    return Prepared(identity, workspace, settings, feed, lines, changes, resume, lock)


class Run:
    """One run from Ray's start to its last report. Use as a context manager: Ray ends with it, whatever happens."""

    def __init__(self, prepared: Prepared, *, address: str = "") -> None:
        self.prepared = prepared
        self._address = address
        self._aside = contextlib.ExitStack()
        self._started = time.monotonic()
        self._peak_mb = 0.0
        self._beat_ns, self._beat_gap_s, self._told_s = 0, 0.0, self._started
        patience_s = prepared.settings.supervision.start_timeout_s
        self._alerts = RunAlerts(prepared)
        self._link = SupervisorLink(self.namespace, patience_s=patience_s, lost=self._alerts.supervisor_lost)
        self._switches = Switches(prepared.workspace.root)
        self._key_socket: Path | None = None
        self.status: dict[str, Any] = {}

    def __enter__(self) -> Run:
        stay_on_loopback(self._address)
        from supervision.node_check import check_nodes

        settings = self.prepared.settings
        self._aside.enter_context(contextlib.redirect_stdout(sys.stderr))  # Ray prints of lost nodes among our JSON
        self._aside.callback(self._alerts.close)
        try:
            if settings.run.venue != "paper":
                self._key_socket = self._aside.enter_context(key_socket())
            join_ray(self._address, self.namespace, dashboard=settings.run.dashboard)
            install_signal_handlers()  # Ray has just put its own in their place
            check_nodes(self.prepared.feed.tapes, settings.supervision.start_timeout_s)
            self.status = self._link.start(self._run_spec())
        except BaseException as error:
            self._alerts.failed(error, starting=True)
            self._shut_down()
            raise
        self._alerts.started(self.status)
        self._beat = threading.Thread(target=self._heartbeat, name="heartbeat", daemon=True)
        self._beat.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._alerts.failed(error)
        STOP.beat.set()
        self._shut_down()

    def _shut_down(self) -> None:
        import ray

        ray.shutdown()
        remove_boxes(self.prepared.identity.run_id)
        self._aside.close()

    @property
    def namespace(self) -> str:
        return f"astra-{self.prepared.identity.run_id}"

    def drive(self, progress: Progress) -> str:
        """Let the Supervisor run until everything is over or somebody asks to stop; why it ended."""
        while not STOP.asked.is_set():
            self._switches.take_up(self._hear, self.status["holds"])
            self.status = self._link.ask("advance", SLICE_S)
            self._alerts.turn(self._link, self.status)
            self._publish()
            progress(self.status)
            if self.status["given_up"]:
                return f"{GAVE_UP}: {self.status['given_up']}"
            if self.status["done"]:
                return "finished"
        self.status = self._link.ask("stop", STOP.reason)
        self._alerts.turn(self._link, self.status)
        self._publish()
        return STOP.reason

    def _hear(self, word: Word) -> Answer:
        """An operator's word goes to the Supervisor at once; what came of it is a line of the log as well."""
        LOG.warning("operator.said", action=word.action, author=word.author, why=word.why)
        answer: Answer = self._link.ask("hear", word)
        LOG.warning("operator.answered", action=word.action, done=answer.done, text=answer.text, took_ms=answer.took_ms)
        return answer

    def finish(self, exit_reason: str) -> dict[str, Any]:
        """Write the truth report, close the ledger, stop the children; the report with everything `--json` prints."""
        prepared, status = self.prepared, self.status
        span_ns = min(status["now_ns"], status["end_ns"]) - status["start_ns"]  # the last cancels take a little longer
        extra = {
            **status,
            "feed": prepared.identity.feed,
            "venue": prepared.identity.venue,
            "seed": prepared.identity.seed,
            "virtual_days": span_ns / 86_400e9,
            "wall_s": round(time.monotonic() - self._started, 3),
            "orphan_orders": status["open_orders"],
            "restarts": status["restarts"] + self._link.losses,
            "unhandled_exceptions": 0,
            "memory_mb_max": self._peak_mb,
            "heartbeat_gap_s": round(self._beat_gap_s, 3) if self._beat_gap_s else None,
            "exit_reason": exit_reason,
            "decisions_dir": str(prepared.workspace.root.resolve() / "decisions"),
            **said_of_live(prepared.settings),
            **shown_at_the_end(
                prepared.workspace.root,
                prepared.identity.run_id,
                days=span_ns / 86_400e9,
                whole=exit_reason == "finished" and not prepared.feed.live,
            ),
        }
        report = self._link.ask("report", datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"), extra)
        self._alerts.ended(self._link, report, exit_reason, status)
        digest = self._link.ask("close", now_text(), exit_reason)
        end_manifest(prepared.workspace, prepared.identity, exit_reason)
        LOG.info("run.ended", run_id=prepared.identity.run_id, exit_reason=exit_reason, digest=digest)
        self._publish(ended=exit_reason)
        if status["given_up"]:
            raise GaveUp(status["given_up"], report["report_path"])
        return {
            **report,
            "ledger_digest": digest,
            "ledger_path": str(prepared.workspace.ledger),
            "exit_reason": exit_reason,
        }

    def _run_spec(self) -> RunSpec:
        from supervision.supervisor import RunSpec

        prepared = self.prepared
        return RunSpec(
            namespace=self.namespace,
            feed=prepared.feed,
            settings=prepared.settings,
            settings_json=settings_json(prepared.settings),
            identity=prepared.identity,
            ledger=prepared.workspace.ledger.resolve(),
            artifacts=prepared.workspace.decisions(prepared.identity.run_id).resolve(),
            reports=prepared.workspace.reports.resolve(),
            shards=prepared.settings.run.actors,
            key_socket=self._key_socket,
        )

    def _publish(self, ended: str | None = None) -> None:
        self._told_s = time.monotonic()  # the Supervisor has just answered
        me = psutil.Process()
        family = [me, *me.children(recursive=True)]
        with contextlib.suppress(psutil.Error):
            self._peak_mb = max(self._peak_mb, *(p.memory_info().rss / 1e6 for p in family if "ray::" in p.name()), 0.0)
        content = {
            **self.status,
            "run_id": self.prepared.identity.run_id,
            "driver_pid": os.getpid(),
            "written_at": now_text(),
            "ended": ended,
        }
        with contextlib.suppress(OSError):  # on a full disk the ledger ends the run, with a sentence
            write_json(self.prepared.workspace.status, content)

    def _heartbeat(self) -> None:
        """A timer of its own: it goes on while a window takes long, and stops when this process does."""
        path, supervision = heartbeat_path(), self.prepared.settings.supervision
        while True:
            now_ns, status = time.time_ns(), self.status
            if self._beat_ns:
                self._beat_gap_s = max(self._beat_gap_s, (now_ns - self._beat_ns) / NS_PER_S)
            self._beat_ns = now_ns
            trading_state, quiet_s = status.get("trading_state", ""), time.monotonic() - self._told_s
            with contextlib.suppress(OSError):
                write_heartbeat(
                    path,
                    heartbeat_fields(
                        now_ns=now_ns,
                        run_id=self.prepared.identity.run_id,
                        cycle=status.get("window", 0),
                        status=status_of(trading_state, quiet_s, supervision.pulse_timeout_s),
                        feed_connected=status.get("feed_connected"),
                        active_markets=status.get("live_markets", 0),
                        open_orders=status.get("open_orders", 0),
                        memory_mb=psutil.Process().memory_info().rss / 1e6,
                        disk_free_mb=psutil.disk_usage(str(self.prepared.workspace.root)).free / 1e6,
                        errors=status.get("restarts", 0),
                        trading_state=trading_state,
                        pid=os.getpid(),
                    ),
                )
            if STOP.beat.wait(supervision.heartbeat_s * BEAT_EARLY):
                return
