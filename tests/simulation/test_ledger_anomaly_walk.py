"""The anomaly walk (style §7, 30): the n-th write of the ledger fails, n = 1, 2, 3 …, and nothing is half-written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from astra_actors.kernel.errors import LedgerError
from astra_actors.ledger.verify import verify
from astra_actors.simulation.harness.house import House, lively

FROM, TO = 9, 13  # windows in which orders are sent, rest, fill and are cancelled


class FullDisk:
    """Stands between a store and SQLite: the n-th statement of a commit finds no room."""

    def __init__(self, made: House, nth: int) -> None:
        self.left, self.fired = nth, False
        store, insert, settle = made.store, type(made.store)._insert, type(made.store)._settle
        self._patched = type(store)
        self._honest = insert, settle

    def strike(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            self.fired = True
            raise LedgerError("database or disk is full")

    def __enter__(self) -> FullDisk:
        insert, settle = self._honest

        def before(store, *rest):
            self.strike()
            insert(store, *rest)
            self.strike()  # after the facts, before the window is sealed

        def after(store, *rest):
            settle(store, *rest)
            self.strike()

        self._patched._insert, self._patched._settle = before, after
        return self

    def __exit__(self, *_: object) -> None:
        self._patched._insert, self._patched._settle = self._honest


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A ledger that stands in the middle of a busy stretch, and the digest a little later."""
    folder = tmp_path_factory.mktemp("prepared")
    made = House(lively(folder / "run")).run_to(FROM)
    made.store.close()
    shutil.copytree(folder / "run", folder / "kept")
    plain = House(made.settings, run_id=made.run_id)
    intents, fills = plain.auditor.intents, plain.auditor.fills
    digest = plain.run_to(TO).coordinator.flush()
    plain.store.close()
    assert plain.auditor.intents > intents and plain.auditor.fills > fills, "a stretch without orders proves nothing"
    return folder / "kept", made.run_id, digest


def test_every_write_may_fail_once(prepared):
    source, run_id, digest = prepared
    folder = source.parent / "run"
    nth, fired = 0, True
    while fired:
        nth += 1
        shutil.rmtree(folder)
        shutil.copytree(source, folder)
        made = House(lively(folder), run_id=run_id)
        with FullDisk(made, nth) as disk:
            try:
                made.run_to(TO)
            except LedgerError:
                assert disk.fired
        fired = disk.fired
        window = made.store.last_window()
        assert verify(made.store.connection, made.store.lineage) == window, "the chain ends at a whole window"
        lines = sum(path.read_bytes().count(b"\n") for path in made.decisions.iterdir())
        made.store.close()
        again = House(lively(folder), run_id=run_id)
        kept = sum(path.read_bytes().count(b"\n") for path in again.decisions.iterdir())
        assert kept == lines, "artifacts of the failed window were taken back"
        again.run_to(TO)
        again.coordinator.flush()
        assert again.store.digest() == digest
        again.store.close()
    assert nth == 3 * (TO - FROM) + 1, "three places in each window were tried"


def test_a_window_that_failed_may_be_sent_again_to_the_same_writer(tmp_path):
    made = House(lively(tmp_path / "run")).run_to(10)
    plain = House(lively(tmp_path / "plain")).run_to(12)
    with FullDisk(made, 2), pytest.raises(LedgerError):
        made.step()
    commit = made.coordinator._ledger.last  # what was handed over and could not be written
    made.coordinator._ledger.begin_commit(commit)
    made.coordinator._committing = True
    made.run_to(12)
    assert made.coordinator.flush() == plain.coordinator.flush()
    lines = [sorted(path.read_bytes() for path in each.decisions.iterdir()) for each in (made, plain)]
    assert lines[0] == lines[1]
    for each in (made, plain):
        each.store.close()
