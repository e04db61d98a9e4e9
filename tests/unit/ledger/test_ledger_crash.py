"""A writer that is killed in the middle of a commit leaves a ledger that ends at a window (promise 4)."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from astra_actors.ledger.store import LedgerStore
from astra_actors.ledger.verify import verify

HERE = Path(__file__).parent
WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from test_ledger_crash import begin, commit
store = begin(sys.argv[1])
window = -1 if store.last_window() is None else store.last_window()
while True:
    window += 1
    print(window, commit(store, window), flush=True)
"""


def begin(path: str) -> LedgerStore:
    """The ledger with its run begun, also in the process that will be killed."""
    from conftest import identity

    store = LedgerStore.open(path)
    store.begin_run(identity(), "{}")
    return store


def commit(store: LedgerStore, window: int) -> str:
    """Write the window that its number alone describes."""
    from conftest import fact

    from astra_actors.kernel.facts import EquityMarked, OrderChanged, OrderFilled

    kinds = (OrderFilled, OrderChanged, EquityMarked)
    return store.commit(window, window, [fact(kinds[n % 3], 300 * window + n) for n in range(300)])


@pytest.mark.parametrize("windows", [1, 7, 20])
def test_a_killed_writer_leaves_whole_windows_and_the_run_goes_on(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, windows: int
) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(HERE)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    said = [writer.stdout.readline().split() for _ in range(windows)]
    writer.send_signal(signal.SIGKILL)
    said += [line.split() for line in writer.stdout.read().splitlines() if len(line.split()) == 2]
    assert writer.wait() == -signal.SIGKILL

    with begin(str(path)) as store:
        last = store.last_window()
        assert last is not None
        assert last >= int(said[-1][0]), "a commit that was answered is on disk"
        assert verify(store.connection, store.lineage) == last + 1
        assert commit(store, last) == store.digest(), "its answer may be lost: sent again, it is recognised"
        after = commit(store, last + 1)
    with begin(str(tmp_path / "undisturbed.db")) as other:
        digests = [commit(other, window) for window in range(last + 2)]
    assert digests[-1] == after
    assert [digests[int(window)] for window, _ in said] == [digest for _, digest in said]
