"""The coordinator's ports answered in this process: how `astra replay` runs, without Ray and with the same results."""

from __future__ import annotations

from collections.abc import Sequence

from astra_actors.engine.messages import MarketHistory, WindowCommand, WindowRecords, WindowResult
from astra_actors.engine.shard import Shard
from astra_actors.engine.write_window import write_window
from astra_actors.ledger.store import LedgerStore
from astra_actors.lockstep.ports import WindowCommit
from astra_actors.reporting.artifact_log import ArtifactLog
from astra_actors.risk.report import MarketReport


class LocalShard:
    """A shard called directly; in one process there is never a second owner."""

    incarnation = 0

    def __init__(self, shard: Shard) -> None:
        self._shard = shard
        self._answer: tuple[WindowResult, WindowRecords] | None = None

    def begin(self, command: WindowCommand) -> None:
        """Run the window at once."""
        self._answer = self._shard.run_window(command)

    def finish(self) -> tuple[WindowResult, WindowRecords]:
        """What came of it."""
        assert self._answer is not None, "a window is finished after it was begun"
        answer, self._answer = self._answer, None
        return answer

    def recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        """Rebuild the markets."""
        return self._shard.recover(histories)


class LocalLedger:
    """A ledger written in this process."""

    def __init__(self, store: LedgerStore, artifacts: ArtifactLog) -> None:
        self._store, self._artifacts = store, artifacts

    def begin_commit(self, commit: WindowCommit) -> None:
        """Write the window at once."""
        write_window(
            self._store,
            self._artifacts,
            window=commit.window,
            end_ns=commit.end_ns,
            records=commit.records,
            decided=commit.decided,
            state=commit.state,
        )

    def finish_commit(self) -> str:
        """What was written is durable."""
        return self._store.digest()
