"""DESIGN §4 on a cut cable: a live shard that nobody reaches pulls its quotes by itself, before its successor begins."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hosts import RayHosts, until
from live_harness import QUICK
from paper_run import PaperRun
from venue_here import MARKETS, PORT

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.cluster, pytest.mark.timeout(900)]

HERE = Path(__file__).parent
LEASE_S, MARGIN_S = 8.0, 1.0
QUOTES = 2 * MARKETS  # a bid and an ask in each market


@pytest.fixture
def watched_hosts(cables: bool, tmp_path: Path) -> Iterator[RayHosts]:
    """Two hosts with a venue on the loopback of each, so that a cut cable cuts off the Supervisor and not the venue."""
    if not cables:
        pytest.skip("raylets on one host have no cable to cut")
    ticks = tmp_path / "ticks"
    ticks.mkdir()
    with RayHosts(2, env={"PYTHONPATH": str(HERE / "witness"), "WITNESS_FOLDER": str(ticks)}) as hosts:
        for host in hosts.hosts:
            said = tmp_path / f"{host.name}.venue"
            with said.open("wb") as out:
                host.run(sys.executable, str(HERE / "venue_here.py"), out=out)
            until(said.read_bytes, f"the venue on {host.name} serves")
        yield hosts


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    address = f"127.0.0.1:{PORT}"
    where = {
        "gamma_url": f"http://{address}",
        "clob_url": f"http://{address}",
        "market_ws_url": f"ws://{address}/ws/market",
    }
    path = tmp_path / "live.yaml"
    path.write_text(
        json.dumps(
            {
                "run": {"window_s": 1, "evaluate_every_s": 1, "evaluate_min_gap_s": 1, "dashboard": False},
                "orders": {"market_gap_s": 1},
                "stream": {**QUICK, **where},
                "supervision": {"lease_s": LEASE_S, "takeover_margin_s": MARGIN_S},
            }
        )
    )
    return path


def quoting(folder: Path, shard: int) -> list[tuple[float, float]]:
    """For each process that ever owned the shard, in their order, when it first and when it last had orders resting."""
    found = []
    for path in folder.glob("*.ticks"):
        lines = [line.split() for line in path.read_text().splitlines() if line.count(" ") == 2]
        times = [int(at) / 1e9 for at, index, orders in lines if int(index) == shard and int(orders)]
        if times:
            found.append((times[0], times[-1]))
    return sorted(found)


def test_a_partitioned_shard_stops_by_itself_before_its_replacement_starts(watched_hosts, settings_file, tmp_path):
    head, worker = watched_hosts.hosts
    ticks = tmp_path / "ticks"
    where = ("--address", watched_hosts.address, "--actors", "2")
    made = PaperRun(
        head, tmp_path / "run", "--feed", "polymarket", "--days", "1", "--config", str(settings_file), *where
    )
    made.until(lambda status: status["open_orders"] == QUOTES, "quotes rest in every market")
    assert made.node_of("market-0") == worker.address
    worker.cut()
    cut = time.time()
    other = made.until(lambda status: status["open_orders"] == QUOTES // 2, "the markets of the lost shard are silent")
    verdict_s = time.time() - cut
    until(lambda: len(quoting(ticks, 0)) == 2, "a successor quotes the markets of the shard that is cut off")
    (_, old_last), (new_first, _) = quoting(ticks, 0)
    print(
        f"MEASURED partition, lease {LEASE_S:.0f} s: given up after {verdict_s:.2f} s, the old owner's last quote after"
        f" {old_last - cut:.2f} s, its successor's first after {new_first - cut:.2f} s"
    )
    assert old_last < new_first
    assert old_last > cut, "it went on quoting while it was cut off: only its lease stopped it"
    assert other["trading_state"] == "ACTIVE", "the other shard trades on"
    worker.heal()
    made.until(lambda status: status["open_orders"] == QUOTES, "everything is quoted again")
    assert made.node_of("market-0") == head.address
    made.process.send_signal(signal.SIGTERM)
    report = made.report()
    assert (report["orphan_orders"], report["cap_breaches"], report["exit_reason"]) == (0, 0, "SIGTERM")
    assert len(quoting(ticks, 0)) == 2, "the old owner did not begin again when the cable was back"
