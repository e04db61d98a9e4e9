"""The document's diagram is drawn from the table, its rows name every hold, and its worked example runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.risk.authority import MarketScope, RiskAuthority
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.report import MarketReport
from astra_actors.risk.trading_state import HOLDS, TRADING_LIFE

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "concepts" / "risk.md").read_text(encoding="utf-8")


def test_the_diagram_is_the_table() -> None:
    assert TRADING_LIFE.diagram() in TEXT


def test_every_hold_has_its_row() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("|")]
    for mode, _ in HOLDS.values():
        assert any(f"| {mode.name} |" in row for row in rows)
    assert sum("| REDUCING |" in row or "| HALTED |" in row or "| KILLED |" in row for row in rows) == len(HOLDS)


def test_the_worked_example() -> None:
    names = [f"m{number:02d}" for number in range(13)]
    authority = RiskAuthority(RiskLimits(daily_loss=1.0), 5000 * USD, 0)
    for name in [*names, "else"]:
        clusters = ("one",) if name in names else ("other",)
        authority.register_market(MarketScope(market_id=name, clusters=clusters, category="sports"), 1)
    said: dict[str, dict[str, Any]] = {name: {"worst_case_e10": 0, "wanted_e10": 50 * USD} for name in names}
    said["else"] = {"worst_case_e10": 0}
    held: dict[str, str] = {}

    def window(number: int, *silent: str) -> tuple[dict[str, int], int, tuple[str, ...]]:
        reports = [
            MarketReport(
                **{"market_id": m, "incarnation": 1, "at_ns": number, "lease_id": held.get(m, ""), **fields},
                hours_to_close=100.0,
            )
            for m, fields in said.items()
            if m not in silent
        ]
        decision = authority.on_window(number, reports, number + 1_000)
        held.update((lease.market_id, lease.lease_id) for lease in decision.leases)
        limits = {lease.market_id: lease.limit_e10 // USD for lease in decision.leases}
        return limits, decision.equity.granted_e10 // USD, decision.reducing_scopes

    limits, committed, _ = window(1)
    assert (sum(limits.values()), limits["m12"], committed) == (600, 0, 600)
    said["m00"]["wanted_e10"] = 0
    for name in names[1:12]:
        said[name]["worst_case_e10"] = 45 * USD
    limits, committed, _ = window(2)
    assert (limits["m00"], limits["m12"], committed) == (0, 0, 600)
    limits, committed, _ = window(3)
    assert (limits["m12"], committed) == (50, 600)
    limits, committed, _ = window(4, "m03")
    assert ("m03" in limits, limits["m00"], committed) == (False, 0, 600)
    authority.set_incarnation("m03", 2)
    said["m03"] = {"incarnation": 2, "worst_case_e10": 20 * USD, "wanted_e10": 20 * USD}
    limits, committed, _ = window(5)
    assert (limits["m03"], committed) == (20, 570)
    for name in [*names[1:3], *names[4:]]:
        said[name]["worst_case_e10"] = 50 * USD
    said["else"]["cash_e10"] = -250 * USD
    limits, committed, reducing = window(6)
    assert (limits["m01"], committed) == (50, 570)
    assert reducing == tuple(f"market:{name}" for name in [*names[1:3], *names[4:]])
    said["else"]["cash_e10"] = -260 * USD
    limits, committed, reducing = window(7)
    assert (committed, reducing[0]) == (570, "cluster:one")
    assert authority.breaches == 0
