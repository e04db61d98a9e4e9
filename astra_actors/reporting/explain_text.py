"""Words for moments, money and gates, and one decision told line by line."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from decimal import Decimal

from astra_actors.kernel.units import NS_PER_S, PRICE_ONE_E4, SIZE_ONE_E6, USD_ONE_E10
from astra_actors.reporting.decision_artifact import Decision, GateLine, QuoteLine
from astra_actors.risk.remedies import REMEDIES
from astra_actors.risk.veto import Veto


def moment(at_ns: int) -> str:
    """A moment in UTC with milliseconds."""
    at = datetime.fromtimestamp(at_ns // NS_PER_S, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}.{at_ns % NS_PER_S // 1_000_000:03d} UTC"


def exact_usd(amount_e10: int) -> str:
    """Dollars to the last digit that is not 0, at least cents: money here is exact."""
    whole, _, part = f"{Decimal(abs(amount_e10)) / USD_ONE_E10:,f}".partition(".")
    return f"{'−' if amount_e10 < 0 else ''}${whole}.{part.rstrip('0').ljust(2, '0')}"


def cents(price_e4: float | None) -> str:
    """A price a share."""
    return "none" if price_e4 is None else f"${price_e4 / PRICE_ONE_E4:.4f}"


def size(size_e6: int) -> str:
    """Shares."""
    return f"{size_e6 / SIZE_ONE_E6:,.2f} shares"


def bps(value_e4: float | None) -> str:
    """1/10,000 of a share's dollar, signed."""
    return "unknown" if value_e4 is None else f"{value_e4:+.1f} bps"


def gate_words(name: str) -> str:
    """What a veto means; a name from another version stands for itself."""
    veto = Veto.__members__.get(name)
    return veto.value if veto is not None else name


def traded_live(db: sqlite3.Connection, lineage: str) -> bool:
    """Whether the runs of a lineage traded at a venue, which fills each order once and shows no queue."""
    row = db.execute("SELECT venue FROM runs WHERE lineage = ? LIMIT 1", (lineage,)).fetchone()
    return row is not None and row[0] != "paper"


def decision_lines(decision: Decision) -> list[str]:
    """One evaluation of a market: what was seen, what each gate compared, what was done."""
    d = decision
    lines = [
        f"decision {d.decision_id} at {moment(d.at_ns)}, window {d.window}",
        f"  market {d.market_id}, strategy {d.strategy or 'none'}",
        f"  saw: bid {cents(d.best_bid_e4)}, ask {cents(d.best_ask_e4)}, mid {cents(d.mid_e4)},"
        f" regime {d.regime}, toxicity {d.toxicity:.3f}",
        f"  phase {d.phase}, {_hours(d.hours_to_close)}",
        _estimate(d),
        f"  permission: lease {d.lease_id or 'none'} of {exact_usd(d.lease_e10)},"
        f" {exact_usd(d.worst_case_e10)} of it at risk, inventory {size(d.inventory_e6)} of YES",
        "  gates:",
    ]
    lines += [f"    {gate_line(gate)}" for gate in d.gates]
    lines += [f"  {quote_line(quote)}" for quote in d.quotes]
    lines.append(f"  action: {d.action}" + (f" because of {d.veto}: {gate_words(d.veto)}" if d.veto else ""))
    if d.reason:
        lines.append(f"  the strategy said: {d.reason}")
    veto = Veto.__members__.get(d.veto or "")
    if veto is not None:
        lines.append(f"  what to do: {REMEDIES[veto]}")
    return lines


def gate_line(gate: GateLine) -> str:
    """One gate's answer with the numbers it compared."""
    numbers = "" if gate.observed is None else f" observed {gate.observed:g}"
    numbers += "" if gate.limit is None else f", limit {gate.limit:g}"
    detail = f" ({gate.detail})" if gate.detail else ""
    if gate.ok and gate.veto:
        return f"{gate.name}: open for orders that shrink the position; {gate.veto}{numbers}{detail}"
    word = "open" if gate.ok else f"closed by {gate.veto}"
    return f"{gate.name}: {word}{numbers}{detail}"


def quote_line(quote: QuoteLine) -> str:
    """One side the strategy asked for, and what became of it."""
    what = (
        f"{quote.order_side} {quote.token} {size(quote.size_e6)} at {cents(quote.price_e4)}" if quote.token else "quote"
    )
    text = f"{quote.side.lower()}: {what}: {quote.outcome}" + (f" as {quote.order_id}" if quote.order_id else "")
    if quote.veto:
        text += f" by {quote.veto}: {gate_words(quote.veto)}"
        if quote.observed is not None:
            text += f"; observed {quote.observed:g}" + ("" if quote.limit is None else f", limit {quote.limit:g}")
    if quote.detail:
        text += f" ({quote.detail})"
    edge = edge_line(quote)
    return f"{text}; {edge}" if edge else text


def edge_line(quote: QuoteLine) -> str:
    """The EV gate's arithmetic in points a share; what is left over between its terms is the fee."""
    terms = (quote.gross, quote.slip, quote.adverse, quote.resolution, quote.net_lb)
    if any(term is None for term in terms) or quote.threshold is None:
        return ""
    gross, slip, adverse, resolution, net = (float(term or 0.0) for term in terms)
    fee = gross - slip - adverse - resolution - net
    paid = f" − fee {fee:.4f}" if abs(fee) > 1e-9 else ""
    word = "above" if net > quote.threshold else "not above"
    return (
        f"edge {gross:.4f}{paid} − slippage {slip:.4f} − adverse {adverse:.4f} − resolution {resolution:.4f}"
        f" = {net:.4f}, {word} {quote.threshold:g}"
    )


def _estimate(d: Decision) -> str:
    if d.p is None or d.p_lo is None or d.p_hi is None:
        return "  estimate: none"
    return f"  estimate: {d.p:.4f} in [{d.p_lo:.4f}, {d.p_hi:.4f}] by {d.estimator} {d.estimator_version}"


def _hours(hours: float | None) -> str:
    return "hours to close unknown" if hours is None else f"{hours:.1f} hours to close"
