"""Three backups, the newest first; a damaged file is noticed before anything is built on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from astra_actors.kernel.errors import LedgerCorrupt, LedgerError
from astra_actors.kernel.facts import OrderFilled
from astra_actors.ledger.backup import backup_path, existing, restore
from astra_actors.ledger.connection import open_reader
from astra_actors.ledger.store import LedgerStore
from astra_actors.ledger.verify import verify

Make = Callable[..., Any]


def rows_in(path: Path) -> int:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    count = int(connection.execute("SELECT COUNT(*) FROM fills").fetchone()[0])
    connection.close()
    return count


@pytest.fixture
def written(path: Path, make: Make, run: Make) -> Path:
    """A ledger of 400 fills with four backups taken after 0, 100, 200 and 300 of them."""
    with LedgerStore.open(path) as store:
        store.begin_run(run(), "{}")
        for window in range(4):
            store.backup()
            store.commit(window, window, [make(OrderFilled, 100 * window + n) for n in range(100)])
    return path


def test_backups_rotate_and_the_oldest_goes(written: Path) -> None:
    assert existing(written) == [1, 2, 3]
    assert [rows_in(backup_path(written, n)) for n in (1, 2, 3)] == [300, 200, 100]


def test_restore_brings_back_what_was_and_keeps_what_is(written: Path, make: Make, run: Make) -> None:
    aside = restore(written, 2)
    assert (rows_in(written), rows_in(aside)) == (200, 400)
    with LedgerStore.open(written) as store:
        store.begin_run(run(), "{}")
        assert store.last_window() == 1
        assert verify(store.connection, store.lineage) == 2
        store.commit(2, 2, [make(OrderFilled, 1)])


def test_restore_names_the_backups_there_are(written: Path) -> None:
    backup_path(written, 2).unlink()
    with pytest.raises(LedgerError, match=r"no backup 2 .*: bak1, bak3"):
        restore(written, 2)


def test_restore_does_not_touch_a_ledger_that_is_being_written(written: Path) -> None:
    with LedgerStore.open(written), pytest.raises(LedgerError, match="another Astra is writing"):
        restore(written, 1)
    assert rows_in(written) == 400


def test_a_damaged_backup_is_refused_and_the_ledger_stays(written: Path) -> None:
    damage(backup_path(written, 1))
    with pytest.raises(LedgerCorrupt, match="damaged"):
        restore(written, 1)
    assert rows_in(written) == 400
    restore(written, 2)
    assert rows_in(written) == 200


DAMAGES = [
    pytest.param(lambda data: b"not a database at all" * 300, id="another file"),
    pytest.param(lambda data: data[: len(data) // 2], id="cut in half"),
    pytest.param(lambda data: data[:4096] + bytes(len(data) - 4096), id="zeroed behind its first page"),
    pytest.param(lambda data: data[:4096] + data[8192:] + data[4096:8192], id="a page in the wrong place"),
]


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_ledger_is_refused_with_the_way_out(written: Path, how: Callable[[bytes], bytes]) -> None:
    written.write_bytes(how(written.read_bytes()))
    with pytest.raises(LedgerCorrupt, match="astra db restore"):
        LedgerStore.open(written)
    restore(written, 1)
    LedgerStore.open(written).close()


def test_a_reader_needs_a_ledger(path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger"):
        open_reader(path)


def test_a_reader_cannot_write(written: Path) -> None:
    reader = open_reader(written)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM fills")
    reader.close()


def damage(path: Path) -> None:
    """Overwrite the middle of a file, where its rows are."""
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 8192] = b"\xff" * 8192
    path.write_bytes(bytes(data))
