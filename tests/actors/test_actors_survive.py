"""DESIGN §5 on a real Ray: whatever process dies or hangs, the run goes on and ends in the ledger it would have had."""

from __future__ import annotations

import signal
import time

import pytest
from ray_run import poison

pytestmark = [pytest.mark.ray, pytest.mark.slow]

GOAL, BUSY = 18, 10  # orders rest at the end of window 10 and fill before window 18


@pytest.mark.parametrize("shards", [pytest.param(1, marks=pytest.mark.soak), 4])
def test_behind_ray_it_is_the_same_ledger(run, undisturbed, shards):
    made = run(shards=shards)
    status = made.run_to(GOAL)
    assert status["fills"] > 0
    assert made.stop() == undisturbed(GOAL)
    status = made.status()
    assert (status["open_orders"], status["restarts"], status["cap_breaches"]) == (0, 0, 0)
    assert status["digest"] == undisturbed(GOAL), "a question changes nothing"


def test_a_killed_market_actor_is_replaced(run, undisturbed, record_property):
    made = run()
    made.run_to(BUSY)
    first = made.kill("market-0")
    began = time.monotonic()
    status = made.run_to(BUSY + 1)
    record_property("seconds_to_the_next_window", time.monotonic() - began)
    print(f"MEASURED market actor: {time.monotonic() - began:.2f} s from SIGKILL to the next window")
    assert made.pid("market-0") != first
    assert status["restarts"] == 1
    assert {child["name"]: child["restarts"] for child in status["children"]}["market-0"] == 1
    before = made.artifact_lines()
    assert made.stop_at(GOAL) == undisturbed(GOAL)
    status = made.status()
    assert status["decisions"] == made.artifact_lines() > before, "what a dead actor counted stays counted"


@pytest.mark.soak
def test_one_killed_in_the_middle_of_its_work_as_well(run, undisturbed):
    made = run()
    made.run_to(4)
    going = made.advancing(0.5)
    made.kill("market-1")
    made.settle(going)
    assert made.status()["restarts"] == 1
    assert made.stop_at(max(GOAL, made.status()["window"])) == undisturbed(max(GOAL, made.status()["window"] - 1))


def test_a_killed_ledger_loses_nothing_it_acknowledged(run, undisturbed, record_property):
    made = run()
    made.run_to(BUSY)
    acknowledged = len(made.windows_on_disk())
    assert acknowledged >= BUSY - 1
    going = made.advancing(0.3)
    made.kill("ledger")
    made.settle(going)
    windows = made.windows_on_disk()
    assert windows == list(range(1, len(windows) + 1)) and len(windows) >= acknowledged
    window = max(GOAL, made.status()["window"])
    assert made.stop_at(window) == undisturbed(window)
    assert made.windows_on_disk() == list(range(1, window + 2))
    assert made.status()["decisions"] == made.artifact_lines(), "no artifact is lost, none is written twice"


def test_a_hanging_market_actor_is_found_out_and_replaced(run, undisturbed):
    made = run(supervision={"hang_s": 3.0})
    made.run_to(BUSY)
    stopped = made.kill("market-0", signal.SIGSTOP)
    began = time.monotonic()
    status = made.run_to(BUSY + 1)
    print(f"MEASURED hang of 3 s allowed: {time.monotonic() - began:.2f} s from SIGSTOP to the next window")
    assert status["restarts"] == 1
    assert any("ChildHung" in note["why"] for note in status["notes"])
    assert made.pid("market-0") != stopped
    assert made.stop_at(GOAL) == undisturbed(GOAL)


@pytest.mark.soak
def test_a_poisoned_market_is_quarantined_and_the_rest_goes_on(run, undisturbed):
    made = run()
    made.run_to(BUSY)
    victim = made.a_market_with_orders()
    file = poison(victim, BUSY + 1, "raise")
    try:
        status = made.run_to(BUSY + 2)
        made.kill("market-0")
        made.kill("market-1")
        status = made.run_to(GOAL)
        made.stop()
    finally:
        file.unlink()
    assert made.question("SELECT scope, detail FROM risk_events WHERE kind = 'quarantine'") == [
        (victim, "ValueError: a number that cannot be")
    ]
    assert status["restarts"] == 2
    assert made.status()["open_orders"] == 0
    later = made.question(f'SELECT COUNT(DISTINCT market_id) FROM market_snapshots WHERE "window" > {BUSY + 2}')
    assert later[0][0] > 1, "the other markets go on"


@pytest.mark.soak
def test_the_report_and_the_end_survive_a_dead_analyst_and_a_dead_ledger(run):
    made = run(shards=1)
    made.run_to(6)
    made.stop()
    made.kill("analyst")
    report = made.ask("report", "20260101T000000Z", {})
    assert report["run_id"] == made.run_id
    made.kill("ledger")
    digest = made.ask("close", "2026-01-01T00:00:00.000Z", "test")
    assert made.question("SELECT exit_reason FROM runs") == [("test",)]
    assert made.question('SELECT digest FROM windows ORDER BY "window" DESC LIMIT 1') == [(digest,)]
