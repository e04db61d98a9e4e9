"""DESIGN §5 on a real Ray: crash, hang and poison are told apart, and a budget that is spent has its consequence."""

from __future__ import annotations

import contextlib
import statistics
import time

import pytest
import ray
from ray_run import poison, until

pytestmark = [pytest.mark.ray, pytest.mark.slow]

GOAL, BUSY = 18, 10  # orders rest at the end of window 10 and fill before window 18
KILLS = 20


def die(made, name: str, times: int) -> dict:
    """Kill a child so often, each time under a window."""
    status = made.status()
    for _ in range(times):
        going = made.advancing(0.0)
        made.kill(name)
        made.settle(going)
        status = made.ask("advance", 0.0)
    return status


@pytest.mark.soak
def test_a_market_actor_is_killed_twenty_times_in_one_run(run, undisturbed, record_property):
    made = run(supervision={"restart_deaths_max": KILLS, "restart_window_s": 1.0})
    made.run_to(3)
    took = []
    for number in range(KILLS):
        name, going = f"market-{number % 2}", made.advancing(0.0)
        made.kill(name)
        began = time.monotonic()
        made.settle(going)
        made.run_to(made.status()["window"] + 1)
        took.append(time.monotonic() - began)
    record_property("seconds_to_the_next_window", took)
    print(f"MEASURED {KILLS} kills: median {statistics.median(took):.2f} s, worst {max(took):.2f} s to the next window")
    status = made.status()
    assert status["restarts"] == KILLS
    assert status["quarantined"] == [], "a process that was killed from outside is no poisoned market"
    window = status["window"]
    assert made.stop() == undisturbed(window)
    assert len(made.events("crash")) == KILLS


@pytest.mark.soak
def test_a_blocking_loop_is_a_hang_and_its_actor_is_replaced(run, undisturbed):
    made = run(supervision={"hang_s": 3.0})
    made.run_to(BUSY)
    poison(made.a_market_with_orders(), BUSY + 1, "loop")
    began = time.monotonic()
    status = made.run_to(BUSY + 1)
    print(f"MEASURED blocking loop, 3 s allowed: {time.monotonic() - began:.2f} s to the next window")
    assert status["restarts"] == 1, made.question("SELECT kind, why FROM supervision_events WHERE kind != 'started'")
    assert [child for child, _ in made.events("hang")] and not made.events("crash")
    assert made.stop_at(GOAL) == undisturbed(GOAL)


def test_a_market_that_ends_its_process_is_poison_and_the_rest_trades_on(run):
    made = run()
    made.run_to(BUSY)
    victim = made.a_market_with_orders()
    file = poison(victim, BUSY + 1, "exit")
    try:
        status = made.run_to(GOAL)
        made.stop()
    finally:
        file.unlink()
    deaths = made.events("crash")
    assert status["restarts"] == len(deaths) and 2 <= len(deaths) <= 3, f"the second death tells: {deaths}"
    assert status["quarantined"] == [victim]
    assert made.question("SELECT scope FROM risk_events WHERE kind = 'quarantine'") == [(victim,)]
    assert made.events("poison")[0][1].startswith(f"{victim}: its process died twice while serving it")
    ended = made.question(
        f"SELECT COUNT(*) FROM order_events WHERE market_id = '{victim}' AND reason LIKE 'quarantined%'"
    )
    assert ended[0][0] > 0, "what rested in it is on record as ended"
    assert made.status()["open_orders"] == 0
    check_no_order_is_left(made)
    others = made.question(f'SELECT COUNT(DISTINCT market_id) FROM market_snapshots WHERE "window" > {BUSY + 2}')
    assert others[0][0] > 1 and made.status()["fills"] > 0


def check_no_order_is_left(made) -> None:
    unfinished = made.question(
        "SELECT COUNT(*) FROM orders WHERE order_id NOT IN (SELECT order_id FROM order_events WHERE event_type IN"
        " ('fill_last', 'cancel_ack', 'reject', 'expire'))"
    )
    assert unfinished == [(0,)]


@pytest.mark.soak
def test_one_shard_out_reduces_the_account_and_the_second_halts_it(run):
    made = run(shards=3, supervision={"restart_deaths_max": 1})
    made.run_to(BUSY)
    granted = made.status()["granted_usd"]
    status = die(made, "market-0", 2)
    assert (status["trading_state"], status["given_up"]) == ("REDUCING", "")
    assert [child for child, _ in made.events("out")] == ["market-0"]
    window = status["window"]
    status = made.run_to(window + 3)
    assert status["trading_state"] == "REDUCING" and 0 < status["granted_usd"] <= granted
    entries = f'SELECT COUNT(*) FROM orders WHERE "window" > {window + 2} AND reserved_e10 > 0'
    assert made.question(entries) == [(0,)], "what adds risk is over"
    status = die(made, "market-1", 2)
    assert "market-1 died 2 times" in status["given_up"]
    assert (status["trading_state"], status["open_orders"]) == ("HALTED", 0)
    assert made.events("halted")[0][0] == "market-1"
    check_no_order_is_left(made)
    assert made.ask("advance", 0.0)["window"] == status["window"], "it does not go on by itself"
    report = made.ask("report", "20260101T000000Z", {})
    assert report["run_id"] == made.run_id
    made.ask("close", "2026-01-01T00:00:00.000Z", "gave up")


@pytest.mark.soak
@pytest.mark.parametrize("child", ["ledger", "research"])
def test_without_ledger_or_research_nothing_goes_on(run, child):
    made = run(shards=1, supervision={"restart_deaths_max": 1})
    made.run_to(BUSY)
    acknowledged = made.windows_on_disk()

    def given_up() -> str:
        made.settle(made.advancing(0.0))
        if not (status := made.status())["given_up"]:
            with contextlib.suppress(ValueError, ray.exceptions.RayActorError):  # dead already, and not yet missed
                made.kill(child)
        return status["given_up"]

    why = until(given_up, f"{child} is given up")
    assert why.startswith(f"{child} died 2 times")
    status = made.status()
    assert (status["trading_state"], status["open_orders"]) == ("HALTED", 0)
    windows = made.windows_on_disk()
    assert windows == list(range(1, len(windows) + 1)) and len(windows) >= len(acknowledged)
    digest = made.ask("close", "2026-01-01T00:00:00.000Z", "gave up")
    assert made.question('SELECT digest FROM windows ORDER BY "window" DESC LIMIT 1') == [(digest,)]
