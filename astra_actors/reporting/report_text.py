"""How figures read: one place for the words that Markdown and HTML share. Money is rounded half to even."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any


def money(value: float | None) -> str:
    """Dollars with cents."""
    if value is None:
        return "–"
    cents = Decimal(repr(value)).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
    return f"{'−' if cents < 0 else ''}${abs(cents):,}"


def percent(value: float | None, places: int = 2) -> str:
    """A fraction in per cent."""
    return "–" if value is None else f"{value * 100:.{places}f}%"


def number(value: Any) -> str:
    """A bare value: counts in full, other numbers to four digits."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:,.4g}"
    return str(value)


def figure(value: Any) -> str:
    """A statistic with interval and n, or why there is none; anything else as `number` writes it."""
    if not isinstance(value, Mapping) or "n" not in value:
        return number(value)
    if value["value"] is None:
        return f"– ({value['reason']})" if value["reason"] else "–"
    ends = "" if value["lo"] is None else f" [{number(value['lo'])}, {number(value['hi'])}]"
    short = ", too few" if value["reason"] else ""
    return f"{number(value['value'])}{ends} (n {value['n']:,}{short})"


def measured(line: Mapping[str, Any]) -> str:
    """The value of a gate's row in the unit of its limit, with its n."""
    value, unit = line["value"], line["unit"]
    if value is None or isinstance(value, bool):
        return number(value)
    text = percent(value) if unit == "frac" else money(value) if unit == "usd" else number(value)
    return text if line["n"] is None else f"{text} (n {line['n']:,})"


def is_live(run: Mapping[str, Any]) -> bool:
    """Whether a run, or the report of one, traded at a venue; on paper nothing leaves the process."""
    return bool(run["venue"] != "paper")


def gate_title(report: Mapping[str, Any]) -> str:
    """What the rows of the paper gate are called where they were measured."""
    return "rows of the paper gate, measured on this live run" if is_live(report) else "paper readiness gate"


def state_line(report: Mapping[str, Any]) -> str:
    """Which run this is, in one line."""
    days = number(report["virtual_days"])
    return f"Run `{report['run_id'][:8]}` · {report['feed']} on {report['venue']} · seed {report['seed']} · {days} days"
