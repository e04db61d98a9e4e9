"""The breaker by one fill, in one process with the real engines: nothing is added after its barrier, and it is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from webhook import Webhook

from astra_actors.config.alert_settings import AlertSettings, SecretUrl
from astra_actors.config.load import load_settings, shipped_dir
from astra_actors.config.settings import Settings
from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.alert_rows import read_alert_rows
from astra_actors.risk.trading_state import TradingMode, Trigger
from astra_actors.simulation.harness.house import LIVELY, House
from supervision.alert_post import AlertPost
from supervision.alert_targets import configured_targets
from supervision.alerting import Alerting

BOLD = {"market_cap": 0.5, "cluster_cap": 1.0, "aggregate_cap": 1.0, "daily_loss": 1.0, "drawdown_halt": 0.95}
SEED, LATEST = 34, 40  # its one market falls while a bid of ours is filled: without that fill the fall stays under 10 %


def settings_of(folder: Path) -> Settings:
    run: dict[str, Any] = {"data_dir": str(folder), "seed": SEED, "bankroll_usd": 60, "wanted_usd": 30}
    flags = {**LIVELY, "run": {**LIVELY["run"], **run}, "risk": BOLD}
    return load_settings(files=[shipped_dir() / "feeds" / "world.yaml"], flags=flags, environ={})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(settings_of(tmp_path))
    yield made
    made.store.close()


def equity_without(house: House, fill: dict[str, Any]) -> int:
    """What the account would be worth at the last barrier had this fill not been, in dollars × 10¹⁰."""
    last = house.coordinator.last
    assert last is not None
    mid_e4 = house.engines[fill["market_id"]].last_mid_e4
    assert mid_e4 is not None
    worth_e4 = mid_e4 if fill["token"] == "YES" else 10_000 - mid_e4
    sign = 1 if fill["side"] == "BUY" else -1
    return last.equity.equity_e10 - round(sign * fill["size_e6"] * (worth_e4 - fill["price_e4"])) + fill["fee_e10"]


@pytest.fixture
def hook() -> Iterator[Webhook]:
    made = Webhook()
    yield made
    made.close()


def test_one_fill_takes_the_account_through_the_breaker(house: House, hook: Webhook) -> None:
    settings = AlertSettings(virtual_time=True)
    targets = configured_targets(AlertSettings(urls=(SecretUrl(hook.url),)))
    alerting = Alerting(house.run_id, settings, virtual=True, targets=targets)
    post, coordinator = AlertPost(settings), house.coordinator
    post.begin(coordinator)
    while coordinator.authority.state.mode is TradingMode.ACTIVE and coordinator.state.window < LATEST:
        before = coordinator.last
        house.step()
        post.look()
    alerting.hear(*post.take())
    coordinator.flush()
    on, last = coordinator.state.window, coordinator.last
    assert last is not None and before is not None
    assert Trigger.BREAKER in last.holds and before.equity.drawdown < 0.10 < last.equity.drawdown
    [fill] = rows(house, 'SELECT * FROM fills WHERE "window" = ?', on)
    assert equity_without(house, fill) >= 0.9 * last.equity.peak_e10, "without it the breaker would not have come"
    assert all(lease.reduce_only is not None for lease in last.leases), "no lease is left that could add"

    hook.wait_for("breaker on")
    alerting.drain()
    alerting.hand_rows(house.store.record_alerts, now=True)
    row = next(row for row in read_alert_rows(house.store.connection, last=10) if row.kind == "breaker_on")
    assert row.delivered and row.delivered_ns is not None and row.delivered_ns - row.raised_ns < 30 * NS_PER_S

    barrier_ns = coordinator.state.now_ns
    while coordinator.authority.state.mode is TradingMode.REDUCING and coordinator.state.window < on + 6:
        house.step()
    coordinator.flush()
    held = coordinator.state.window
    after = 'SELECT * FROM orders WHERE "window" > ? AND "window" <= ?'
    assert not [order for order in rows(house, after, on, held) if order["reserved_e10"]], "an order that adds risk"
    assert [order for order in rows(house, after, 0, on) if order["reserved_e10"]]
    pulled = rows(
        house,
        "SELECT MAX(e.local_ns) AS last_ns FROM order_events e JOIN orders o USING (order_id)"
        ' WHERE e.event_type = \'cancel_ack\' AND o."window" <= ? AND e."window" > ?',
        on,
        on,
    )[0]["last_ns"]
    if pulled is not None:
        print(f"MEASURED breaker to the last quote pulled: {(pulled - barrier_ns) / 1e6:.0f} virtual ms")
    print(f"MEASURED breaker to a person: {(row.delivered_ns - row.raised_ns) / 1e6:.1f} ms")
    alerting.close()


def rows(house: House, query: str, *values: int) -> list[dict[str, Any]]:
    cursor = house.store.connection.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
