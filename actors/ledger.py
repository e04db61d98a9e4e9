"""A mailbox around the ledger: the only process that opens it for writing."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Final

from astra_actors.engine.messages import WindowRecords
from astra_actors.engine.write_window import write_window
from astra_actors.kernel.errors import LedgerHeld
from astra_actors.kernel.facts import Fact
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from astra_actors.reporting.artifact_log import ArtifactLog

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
        self._artifacts = ArtifactLog(artifacts, last_window=self._store.last_window() or 0)

    def __repr__(self) -> str:
        return f"LedgerActor(window={self._store.last_window()})"

    def on_commit(
        self, window: int, end_ns: int, decided: tuple[Fact, ...], state: bytes, *records: WindowRecords
    ) -> str:
        """Write one window: the shards' facts, the portfolio's own, and the state to resume from; the digest so far."""
        return write_window(
            self._store,
            self._artifacts,
            window=window,
            end_ns=end_ns,
            records=records,
            decided=decided,
            state=state,
        )

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
