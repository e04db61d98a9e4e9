"""A real run behind Ray with a real webhook: the breaker revokes, holds and lifts, and a person hears of it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
from webhook import Webhook

from astra_actors.kernel.units import NS_PER_S
from astra_actors.simulation.harness.house import LIVELY

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "cli")]

from astra_command import Command, status_of  # noqa: E402

pytestmark = [pytest.mark.ray, pytest.mark.slow]

# Sixty dollars, half of which one market may lose: its price takes the account through the breaker and back by itself.
BOLD: dict[str, Any] = {
    **LIVELY,
    "run": {**LIVELY["run"], "seed": 3, "bankroll_usd": 60, "wanted_usd": 30, "dashboard": False},
    "risk": {"market_cap": 0.5, "cluster_cap": 1.0, "aggregate_cap": 1.0, "daily_loss": 1.0, "drawdown_halt": 0.95},
    "alerts": {"virtual_time": True},
    "supervision": {"restart_deaths_max": 1},
}
TOKEN = b"tok3n"
DELIVERY_S_MAX = 30  # methods P3-7


@pytest.fixture
def hook() -> Iterator[Webhook]:
    made = Webhook()
    yield made
    made.close()


@pytest.fixture
def paper(tmp_path: Path, hook: Webhook) -> Iterator[Callable[..., Command]]:
    """`astra paper` on the bold world, with the webhook in its environment; ended with the test."""
    started: list[Command] = []
    (tmp_path / "bold.yaml").write_text(json.dumps(BOLD))

    def start(*words: str) -> Command:
        where = ("--config", str(tmp_path / "bold.yaml"), "--data-dir", str(tmp_path / "data"))
        started.append(Command(tmp_path, "paper", *where, "--json", *words, env={"ALERT_WEBHOOK_URL": hook.url}))
        return started[-1]

    yield start
    for command in started:
        if command.process.poll() is None:
            command.end(signal.SIGTERM)


def question(data: Path, sql: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(f"file:{data / 'ledger.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(sql, values).fetchall()


def expect_no_token_below(folder: Path) -> None:
    held = [path.name for path in folder.rglob("*") if path.is_file() and TOKEN in path.read_bytes()]
    assert held == [], "an address of a webhook lies on disk"


def test_the_breaker_revokes_holds_and_lifts_and_both_times_a_person_is_told(
    paper: Callable[..., Command], hook: Webhook, tmp_path: Path
) -> None:
    run, data = paper(), tmp_path / "data"
    hook.wait_for("breaker on")
    hook.wait_for("breaker off")
    assert run.wait() == 0, run.told
    turns = question(
        data,
        'SELECT a.kind, w."window", a.run_ns, a.raised_ns, a.delivered_ns, a.delivered FROM alerts a'
        " JOIN windows w ON w.end_ns = a.run_ns WHERE a.kind IN ('breaker_on', 'breaker_off') ORDER BY a.run_ns",
    )
    assert [kind for kind, *_ in turns[:2]] == ["breaker_on", "breaker_off"]
    assert all(delivered for *_, delivered in turns)
    assert max(delivered_ns - raised_ns for *_, raised_ns, delivered_ns, _ in turns) < DELIVERY_S_MAX * NS_PER_S
    (_, on, on_ns, *told), (_, off, *_rest) = turns[:2]
    equity = dict(question(data, 'SELECT "window", drawdown FROM equity'))
    assert equity[on - 1] < 0.10 < equity[on], "one window took it through the breaker"
    assert equity[off] < 0.05 <= equity[off - 1]
    expect_nothing_added(data, on, off)
    last_ns = question(
        data,
        "SELECT MAX(e.local_ns) FROM order_events e JOIN orders o USING (order_id) WHERE e.event_type = 'cancel_ack'"
        ' AND o."window" <= ? AND e."window" > ?',
        on,
        on,
    )[0][0]
    if last_ns is not None:
        print(f"MEASURED breaker to the last quote pulled: {(last_ns - on_ns) / 1e6:.0f} virtual ms")
    print(f"MEASURED breaker to a person: {(told[1] - told[0]) / 1e6:.0f} ms")
    assert {"run_started", "run_ended", "readiness", "daily_summary"} <= delivered_kinds(data)
    expect_no_token_below(data)
    assert TOKEN not in run.out.read_bytes() + run.err.read_bytes()


def expect_nothing_added(data: Path, on: int, off: int) -> None:
    """Between the barrier at which the breaker came and that at which it went: no lease to add with, no order that adds."""
    leases = question(data, 'SELECT reason FROM leases WHERE "window" > ? AND "window" <= ?', on, off)
    assert leases and {reason for (reason,) in leases} == {"DRAWDOWN_BREAKER"}
    held = question(data, 'SELECT COUNT(*) FROM leases WHERE "window" = ? AND limit_e10 > 0', on + 1)
    assert held != [(0,)], "what stands keeps a lease that covers it"
    adding = 'SELECT COUNT(*), SUM(reserved_e10 > 0) FROM orders WHERE "window" > ? AND "window" <= ?'
    orders, added = question(data, adding, on, off)[0]
    assert orders > 0 and added == 0, "orders that reduce pass, and no others"
    before, added_before = question(data, adding, 0, on)[0]
    assert added_before > 0 and before > 0
    free = question(data, "SELECT COUNT(*) FROM leases WHERE \"window\" = ? AND reason = '' AND limit_e10 > 0", off + 1)
    assert free != [(0,)], "and then it may trade again"


def delivered_kinds(data: Path) -> set[str]:
    return {kind for (kind,) in question(data, "SELECT kind FROM alerts WHERE delivered = 1")}


@pytest.mark.soak
def test_a_lost_supervisor_a_killed_shard_and_a_pause_are_told_while_the_run_goes_on(
    paper: Callable[..., Command], hook: Webhook, tmp_path: Path
) -> None:
    run, data = paper("--speed", "3600"), tmp_path / "data"
    hook.wait_for("run started")
    first = run.until(lambda: status_of(data).get("window", 0) > 2 and status_of(data), "windows are run")
    os.kill(run.until(lambda: shard_of(run), "there is a shard").pid, signal.SIGKILL)
    hook.wait_for("child restarted")
    os.kill(status_of(data)["pid"], signal.SIGKILL)
    hook.wait_for("supervisor lost")
    run.until(
        lambda: status_of(data)["pid"] != first["pid"] and status_of(data)["window"] > first["window"], "it is back"
    )
    pause = Command(tmp_path, "pause", "--data-dir", str(data))
    assert pause.wait() == 0
    [(_, body)] = hook.wait_for("Astra warning: pause")
    assert "scope pause" in body["message"]
    assert run.end(signal.SIGTERM) == 0, run.told
    assert {"child_restarted", "supervisor_lost", "pause", "run_ended"} <= delivered_kinds(data)
    assert not question(data, "SELECT * FROM alerts WHERE outcome = 'waiting'")
    expect_no_token_below(data)


@pytest.mark.soak
def test_a_budget_that_is_spent_is_told_before_the_run_ends_over_it(
    paper: Callable[..., Command], hook: Webhook, tmp_path: Path
) -> None:
    run = paper("--speed", "3600", "--actors", "1")
    hook.wait_for("run started")
    victim = run.until(lambda: shard_of(run), "there is a shard")
    os.kill(victim.pid, signal.SIGKILL)
    hook.wait_for("child restarted")
    successor = run.until(lambda: shard_of(run, besides=victim), "it has a successor")
    os.kill(successor.pid, signal.SIGKILL)
    [(_, body)] = hook.wait_for("Astra critical: budget spent")
    assert "died 2 times" in body["message"]
    assert run.wait() == 1, "the run gave up"
    assert {"child_restarted", "budget_spent", "run_ended"} <= delivered_kinds(tmp_path / "data")


def shard_of(run: Command, *, besides: psutil.Process | None = None) -> psutil.Process | None:
    """The process that serves a shard of this run, once there is one."""
    family = psutil.Process(run.process.pid).children(recursive=True)
    return next((child for child in family if child != besides and serves(child)), None)


def serves(process: psutil.Process) -> bool:
    try:
        return "MarketActor" in " ".join([process.name(), *process.cmdline()])
    except psutil.Error:
        return False
