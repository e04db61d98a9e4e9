"""A mailbox around the ledger: the only process that opens it for writing."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from actors.meter import Meter
from astra_actors.engine.messages import WindowRecords
from astra_actors.engine.write_window import write_window
from astra_actors.kernel.errors import LedgerHeld
from astra_actors.kernel.facts import Fact
from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.alert_rows import AlertRow
from astra_actors.ledger.fencing import SupervisionEvent
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from astra_actors.reporting import metric_names as names
from astra_actors.reporting.artifact_log import ArtifactLog
from astra_actors.venues.clob.account_rows import AccountRow

WRITER_GONE_S: Final = 15.0  # how long a process that was killed may take until its lock on the ledger is free


def open_patiently(path: Path, *, wait_s: float = WRITER_GONE_S) -> LedgerStore:
    """Open a ledger whose last writer has just been ended: a dying process keeps its lock a moment longer."""
    until = time.monotonic() + wait_s
    while True:
        try:
            return LedgerStore.open(path)
        except LedgerHeld:
            if time.monotonic() > until:
                raise
        time.sleep(0.05)


class LedgerActor:
    """Own the ledger and the decision log of one run.

    A commit that returned is on disk. One that raised left nothing behind, and may be sent again: the same window with the
    same facts is recognised and written once.
    """

    def __init__(self, path: Path, run: RunIdentity, settings_json: str, artifacts: Path) -> None:
        self._store = open_patiently(path)
        self._store.begin_run(run, settings_json)
        self._meter, self._rows = Meter(), 0
        self._artifacts = ArtifactLog(artifacts, last_window=self._store.last_window() or 0)

    def __repr__(self) -> str:
        return f"LedgerActor({self._store.path.name})"

    def on_epoch(self) -> tuple[int, int]:
        """Put another Supervisor in charge: its epoch, and the last window that is written. Older ones write no more."""
        return self._store.take_epoch(), self._store.last_window() or 0

    def on_event(self, event: SupervisionEvent, owns: bool = False) -> bool:
        """Put on record what was done to the tree; `owns` says that from its window on nobody else writes for the child."""
        self._store.record_event(event, owns=owns)
        return True

    def on_commit(
        self, epoch: int, window: int, end_ns: int, decided: tuple[Fact, ...], state: bytes, *records: WindowRecords
    ) -> str:
        """Write one window: the shards' facts, the portfolio's own, and the state to resume from; the digest so far.

        Raises `Fenced` for a Supervisor that is over, and for what the owner of a shard wrote after its successor began.
        """
        began_ns, known = time.perf_counter_ns(), self._store.last_window() or 0
        digest = write_window(
            self._store,
            self._artifacts,
            epoch=epoch,
            window=window,
            end_ns=end_ns,
            records=records,
            decided=decided,
            state=state,
        )
        if window > known:
            self._rows += len(decided) + sum(len(part.facts) for part in records)
        self._meter.observe(names.COMMIT_SECONDS, (time.perf_counter_ns() - began_ns) / NS_PER_S)
        self._meter.total(names.ROWS, self._rows)
        with contextlib.suppress(OSError):  # what cannot be measured is left out
            self._meter.set(names.LEDGER_BYTES, self._store.path.stat().st_size)
        return digest

    def on_alerts(self, rows: Sequence[AlertRow]) -> None:
        """Write what people were told; freely repeated, for a row replaces its older state."""
        self._store.record_alerts(rows)

    def on_account(self, rows: Sequence[AccountRow], incarnation: int) -> bool:
        """Write what happened at the account; freely repeated. Raises `Fenced` once the account has another holder."""
        self._store.record_account(rows, incarnation)
        return True

    def on_end(self, ended_at: str, exit_reason: str) -> str:
        """Record how the run ended, keep a backup, and let go of the files."""
        self._store.end_run(ended_at, exit_reason)
        self._store.backup()
        self._artifacts.close()
        digest = self._store.digest()
        self._store.close()
        return digest

    def progress(self) -> dict[str, Any]:
        """How far the ledger has come."""
        return {"pid": os.getpid(), "window": self._store.last_window() or 0}
