"""DESIGN §5 over two hosts: the power of one fails, its markets trade on the other, and the ledger stays the same."""

from __future__ import annotations

import time

import pytest

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.cluster, pytest.mark.timeout(600)]


def test_a_lost_host_costs_seconds_and_not_a_fact(two_hosts, start, undisturbed):
    head, worker = two_hosts.hosts
    made = start(two_hosts, shards=2)
    made.until_window(12)
    assert made.node_of("market-0") == worker.address
    assert {made.node_of(name) for name in ("ledger", "research", "analyst", "market-1")} == {head.address}
    worker.power_off()
    gap_s = made.gap_s(time.monotonic(), worker)
    print(f"MEASURED node kill, two hosts: {gap_s:.2f} s without a window")
    assert made.node_of("market-0") == head.address
    report = made.report()
    assert report["ledger_digest"] == undisturbed
    assert report["fills"] > 0
    assert (report["cap_breaches"], report["orphan_orders"], report["restarts"]) == (0, 0, 1)
