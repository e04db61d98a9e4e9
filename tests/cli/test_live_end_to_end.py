"""The whole live path at once: the command, Ray, the official client, signatures, sockets, and the books of both sides."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_house import LiveHouse, house_in

pytestmark = pytest.mark.ray


@pytest.fixture
def house(tmp_path: Path) -> Iterator[LiveHouse]:
    yield from house_in(tmp_path)


def test_a_live_run_trades_keeps_its_key_to_one_process_and_leaves_nothing(
    house: LiveHouse,
) -> None:
    """Promise 3, and the security of keys: SIGTERM takes everything off, and the key stood in the Gateway alone."""
    run = house.start()
    house.until_orders(run, 8, fills=1)
    check_that_nobody_else_has_the_key(house)
    code = run.end(signal.SIGTERM)
    report = run.json()
    assert (code, report["proof"]["cleared"], report["proof"]["open"]) == (0, True, [])
    assert "proven" in run.told
    assert report["cap_breaches"] == 0
    assert house.resting() == 0
    house.check_books()


def check_that_nobody_else_has_the_key(house: LiveHouse) -> None:
    """In no file, no argument, no environment, no shared memory, and in the memory of no other process of the run."""
    key = house.venue.account.private_key.removeprefix("0x").encode()
    holders = [name for name, pid in house.pids().items() if _memory_has(pid, key)]
    assert holders == ["gateway"]  # which also shows that the search finds it where it is
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        for told in ("environ", "cmdline"):
            assert key not in _read(Path(f"/proc/{pid}/{told}")) or pid == os.getpid(), f"process {pid}, {told}"
    places = [house.data, Path("/dev/shm"), *_session_folders(house.pids()["driver"])]
    found = [path for place in places for path in place.rglob("*") if path.is_file() and key in _read(path)]
    assert not found


def _session_folders(driver: int) -> list[Path]:
    """Ray's own folder of this run: its logs and sockets."""
    opened = [os.readlink(link) for link in Path(f"/proc/{driver}/fd").iterdir() if link.is_symlink()]
    sessions = {match.group(0) for text in opened if (match := re.match(r"/tmp/ray/session_[^/]+", text))}
    return [Path(each) for each in sessions]


def _memory_has(pid: int, needle: bytes) -> bool:
    """Whether the text stands in the writable memory of a process."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_, name = [*line.split(maxsplit=5), ""]
            if not rights.startswith("rw") or "/dev/shm" in name:
                continue
            first, last = (int(part, 16) for part in span.split("-"))
            try:
                memory.seek(first)
                if needle in memory.read(last - first):
                    return True
            except (OSError, ValueError, OverflowError):
                continue  # a mapping that cannot be read holds nothing of ours
    return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.soak
def test_a_live_run_without_its_exchange_says_what_may_still_rest(house: LiveHouse) -> None:
    """With the venue unreachable the wait is bounded, the orders are named, and the dead man's switch takes them off."""
    run = house.start()
    house.until_orders(run, 4)
    house.stand_still()
    code = run.end(signal.SIGTERM)
    report = json.loads(run.out.read_text())
    house.go_on()
    assert code == 1
    assert report["proof"]["cleared"] is False
    assert report["proof"]["open"]
    assert all(order["order_id"] in run.told or order["venue_id"] in run.told for order in report["proof"]["open"])
    assert "dead" in run.told
    house.expect_nothing_rests(20.0)
