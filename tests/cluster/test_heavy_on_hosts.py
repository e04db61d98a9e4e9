"""Heavy jobs over three hosts: the same bytes as in one process, through a host's death."""

from __future__ import annotations

from pathlib import Path

import pytest
from heavy_run import RETURNS, HeavyRun, ruin_words

from astra_actors.config.load import load_settings, shipped_dir
from astra_actors.simulation.ruin.batches import batches_of
from astra_actors.simulation.ruin.laws import law_of
from astra_actors.simulation.ruin.paths import PathPlan
from astra_actors.simulation.ruin.study import chunks_of, put_together, walk_chunk
from supervision.sweeping import TapeFiles, replay_shard

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.cluster, pytest.mark.timeout(600)]
PATHS, TRADES = 120_000, 250
SIZE = ("--paths", str(PATHS), "--trades", str(TRADES))
WHERE = """
from supervision.heavy_jobs import HeavyJob, JobPlace
import json, sys
place = JobPlace(address=sys.argv[1])
found = list(HeavyJob("where", lambda number: __import__("astra_actors").__file__, (), [(1,), (2,), (3,)], place))
print(json.dumps({"found": found}))
"""


@pytest.fixture(scope="module")
def alone() -> str:
    """The digest of the study in this process."""
    law, plan = law_of("iid", RETURNS), PathPlan(trades=TRADES, limits=load_settings(environ={}).risk)
    return put_together(law, plan, 5, (walk_chunk(law, plan, 5, *chunk) for chunk in chunks_of(PATHS))).digest


def test_three_hosts_walk_the_paths_of_one_process(three_hosts, tmp_path, alone):
    made = HeavyRun(three_hosts.hosts[0], tmp_path / "run", *ruin_words(tmp_path, three_hosts.address, *SIZE))
    told = made.json()
    where = told["distribution"]
    assert told["digest"] == alone
    assert set(where["nodes"]) == {host.address for host in three_hosts.hosts}
    assert (where["chunks"], where["chunks_again"]) == (len(batches_of(PATHS)), 0)
    print(f"MEASURED study over three hosts: {told['wall_s']} s, {where}")


def test_a_host_that_dies_costs_its_chunks_alone(three_hosts, tmp_path, alone):
    made = HeavyRun(three_hosts.hosts[0], tmp_path / "run", *ruin_words(tmp_path, three_hosts.address, *SIZE))
    victim = three_hosts.hosts[2]
    made.until_it_works_on(victim)
    victim.power_off()
    told = made.json()
    where = told["distribution"]
    assert told["digest"] == alone
    assert where["chunks"] == len(batches_of(PATHS))
    assert 1 <= where["chunks_again"] <= 2 * 2, "what one core had in hand and behind it, and its done results at most"
    print(f"MEASURED a host dies: {told['wall_s']} s, {where}")


def test_the_code_travels_with_the_job(three_hosts, tmp_path):
    here = str(Path(__file__).resolve().parents[2])
    words = ("-c", WHERE, three_hosts.address)
    found = HeavyRun(three_hosts.hosts[0], tmp_path / "run", *words, env={"PYTHONPATH": here}).json()["found"]
    assert len(found) == 3
    assert not any(path.startswith(here) for path in found), "nodes run what was sent, not what they had"


@pytest.mark.recorded
def test_a_sweep_replays_a_tape_that_travelled(three_hosts, tmp_path, recorded_data):
    tape = recorded_data / "ws" / "btc5m_book_frames_20260416.jsonl.gz"
    flags = {"run": {"feed": "tape", "tape_paths": (str(tape),), "data_dir": str(tmp_path)}}
    settings = load_settings(files=[shipped_dir() / "feeds" / "tape.yaml"], flags=flags, environ={})
    here = replay_shard(TapeFiles.read([tape], travel=False), None, 0, settings)
    words = ("-m", "astra_actors.cli.main", "replay", str(tape), "--json", "--sweep", "run.seed=12345,7,8")
    made = HeavyRun(three_hosts.hosts[0], tmp_path / "run", *words, "--address", three_hosts.address)
    told = made.json()
    assert told["tried"] == 3 and told["distribution"]["chunks"] == 3
    assert told["combinations"][0]["ledger_digest"] == here.figures["ledger_digest"]
    print(f"MEASURED sweep over three hosts: {told['wall_s']} s, {told['distribution']}")
