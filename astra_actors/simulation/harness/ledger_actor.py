"""The ledger as a process of a simulated house, and its port: what was sent is kept until it is durable."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from astra_actors.engine.write_window import write_window
from astra_actors.kernel.errors import Fenced, LedgerError
from astra_actors.kernel.facts import Fact
from astra_actors.ledger.fencing import SupervisionEvent
from astra_actors.ledger.store import LedgerStore
from astra_actors.lockstep.ports import WindowCommit
from astra_actors.reporting.artifact_log import ArtifactLog
from astra_actors.simulation.harness.auditor import hold
from astra_actors.simulation.harness.kept_shard import FENCED, PATIENCE, supervisor_dies
from astra_actors.simulation.harness.wire import Died, Message, Wire


class FailingStore(LedgerStore):
    """The ledger's own store; a strike comes in the middle of a commit, where SQLite would have found no room."""

    __slots__ = ("strike",)
    strike: Callable[[], None] | None

    def _insert(self, ordered: Sequence[Fact], window: int) -> None:
        super()._insert(ordered, window)
        if self.strike is not None:
            self.strike()


class LedgerActor:
    """One process that writes the ledger."""

    def __init__(self, folder: Path, begin: Callable[[LedgerStore], None], run_id: str, wire: Wire) -> None:
        self._folder, self._begin, self._run_id, self._wire = folder, begin, run_id, wire
        self.epoch = 0
        self._open()

    def _open(self) -> None:
        store = FailingStore.open(self._folder / "ledger.db")
        assert isinstance(store, FailingStore), "it opens its own kind"
        store.strike = None
        self.store: FailingStore = store
        self._begin(self.store)
        self.artifacts = ArtifactLog(self._folder / "decisions", last_window=self.store.last_window() or 0)
        self._settled = 0
        self.acknowledged()
        self.alive = True

    def die(self) -> None:
        """SIGKILL: an open transaction is gone with it."""
        if self.alive:
            self.alive = False
            self.artifacts.close()
            self.store.close()

    def power_cut(self, keep: float) -> None:
        """The machine dies while the last commit travels to the disk: of what was appended last, a part is missing."""
        path, beside = self.store.path, self._folder / "cut"
        wal = path.with_name(path.name + "-wal")
        beside.mkdir(exist_ok=True)
        shutil.copy(path, beside / path.name)
        size = wal.stat().st_size if wal.exists() else 0
        if size:
            shutil.copy(wal, beside / wal.name)
            floor = min(self._settled, size)
            os.truncate(beside / wal.name, floor + int((size - floor) * keep))
        self.die()
        for name in (path.name + "-wal", path.name + "-shm"):
            path.with_name(name).unlink(missing_ok=True)
        for file in beside.iterdir():
            file.replace(path.with_name(file.name))

    def take_epoch(self) -> int:
        """Another supervisor is in charge; nothing that an earlier one sends is written any more."""
        self.epoch = self.store.take_epoch()
        return self.epoch

    def owns(self, index: int, incarnation: int, window: int) -> None:
        """A shard has a new owner; nothing that an older one writes from this window on is taken."""
        event = SupervisionEvent(
            at_ns=window,
            epoch=self.epoch,
            window=window,
            kind="started",
            child=f"market-{index}",
            incarnation=incarnation,
            author="supervisor",
            why="simulated",
        )
        self.store.record_event(event, owns=True)

    def restart(self) -> None:
        """A successor opens the files."""
        self.die()
        self._open()

    def acknowledged(self) -> None:
        """Somebody was told that everything up to here is durable."""
        wal = self.store.path.with_name(self.store.path.name + "-wal")
        self._settled = wal.stat().st_size if wal.exists() else 0

    def on_commit(self, epoch: int, commit: WindowCommit) -> str:
        """Write one window of the supervisor in charge; raises `Fenced` and `LedgerError`."""
        fault = self._wire.ledger_fault()
        if fault in ("ledger.full", "ledger.locked"):
            self.store.strike = _strike(fault)
        elif fault == "ledger.torn":
            self.store.strike = _strike_dead
        try:
            return write_window(
                self.store,
                self.artifacts,
                window=commit.window,
                end_ns=commit.end_ns,
                records=commit.records,
                decided=commit.decided,
                state=commit.state,
                epoch=epoch,
            )
        finally:
            self.store.strike = None


class KeptLedger:
    """A ledger port over the wire: what was sent stays here until it is durable, so that a successor can be sent it again."""

    def __init__(self, actor: LedgerActor, wire: Wire, *, epoch: int, written: Callable[[WindowCommit], None]) -> None:
        self.actor, self._wire, self._written, self._epoch = actor, wire, written, epoch
        self._commit: WindowCommit | None = None
        self._digest = ""
        self._error: LedgerError | None = None
        self.refused = 0

    def begin_commit(self, commit: WindowCommit) -> None:
        """Send one window."""
        self._commit, self._digest, self._error = commit, "", None
        self._wire.post(Message("commit", -1, lambda: self._handle(commit), self.actor.die))

    def finish_commit(self) -> str:
        """Wait until it is durable; what SQLite could not write is raised."""
        assert self._commit is not None, "nothing was sent"
        for _ in range(PATIENCE):
            while not self._digest and self._error is None and self._wire.deliver():
                pass
            if self._error is not None:
                raise self._error
            if self._digest:
                return self._digest
            self.actor.restart()
            self._wire.time_out()
            self.begin_commit(self._commit)
        raise AssertionError(f"the ledger died {PATIENCE} times over one window")

    def _handle(self, commit: WindowCommit) -> None:
        if not self.actor.alive:
            return
        known = self.actor.store.last_window() or 0
        try:
            digest = self.actor.on_commit(self._epoch, commit)
        except Fenced:
            self.refused += 1
            return
        except LedgerError as error:
            self._reply(commit, "", error)
            return
        except Died:
            self.actor.die()
            return
        if commit.window > known:
            hold(FENCED, self._epoch == self.actor.epoch, f"window {commit.window} of epoch {self._epoch} is written")
            self._written(commit)
        self._reply(commit, digest, None)

    def _reply(self, commit: WindowCommit, digest: str, error: LedgerError | None) -> None:
        def take() -> None:
            if commit is self._commit and not self._digest:
                self.actor.acknowledged()
                self._digest, self._error = digest, error

        self._wire.post(Message("durable", -1, take, supervisor_dies))


def _strike(kind: str) -> Callable[[], None]:
    said = "database or disk is full" if kind == "ledger.full" else "database is locked"

    def strike() -> None:
        raise LedgerError(said)

    return strike


def _strike_dead() -> None:
    raise Died("the ledger's process died inside a commit")
