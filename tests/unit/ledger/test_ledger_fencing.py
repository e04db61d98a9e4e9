"""DESIGN §4: who is superseded writes no more, whatever of theirs arrives late; and none of it changes a digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from astra_actors.kernel.errors import Fenced
from astra_actors.kernel.facts import LeaseGranted
from astra_actors.ledger.fencing import Owner, SupervisionEvent, read_events
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from astra_actors.ledger.verify import verify


def identity(run_id: str = "r") -> RunIdentity:
    return RunIdentity(
        run_id=run_id,
        git_sha="g",
        started_at="2026-01-01T00:00:00.000Z",
        python_version="3",
        config_hash="c" * 64,
        prompt_bundle_hash="p" * 64,
        paper_mode=True,
        feed="world",
        venue="paper",
        seed=1,
    )


def opened(folder: Path, run_id: str = "r") -> LedgerStore:
    store = LedgerStore.open(folder / "ledger.db")
    store.begin_run(identity(run_id), "{}")
    return store


def owned(store: LedgerStore, incarnation: int, window: int, epoch: int) -> None:
    event = SupervisionEvent(
        at_ns=1, epoch=epoch, window=window, kind="started", child="market-0", incarnation=incarnation,
        author="keeper", why="test",
    )  # fmt: skip
    store.record_event(event, owns=True)


def lease(incarnation: int) -> LeaseGranted:
    return LeaseGranted(
        seq=1, market_id="m", venue_ns=5, local_ns=5, cause="", lease_id="l", incarnation=incarnation, limit_e10=1,
        expires_ns=9, reason="",
    )  # fmt: skip


def test_each_supervisor_has_an_epoch_of_its_own_also_across_processes(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert [store.take_epoch(), store.take_epoch()] == [1, 2]
    with opened(tmp_path) as store:
        assert store.take_epoch() == 3
    with opened(tmp_path, "another run") as store:
        assert store.take_epoch() == 1, "epochs belong to a lineage"


def test_a_supervisor_that_is_over_writes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        old, new = store.take_epoch(), store.take_epoch()
        with pytest.raises(Fenced, match="epoch 1 wants to write where epoch 2"):
            store.commit(1, 10, [lease(1)], epoch=old)
        assert store.last_window() is None
        store.commit(1, 10, [lease(1)], epoch=new)
        with pytest.raises(Fenced):
            store.commit(1, 10, [lease(1)], epoch=old)
    with opened(tmp_path) as store, pytest.raises(Fenced):
        store.commit(2, 20, [], epoch=old)


@pytest.mark.parametrize(
    ("named", "incarnation", "window", "refused"),
    [
        ("what it wrote before its successor began is its own", 1, 4, False),
        ("its successor's first window is not", 1, 5, True),
        ("nor anything later", 1, 9, True),
        ("the successor writes", 2, 5, False),
        ("and whoever comes after it", 3, 6, False),
    ],
)
def test_an_owner_writes_until_its_successor_begins(
    tmp_path: Path, named: str, incarnation: int, window: int, refused: bool
) -> None:
    with opened(tmp_path) as store:
        epoch = store.take_epoch()
        owned(store, 1, 1, epoch)
        owned(store, 2, 5, epoch)
        owned(store, 1, 7, epoch)  # a late word of the old one changes nothing
        for number in range(1, window):
            store.commit(number, number, [], epoch=epoch)
        owners = [Owner("market-0", incarnation), Owner("market-1", 0)]
        if refused:
            with pytest.raises(Fenced, match="incarnation 1 of market-0"):
                store.commit(window, window, [], epoch=epoch, owners=owners)
        else:
            store.commit(window, window, [], epoch=epoch, owners=owners)
        assert (store.last_window() == window) is not refused, named


def test_incarnations_and_events_are_no_part_of_the_digest(tmp_path: Path) -> None:
    digests = []
    for incarnation in (1, 3_000_007):
        folder = tmp_path / str(incarnation)
        folder.mkdir()
        with opened(folder) as store:
            epoch = store.take_epoch()
            if incarnation > 1:
                owned(store, incarnation, 1, epoch)
            digests.append(store.commit(1, 10, [lease(incarnation)], epoch=epoch))
            assert store.connection.execute("SELECT incarnation FROM leases").fetchall() == [(incarnation,)]
            assert verify(store.connection, store.lineage) == 1
            assert len(read_events(store.connection, "r")) == (incarnation > 1)
    assert digests[0] == digests[1]
