"""A day in one short text, for somebody who reads it on a telephone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def summary_text(truth: Mapping[str, Any], *, restarts: int, gate: Mapping[str, Any] | None = None) -> str:
    """The truth of one day (`reporting.daily`), restarts so far, and the readiness gate where it was asked."""
    equity, trades, orders, risk = truth["equity"], truth["trades"], truth["orders"], truth["risk"]
    lines = [f"{truth['date']}: {_equity(equity)}, trading {equity['trading_state'] or 'not begun'}"]
    closed = f"{trades['closed']} trades closed"
    if trades["pnl_usd"] is not None:
        closed += f" ({_signed(trades['pnl_usd'])})"
    lines.append(f"{orders['quote_count']} orders, {orders['fill_count']} fills, {closed}")
    worst = equity["max_drawdown"]
    lines.append(
        f"drawdown {'-' if worst is None else f'{worst:.2%}'} at worst, cap breaches {risk.get('cap_breach', 0)},"
        f" restarts {restarts}"
    )
    if gate is not None:
        lines.append(gate_text(gate))
    return "\n".join(lines)


def gate_text(outcomes: Mapping[str, Any]) -> str:
    """What the paper gate says, from `gate_outcomes` of a truth report."""
    counts = {name: count for name, count in outcomes.items() if name not in ("passed", "blockers")}
    said = ", ".join(f"{count} {name.lower()}" for name, count in counts.items() if count)
    blockers = list(outcomes["blockers"])
    shown = ", ".join(str(name) for name in blockers[:5]) + (" …" if len(blockers) > 5 else "")
    return f"paper gate {'passed' if outcomes['passed'] else 'not passed'}: {said}" + (
        f"; open: {shown}" if shown else ""
    )


def _equity(equity: Mapping[str, Any]) -> str:
    if equity["end_usd"] is None:
        return "no equity was marked"
    day = equity["end_usd"] - equity["start_usd"]
    return f"equity {equity['end_usd']:,.2f} USD, {_signed(day)} on the day"


def _signed(usd: float) -> str:
    return f"{'+' if usd >= 0 else '−'}{abs(usd):,.2f} USD"
