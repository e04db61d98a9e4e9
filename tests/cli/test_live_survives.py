"""Deaths of every part of a live run, and faults of the venue: afterwards both sides' books are the same."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from astra_command import Command
from live_house import LiveHouse, house_in

from supervision.rehearsal_chaos import CHAOS

pytestmark = [pytest.mark.ray, pytest.mark.soak, pytest.mark.timeout(1_800)]
DEATHS = int(os.environ.get("ASTRA_TEST_DEATHS", "10"))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[LiveHouse]:
    yield from house_in(tmp_path)


@pytest.mark.parametrize("victim", ["gateway", "market-0", "exchange", "driver"])
@pytest.mark.parametrize("chaos", ["none", "all"])
def test_whatever_dies_nothing_is_left_twice_or_lost(house: LiveHouse, victim: str, chaos: str) -> None:
    """Promise 2 and 3: orphans 0, duplicated orders 0, lost fills 0, caps kept, after every death and with every fault."""
    dice = random.Random(f"{victim} {chaos}")
    run = house.start()
    house.until_orders(run, 4, fills=1)
    for _ in range(DEATHS):
        if CHAOS[chaos]:
            house.venue.post("faults", CHAOS[chaos])  # those of an exchange that died are gone with it
        go_on(house, run, chaos, dice.randint(1, 4))
        run = let_die(house, run, victim)
    if CHAOS[chaos]:
        house.venue.post("faults", dict.fromkeys(CHAOS[chaos], 0.0))
    go_on(house, run, chaos, 1)
    code = run.end(signal.SIGTERM)
    report = run.json()
    assert (code, report["proof"]["cleared"], report["cap_breaches"]) == (0, True, 0)
    assert house.resting() == 0
    house.check_books()


def go_on(house: LiveHouse, run: Command, chaos: str, number: int) -> None:
    """Let it work until something has happened; where everything fails, three lost posts in a row stop orders for minutes."""
    if CHAOS[chaos]:
        house.until_windows(run, 3 * number)
        return
    for _ in range(number):
        house.until_more_orders(run)


def let_die(house: LiveHouse, run: Command, victim: str) -> Command:
    """SIGKILL; the run that goes on is the answer."""
    if victim == "exchange":
        house.venue.kill()
    elif victim == "driver":
        run.end(signal.SIGKILL)
        run = start_again(house)
    else:
        house.kill(run, victim)
    return run


def start_again(house: LiveHouse) -> Command:
    """As a person would: where the preflight meets a venue that is not well, it refuses, and is asked once more."""
    for _ in range(5):
        run = house.start("--resume")
        try:
            house.until_windows(run, 1)
        except AssertionError:
            if "live trading is refused" not in run.told:
                raise
        else:
            return run
    raise AssertionError(f"refused five times: {run.told}")


@pytest.fixture
def wide_house(tmp_path: Path) -> Iterator[LiveHouse]:
    """Room for more than fifty orders, in markets and under the caps."""
    rules = {
        "run": {"bankroll_usd": 40_000},  # half of it counts, by the override
        "gates": {"market": {"quoteability": {"active_markets": 100}}},
    }
    yield from house_in(tmp_path, markets=600, rules=rules)


def test_fifty_orders_are_taken_off_and_proven(wide_house: LiveHouse) -> None:
    """SIGTERM with fifty orders or more at rest: all of them off, with the seconds it took."""
    run = wide_house.start()
    run.until(lambda: wide_house.resting() >= 60, "sixty orders rest")  # by the exchange's books; some go at any moment
    at_rest = wide_house.resting()
    code = run.end(signal.SIGTERM)
    proof = run.json()["proof"]
    assert at_rest >= 50
    assert (code, proof["cleared"], proof["open"], wide_house.resting()) == (0, True, [], 0)
    assert f"{proof['seconds']:.1f} s" in run.told
    print(f"{at_rest} orders rested; proven gone after {proof['seconds']} s")
