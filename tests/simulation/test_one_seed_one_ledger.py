"""Promise 4 and DESIGN §2: one seed gives one ledger, whatever the number of shards and whatever the hash seed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from astra_actors.ledger.verify import verify
from astra_actors.simulation.harness.house import GOAL, House, lively

HERE = Path(__file__).parent

ALONE = """
import sys, tempfile
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from astra_actors.simulation.harness.house import GOAL, House, lively
made = House(lively(Path(sys.argv[2])), audited=False).run_to(GOAL)
print(made.coordinator.flush())
"""


@pytest.mark.parametrize("shards", [1, 2, 4])
def test_the_number_of_shards_leaves_no_trace(house, reference, shards):
    made = house(shards=shards).run_to(GOAL)
    assert made.coordinator.flush() == reference.digests[GOAL]
    assert all(shard.engines for shard in made.shards), "every shard has something to do"


def test_settlements_and_the_end_leave_none_either(house, reference):
    assert house(shards=3).complete() == reference.digest


def test_another_seed_is_another_ledger(house, reference):
    assert house(seed=3).run_to(3).coordinator.flush() != reference.digests[3]


def test_hash_seeds_leave_no_trace(tmp_path, reference):
    digests = {}
    for seed in ("1", "4711"):
        answer = subprocess.run(
            [sys.executable, "-c", ALONE, str(HERE), str(tmp_path / seed)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(HERE.parents[1])},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        digests[seed] = answer.stdout.strip()
    assert digests == dict.fromkeys(("1", "4711"), reference.digests[GOAL])


def test_the_ledger_verifies_window_by_window(house):
    made = house().run_to(GOAL)
    assert verify(made.store.connection, made.store.lineage) == GOAL


def test_decision_artifacts_are_the_same_lines_whatever_the_shards(tmp_path):
    lines = {}
    for shards in (1, 3):
        made = House(lively(tmp_path / str(shards)), shards=shards, audited=False).run_to(GOAL)
        made.artifacts.close()
        lines[shards] = [line for path in sorted(made.decisions.iterdir()) for line in path.read_text().splitlines()]
        made.store.close()
    assert lines[1] == lines[3]
    windows = [json.loads(line)["window"] for line in lines[1]]
    assert windows == sorted(windows) and windows[-1] == GOAL
