"""Exposure and grants never pass a cap: where they would, nothing is handed out and all halts, under `python -O` too."""

from __future__ import annotations

import subprocess
import sys

import pytest
from fair import Fair

from astra_actors.kernel.errors import PromiseBroken
from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.risk.allocation import check_within
from astra_actors.risk.trading_state import TradingMode, Trigger
from astra_actors.risk.veto import Refused


def generous(claim: object, committed: dict[str, int], caps: dict[str, int]) -> None:
    """A dealer who forgets every cap and tells nobody: the mutant that the check is there for."""
    claim.limit_e10 = 60 * USD  # type: ignore[attr-defined]


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> Fair:
    fair = Fair()
    for number in range(13):
        fair.open(f"m{number:02d}", cluster="c")
    monkeypatch.setattr("astra_actors.risk.allocation._hand_out", generous)
    return fair


def test_a_dealer_who_forgets_the_caps_is_found_out_before_anything_is_handed_out(careless: Fair) -> None:
    decision = careless.window()
    assert {lease.limit_e10 for lease in decision.leases} == {0}
    assert (decision.state.mode, decision.state.trigger) == (TradingMode.HALTED, Trigger.INTEGRITY)
    broken = [event for event in decision.events if event.kind == "promise_broken"]
    assert [(event.observed, event.limit) for event in broken] == [(60 * USD, 50 * USD)]
    assert "grants and exposure of market:m00" in broken[0].detail


def test_the_halt_stays_until_a_person_resumes(careless: Fair, monkeypatch: pytest.MonkeyPatch) -> None:
    careless.window()
    monkeypatch.undo()
    assert careless.window().state.trigger is Trigger.INTEGRITY
    answer = careless.authority.resume("ann", "the dealer is mended")
    assert not isinstance(answer, Refused)
    decision = careless.window()
    assert sum(lease.limit_e10 for lease in decision.leases) == 600 * USD


def test_a_breach_that_is_reported_halts() -> None:
    fair = Fair()
    stall = fair.open("m")
    fair.window()
    stall.fields["worst_case_e10"] = 50 * USD + 1
    decision = fair.window()
    assert (decision.breaches, decision.state.trigger) == (1, Trigger.INTEGRITY)
    assert decision.leases[0].limit_e10 == 0


@pytest.mark.parametrize(
    ("committed", "before", "holds"),
    [
        pytest.param(600, 0, True, id="exactly the cap"),
        pytest.param(601, 0, False, id="one more"),
        pytest.param(601, 601, True, id="a cap that shrank under what stood"),
        pytest.param(602, 601, False, id="and nothing may be added to that"),
    ],
)
def test_what_a_cap_allows(committed: int, before: int, holds: bool) -> None:
    if holds:
        check_within({"c": committed}, {"c": 600}, {"c": before})
    else:
        with pytest.raises(PromiseBroken, match="grants and exposure of c"):
            check_within({"c": committed}, {"c": 600}, {"c": before})


def test_it_is_no_assertion_that_an_option_of_python_removes() -> None:
    program = """
from astra_actors.kernel.errors import PromiseBroken
from astra_actors.risk.allocation import check_within
assert False, "assertions are on"
try:
    check_within({"c": 601}, {"c": 600}, {})
except PromiseBroken as broken:
    print(broken)
"""
    said = subprocess.run([sys.executable, "-O", "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == "grants and exposure of c: 601 where 600 had been promised\n"


def test_nothing_in_the_risk_room_rests_on_an_assertion() -> None:
    import ast
    from pathlib import Path

    import astra_actors.risk as room

    files = sorted(Path(room.__file__).parent.glob("*.py"))
    found = [
        path.name
        for path in files
        if any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(path.read_text())))
    ]
    assert found == []


def test_a_report_that_comes_twice_is_booked_once() -> None:
    fair = Fair()
    stall = fair.open("m")
    stall.fields |= {"trade_returns": ((1, "t1", 5 * USD, 25 * USD),), "failed": 1, "cash_e10": 5 * USD}
    fair.window()
    once = fair.authority.snapshot()
    assert (once["returns"], once["sample"]["trades"], once["failures"]) == ([0.001], 1, 1)
    stall.fields |= {"trade_returns": ((1, "t1", 5 * USD, 25 * USD),)}
    fair.now_ns -= 600 * 10**9  # the same window again: an answer was lost, and the question is put anew
    again = fair.window()
    twice = fair.authority.snapshot()
    for name in ("returns", "sample", "failures", "breaker", "day"):
        assert twice[name] == once[name], name
    assert (again.equity.granted_e10, again.leases[0].limit_e10) == (50 * USD, 50 * USD)
    assert twice["accounts"]["m"]["held"] == once["accounts"]["m"]["held"]
