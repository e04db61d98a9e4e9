"""Crash at every ledger record and resume (promises 1, 3, 4): everything stands as in the run that never died."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from astra_actors.simulation.harness.lockstep_house import LockstepHouse
from astra_actors.simulation.harness.parts import setup

SEED, WINDOWS = 2, 14
TORN = (0.0, 0.3, 0.7, 0.99)  # how much of a commit's bytes reached the disk


class Recorded:
    """The undisturbed run: after each window what stands, and the ledger's files as a machine's death would leave them."""

    def __init__(self, folder: Path) -> None:
        self.house = LockstepHouse(setup(SEED, windows=WINDOWS + 12), (), folder / "run")
        self.house.keep_all = True
        self.standing, self.files = {}, {}
        for _ in range(WINDOWS):
            self.house.step()
            self.house.coordinator.flush()
            window = self.house.coordinator.state.window
            self.standing[window] = self.house.standing()
            self.files[window] = shutil.copytree(folder / "run", folder / f"kept-{window}")
        self.digest = self.house.finish()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    made = Recorded(tmp_path_factory.mktemp("records"))
    resting = [market[4] for standing in made.standing.values() for market in standing["markets"].values()]
    assert sum(map(len, resting)) > WINDOWS and made.house.auditor.fills > 5, "a run without orders proves nothing"
    yield made
    made.house.close()


def check_goes_on(recorded, folder: Path, window: int) -> None:
    """Resume from the files: what stood at the window stands again, and the end is the same ledger."""
    fresh = recorded.house.taken_up(folder)
    assert fresh.coordinator.state.window == window
    assert fresh.standing() == recorded.standing[window]
    while fresh.coordinator.state.window < WINDOWS:
        fresh.step()
    assert fresh.finish() == recorded.digest
    fresh.close()


@pytest.mark.parametrize("window", range(1, WINDOWS + 1))
def test_after_a_commit(recorded, tmp_path, window):
    check_goes_on(recorded, Path(shutil.copytree(recorded.files[window], tmp_path / "run")), window)


@pytest.mark.parametrize("part", TORN)
@pytest.mark.parametrize("window", range(2, WINDOWS + 1))
def test_inside_a_commit(recorded, tmp_path, window, part):
    folder = Path(shutil.copytree(recorded.files[window], tmp_path / "run"))
    before = (recorded.files[window - 1] / "ledger.db-wal").stat().st_size
    log = folder / "ledger.db-wal"
    after = log.stat().st_size
    assert after > before, "the commit was appended to the log"
    os.truncate(log, before + int((after - before) * part))
    (folder / "ledger.db-shm").unlink(missing_ok=True)
    check_goes_on(recorded, folder, window - 1)
