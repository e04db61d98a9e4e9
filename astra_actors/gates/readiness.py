"""Whether paper trading has shown enough: every row of the readiness gates against what was measured (methods §18.12).

A row without a measure is UNKNOWN and counts as not passed. The functions are pure: they read no ledger and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, unique
from typing import Any, Final

from astra_actors.gates.readiness_table import LIVE, PAPER, Check, Row
from astra_actors.metrics.stat import Stat, sample_gate

MORE_TRADES: Final = 100  # what a marginal section 3 asks for
DOUBT_DAYS: Final = 60  # after so long a failing section 3 puts the edge itself in question
_BOUNDS: Final = ("3.2", "3.4")  # failing only here, the figure is good and the sample too small


@unique
class GateStatus(Enum):
    """What one row says."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLine:
    """One row with what was found. `value` is None where nothing was measured; `reason` says why it did not pass."""

    item: str
    name: str
    title: str
    value: float | bool | None
    limit: str
    status: GateStatus
    reason: str = ""
    n: int | None = None
    lo: float | None = None
    hi: float | None = None
    unit: str = ""
    binding: bool = True

    def to_dict(self) -> dict[str, Any]:
        """The line as JSON holds it."""
        names = ("item", "title", "value", "limit", "n", "lo", "hi", "unit", "binding")
        return {"status": self.status.value, "reason": self.reason or None, **{k: getattr(self, k) for k in names}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What all rows say together, and what to do next."""

    passed: bool
    counts: Mapping[str, int]
    advice: str
    blockers: tuple[str, ...]


def paper_gate(measures: Mapping[str, Any]) -> tuple[GateLine, ...]:
    """Every row of the paper gate. A measure is a number, a boolean, a `Stat`, or None; an absent one is UNKNOWN."""
    return tuple(_line(row, measures) for row in PAPER)


def live_gate(measures: Mapping[str, Any]) -> tuple[GateLine, ...]:
    """Every row of the live gate; what only a rehearsal can show is UNKNOWN until its evidence is handed in."""
    return tuple(_line(row, measures) for row in LIVE)


def with_evidence(
    lines: Mapping[str, Mapping[str, Any]], measures: Mapping[str, Any], *, live: bool = False
) -> dict[str, Mapping[str, Any]]:
    """A gate as a report holds it, with the rows judged anew for which something was shown since."""
    shown = {row.name: _line(row, measures).to_dict() for row in (LIVE if live else PAPER) if row.source in measures}
    return {name: shown.get(name, line) for name, line in lines.items()}


def verdict(lines: Iterable[GateLine], *, span_days: float | None = None, synthetic: bool = False) -> Verdict:
    """Passed only if every binding row passed, on markets that exist; else the advice of methods §18.12."""
    rows = list(lines)
    open_rows = [line for line in rows if line.binding and line.status is not GateStatus.PASS]
    counts = {status.value: sum(line.status is status for line in rows) for status in GateStatus}
    return Verdict(
        passed=not open_rows and not synthetic,
        counts=counts,
        advice=_advice(open_rows, span_days, synthetic),
        blockers=tuple(f"{line.item} {line.name}" for line in open_rows),
    )


def _advice(open_rows: list[GateLine], span_days: float | None, synthetic: bool) -> str:
    failing = [line for line in open_rows if line.item.startswith("3.") and line.status is GateStatus.FAIL]
    if failing and span_days is not None and span_days >= DOUBT_DAYS:
        return f"still failing after {span_days:.0f} days: question the edge itself"
    if failing and any(line.item not in _BOUNDS for line in failing):
        return f"find the root cause of {', '.join(line.name for line in failing)} before going on"
    if failing:
        return f"marginal: collect {MORE_TRADES} more trades, the bounds are not there yet"
    if open_rows:
        return "go on until every row is measured and passes"
    return "all rows pass, on synthetic markets: repeat on a real feed" if synthetic else "ready for live evaluation"


def _line(row: Row, measures: Mapping[str, Any]) -> GateLine:
    found = measures.get(row.source)
    stat = found if isinstance(found, Stat) else None
    value = stat.value if stat is not None else found
    if row.test is Check.LOWER_BOUND_ABOVE:
        value = stat.lo if stat is not None else None
    status, reason = _judge(row, value, stat)
    return GateLine(
        item=row.item,
        name=row.name,
        title=row.title,
        value=value,
        limit=row.limit_text,
        status=status,
        reason=reason,
        n=stat.n if stat is not None else None,
        lo=stat.lo if stat is not None else None,
        hi=stat.hi if stat is not None else None,
        unit=row.unit,
        binding=row.binding,
    )


def _judge(row: Row, value: Any, stat: Stat | None) -> tuple[GateStatus, str]:
    if value is None:
        known = stat.reason if stat is not None else ""
        return GateStatus.UNKNOWN, known or row.remedy or "not measured in this run"
    if stat is not None and stat.n < row.sample:
        return GateStatus.UNKNOWN, sample_gate(row.name, stat.n, row.sample)
    if stat is not None and stat.reason:
        return GateStatus.UNKNOWN, stat.reason
    if _holds(row, value):
        return GateStatus.PASS, ""
    return GateStatus.FAIL, row.remedy


def _holds(row: Row, value: Any) -> bool:
    test, limit = row.test, row.limit
    if test is Check.TRUE:
        return value is True
    if test is Check.AT_LEAST:
        return bool(value >= limit)
    if test in (Check.ABOVE, Check.LOWER_BOUND_ABOVE):
        return bool(value > limit)
    if test is Check.BELOW:
        return bool(value < limit)
    if test is Check.AT_MOST:
        return bool(value <= limit)
    return bool(limit <= value <= (row.upper if row.upper is not None else limit))
