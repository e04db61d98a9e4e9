"""One window to disk: where its decisions cannot be written, none of it is, and the run ends with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from astra_actors.engine.messages import WindowRecords
from astra_actors.engine.write_window import write_window
from astra_actors.kernel.errors import LedgerError
from astra_actors.ledger.store import LedgerStore
from astra_actors.reporting.artifact_log import ArtifactLog


def test_decisions_that_cannot_be_written_keep_the_window_out_of_the_ledger(store: LedgerStore, tmp_path: Path) -> None:
    folder = tmp_path / "decisions"
    artifacts = ArtifactLog(folder)
    (folder / "decisions-000000.jsonl").mkdir()  # stands for whatever the disk refuses
    records = [WindowRecords(window=1, facts=[], artifacts=[(1, "m1", b'{"window":1}')])]
    with pytest.raises(LedgerError, match="the decisions of window 1 cannot be written"):
        write_window(store, artifacts, window=1, end_ns=10, records=records, decided=(), state=b"")
    assert store.last_window() is None
    (folder / "decisions-000000.jsonl").rmdir()
    write_window(store, artifacts, window=1, end_ns=10, records=records, decided=(), state=b"")
    assert store.last_window() == 1
    assert (folder / "decisions-000000.jsonl").read_bytes() == b'{"window":1}\n'
    artifacts.close()
