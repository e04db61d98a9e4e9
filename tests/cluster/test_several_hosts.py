"""One run over three hosts: the same ledger as on one, through a node's death, a cut cable, and a cable put back."""

from __future__ import annotations

import time

import pytest
from paper_run import PaperRun

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.cluster, pytest.mark.timeout(900)]


def test_three_hosts_write_the_ledger_of_one(three_hosts, start, undisturbed):
    made = start(three_hosts, shards=3, speed="max")
    made.until_window(1)
    assert {made.node_of(f"market-{index}") for index in range(3)} == {host.address for host in three_hosts.hosts}
    report = made.report()
    assert (report["ledger_digest"], report["restarts"]) == (undisturbed, 0)


def test_without_the_clusters_token_nobody_joins(three_hosts, tmp_path):
    wrong = tmp_path / "token"
    wrong.write_text("0" * 64)
    where = ("--days", "1", "--address", three_hosts.address)
    made = PaperRun(three_hosts.hosts[1], tmp_path / "run", *where, env={"RAY_AUTH_TOKEN_PATH": str(wrong)})
    assert made.process.wait(timeout=200) == 1
    assert f"the Ray cluster at {three_hosts.address} cannot be joined" in made.told
    assert wrong.read_text() not in made.told


def test_two_of_three_hosts_are_lost_one_after_the_other(three_hosts, start, undisturbed):
    made = start(three_hosts, shards=4)
    gaps = []
    for window, host in ((10, three_hosts.hosts[1]), (40, three_hosts.hosts[2])):
        made.until_window(window)
        host.power_off()
        gaps.append(made.gap_s(time.monotonic(), host))
    print(f"MEASURED node kill, three hosts: {', '.join(f'{gap:.2f}' for gap in gaps)} s without a window")
    assert {child["node"] for child in made.status()["children"]} == {three_hosts.hosts[0].address}
    report = made.report()
    assert report["ledger_digest"] == undisturbed
    assert (report["cap_breaches"], report["orphan_orders"]) == (0, 0)


def test_a_cut_cable_and_one_put_back(three_hosts, start, undisturbed):
    made = start(three_hosts, shards=3)
    made.until_window(10)
    victim = three_hosts.hosts[1]
    if not three_hosts.cables:
        pytest.skip("hosts that share one address have no cable to cut")
    old = made.node_of("market-0")
    assert old == victim.address
    victim.cut()
    gap_s = made.gap_s(time.monotonic(), victim)
    print(f"MEASURED link cut, three hosts: {gap_s:.2f} s without a window")
    assert made.node_of("market-0") != old
    assert any("MarketActor" in name for name in victim.commands()), "the old owner lives on, cut off"
    victim.heal()
    report = made.report()
    assert (report["ledger_digest"], report["restarts"]) == (undisturbed, 1)
