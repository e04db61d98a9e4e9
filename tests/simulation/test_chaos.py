"""The five promises under faults from a thousand seeds, two hundred messages and more each (DESIGN, promises 1 to 5)."""

from __future__ import annotations

import pytest

from astra_actors.simulation import campaign
from astra_actors.simulation.harness import seeds
from astra_actors.simulation.harness.faults import FEED, LEDGER, MESSAGE, VENUE, WHOLE, Fault, draw
from astra_actors.simulation.harness.seeds import run_seed
from astra_actors.simulation.harness.shrink import minimal, reduced

BLOCKS, SEEDS = 25, 40
STEPS = 200


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_promise_breaks_under_faults(block):
    first = 1 + block * SEEDS
    fired = 0
    for seed in range(first, first + SEEDS):
        outcome = run_seed(seed, steps=STEPS)
        assert outcome.breach is None, f"astra chaos --seeds {seed}: {outcome.breach}"
        assert outcome.steps >= STEPS
        fired += sum(outcome.faults.values())
    assert fired > 5 * SEEDS, "runs in which nothing goes wrong prove nothing"


def test_every_kind_of_fault_is_drawn():
    drawn = {fault.kind for seed in range(300) for fault in draw(seed, steps=STEPS, slots=3)}
    wanted = {*(f"message.{kind}" for kind in MESSAGE), *WHOLE, *LEDGER, *VENUE, *FEED}
    assert drawn == wanted


def test_a_campaign_gives_one_digest_however_it_is_spread():
    job = campaign.Job(seeds=tuple(range(1, 21)), steps=60)
    alone, spread = (list(campaign.run(job, jobs=jobs))[-1] for jobs in (1, 2))
    assert alone.seeds == spread.seeds == 20
    assert (alone.digest, alone.steps, alone.faults) == (spread.digest, spread.steps, spread.faults)
    other = list(campaign.run(campaign.Job(seeds=tuple(range(2, 22)), steps=60)))[-1]
    assert other.digest != alone.digest


def test_a_house_that_is_interrupted_while_it_is_built_leaves_no_files(monkeypatch, tmp_path):
    """A campaign that has found its failure ends its other processes, wherever they are."""

    def interrupted(*_):
        (where / "ledger.db").touch()
        raise SystemExit(1)

    where = tmp_path / "house"
    where.mkdir()
    monkeypatch.setattr(seeds, "folder", lambda: where)
    monkeypatch.setattr(seeds, "LockstepHouse", interrupted)
    with pytest.raises(SystemExit):
        run_seed(1, steps=STEPS)
    assert not where.exists()


def test_a_failure_is_cut_down_to_its_cause():
    outcome = run_seed(1, steps=STEPS, mutant="doubt_ignored")
    assert outcome.breach is not None and len(outcome.drawn) > 5
    trace = reduced(1, outcome.drawn, outcome.breach, steps=STEPS, mutant="doubt_ignored")
    assert len(trace.faults) <= 2 and "feed.disconnect" in [fault.kind for fault in trace.faults]
    assert trace.breach.promise == outcome.breach.promise == "fail closed"
    assert trace.lines()[-1].startswith("broken   fail closed: ")


def test_what_is_left_of_a_list_is_needed():
    items = [Fault(number, "feed.drop") for number in range(20)]
    guilty = {items[3], items[11], items[12]}
    assert minimal(items, lambda part: guilty <= set(part)) == [items[3], items[11], items[12]]
    assert minimal(items, lambda part: True) == []


def test_the_anomaly_walk_fails_every_message_once():
    job = campaign.Job(seeds=(2,), steps=40, anomaly_walk=True)
    tally = list(campaign.run(job))[-1]
    assert tally.breaches == 0
    assert set(tally.faults) == {
        "message.drop",
        "message.crash_before",
        "message.crash_after",
        "crash.supervisor",
        "crash.machine",
    }
    assert min(tally.faults.values()) >= 40, "a fault at each of the first forty messages, of every kind"
