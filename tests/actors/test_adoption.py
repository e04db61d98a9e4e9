"""DESIGN §5 on a real Ray: a Supervisor that comes back goes on with the children that live; without one, they end."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest
from ray_run import until

from astra_actors.kernel.errors import Fenced
from supervision.supervisor_link import SupervisorLink

pytestmark = [pytest.mark.ray, pytest.mark.slow]

GOAL, BUSY = 18, 10  # orders rest at the end of window 10 and fill before window 18
CHILDREN = ("ledger", "research", "market-0", "market-1", "analyst")


def pids(made) -> dict[str, int]:
    return {name: made.pid(name) for name in CHILDREN}


def test_a_supervisor_that_was_killed_adopts_what_lives(run, undisturbed, record_property):
    made = run()
    made.run_to(BUSY)
    before, first = pids(made), made.pid("supervisor")
    made.kill("supervisor")
    began = time.monotonic()
    status = made.run_to(BUSY + 1)
    record_property("seconds_to_the_next_window", time.monotonic() - began)
    print(f"MEASURED supervisor: {time.monotonic() - began:.2f} s from SIGKILL to the next window")
    assert status["pid"] != first and status["epoch"] == 2
    assert pids(made) == before, "nobody else was started again"
    assert status["restarts"] == 0
    assert made.events("adopted") == [("supervisor", "took over " + ", ".join(CHILDREN))]
    assert made.stop_at(GOAL) == undisturbed(GOAL)
    assert made.status()["decisions"] == made.artifact_lines(), "what adopted shards counted is counted once"
    check_older_words_are_refused(made)


@pytest.mark.soak
def test_a_supervisor_that_stands_still_is_ended_and_comes_back(run, undisturbed):
    made = run()
    made.run_to(BUSY)
    link = SupervisorLink(made.namespace, patience_s=60.0, hung_s=3.0)
    link._actor = made.supervisor
    first = made.pid("supervisor")
    os.kill(first, signal.SIGSTOP)
    assert link.ask("status")["pid"] != first
    assert link.losses == 1
    assert made.stop_at(GOAL) == undisturbed(GOAL)


def check_older_words_are_refused(made) -> None:
    """What the dead Supervisor sent, and what a superseded owner wrote, arrives late: the ledger takes neither."""
    import ray

    from astra_actors.engine.messages import WindowRecords

    ledger = ray.get_actor("ledger", namespace=made.namespace)
    window = made.windows_on_disk()[-1] + 1
    with pytest.raises(Fenced, match="epoch 1 wants to write where epoch 2"):
        ray.get(ledger.on_commit.remote(1, window, 0, (), b""))
    superseded = WindowRecords(window=window, facts=[], artifacts=[(0, "m", b"{}")], epoch=2, incarnation=7)
    with pytest.raises(Fenced, match="incarnation 7 of market-0"):
        ray.get(ledger.on_commit.remote(2, window, 0, (), b"", superseded))
    shard = ray.get_actor("market-0", namespace=made.namespace)
    with pytest.raises(Fenced, match="epoch 1 comes where epoch 2"):
        ray.get(shard.on_adopt.remote(1, window - 1))
    assert made.windows_on_disk()[-1] == window - 1


@pytest.mark.soak
def test_killed_in_the_middle_of_windows_again_and_again_it_is_the_same_ledger(run, undisturbed):
    made = run()
    made.run_to(4)
    before = pids(made)
    for _ in range(3):
        going = made.advancing(0.4)
        until(lambda: made.progress("market-1")["window"] > 4, "a window is under way")
        made.kill("supervisor")
        made.settle(going)
        made.status()
    window = max(GOAL, made.status()["window"])
    assert pids(made) == before
    assert made.stop_at(window) == undisturbed(window)
    assert made.status()["decisions"] == made.artifact_lines()


@pytest.mark.soak
def test_only_what_died_with_it_or_stands_still_is_replaced(run, undisturbed):
    made = run()
    made.run_to(BUSY)
    before = pids(made)
    made.kill("market-0")
    stopped = made.kill("analyst", signal.SIGSTOP)
    made.kill("supervisor")
    status = made.run_to(BUSY + 1)
    after = pids(made)
    assert {name for name in CHILDREN if after[name] == before[name]} == {"ledger", "research", "market-1"}
    assert "started anew: market-0, analyst" in made.events("adopted")[0][1]
    assert not psutil.pid_exists(stopped), "nobody of an earlier tree is left behind"
    assert status["window"] == BUSY + 1
    assert made.stop_at(GOAL) == undisturbed(GOAL)
    incarnations = dict(made.question("SELECT scope, number FROM fences WHERE scope LIKE 'market-%'"))
    assert incarnations["market-0"] > 2_000_000 > incarnations["market-1"] > 1_000_000


@pytest.mark.soak
def test_children_that_nobody_wants_any_more_end_themselves(run):
    import ray

    made = run(supervision={"pulse_timeout_s": 3.0})
    made.run_to(3)
    orphans = pids(made)
    ray.kill(ray.get_actor("supervisor", namespace=made.namespace), no_restart=True)
    until(lambda: not any(map(psutil.pid_exists, orphans.values())), "every child is gone")
    assert made.windows_on_disk()[:2] == [1, 2]
