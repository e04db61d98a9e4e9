"""What making markets really brought: quotes, fills, the spread earned at a fill, and what the mid did afterwards.

A figure in bps is 1/10,000 of a share's dollar, which is the unit of `price_e4`: it is never relative to the mid.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any, Final

from astra_actors.kernel.units import shares, usd
from astra_actors.metrics.confidence import Z_975, wilson
from astra_actors.metrics.performance import moments
from astra_actors.metrics.stat import Stat
from astra_actors.reporting.ledger_rows import LedgerReading
from astra_actors.reporting.report_text import is_live
from astra_actors.signals.markout_statistics import markout_statistics

HORIZONS: Final = ((30, "30s"), (120, "2m"), (600, "10m"))


def maker_truth(reading: LedgerReading, vetoes: dict[str, int] | None) -> dict[str, Any]:
    """The maker's own figures (methods §18.11, §7.5)."""
    orders, events = reading.counts["orders"], reading.order_events
    cancels = sum(count for (kind, _), count in events.items() if kind in ("cancel", "stale_cancel"))
    replaces = sum(count for (kind, why), count in events.items() if kind == "cancel" and why == "replaced")
    earned = [half for fill in reading.fills if (half := fill.earned_e4) is not None]
    truth: dict[str, Any] = {
        "quote_count": orders,
        "cancel_count": cancels,
        "replace_count": replaces,
        "fill_count": len(reading.fills),
        "orders_filled": reading.counts["orders_filled"],
        "reject_count": _events(reading, "reject"),
        "expire_count": _events(reading, "expire"),
        "stale_cancel_count": _events(reading, "stale_cancel"),
        "shares_filled": shares(sum(f.size_e6 for f in reading.fills)),
        "notional_usd": usd(sum(f.price_e4 * f.size_e6 for f in reading.fills)),
        "fees_usd": usd(sum(f.fee_e10 for f in reading.fills)),
        "rebates_usd": usd(sum(f.rebate_e10 for f in reading.fills)),
        "degraded_fills": sum(f.degraded for f in reading.fills),
        "realized_spread_bps": mean_stat(earned, "no fill with a mid on record"),
        "realized_spread_median_bps": Stat(median(earned), len(earned)) if earned else Stat.none(0, "no fill"),
        "realized_spread_per_quote_bps": Stat(sum(earned) / orders, orders) if orders else Stat.none(0, "no quotes"),
        "fill_rate": fill_rate(reading),
        "fill_rate_per_quote": Stat(len(reading.fills) / orders, orders) if orders else Stat.none(0, "no quotes"),
        "cancel_replace_rate": Stat(cancels / orders, orders) if orders else Stat.none(0, "no quotes"),
        "toxic_market_pauses": None if vetoes is None else vetoes.get("TOXIC_FLOW", 0),
    }
    for seconds, name in HORIZONS:
        truth.update(_markouts(reading, seconds, name))
    return truth


def fill_rate(reading: LedgerReading) -> Stat:
    """Orders with at least one fill, of all orders, with Wilson's interval: orders are the units (methods §16)."""
    filled, orders = reading.counts["orders_filled"], reading.counts["orders"]
    ends = wilson(filled, orders)
    return Stat(filled / orders, orders, *ends) if ends else Stat.none(0, "no orders")


def bands(reading: LedgerReading) -> dict[str, Any]:
    """Fills, shares and P&L under three readings of the queue. P&L is of settled markets; open ones are left out.

    A venue fills each order once: a live run has no other reading, and both are None.
    """
    base_shares = shares(sum(f.size_e6 for f in reading.fills))
    low, high = reading.shadow.get("pessimistic", (0, 0)), reading.shadow.get("optimistic", (0, 0))
    settled = list(reading.settled_pnl_e10.values())
    base, pessimistic, optimistic = (usd(sum(row[i] for row in settled)) for i in range(3))
    read = {
        "fills_band": (low[0], len(reading.fills), high[0]),
        "shares_band": (shares(low[1]), base_shares, shares(high[1])),
        "pnl_band": (pessimistic, base, optimistic),
    }
    live = is_live(reading.run)
    return {
        **{
            name: {"pessimistic": None if live else less, "base": own, "optimistic": None if live else more}
            for name, (less, own, more) in read.items()
        },
        "pnl_band_markets": len(settled),
        "pnl_band_open_excluded": sum(market.outcome is None for market in reading.markets.values()),
    }


def mean_stat(values: Sequence[float], reason: str) -> Stat:
    """A mean with its 95 % interval."""
    m = moments(values)
    if m.mean is None:
        return Stat.none(0, reason)
    if m.sd is None:
        return Stat(m.mean, m.n)
    reach = Z_975 * m.sd / m.n**0.5
    return Stat(m.mean, m.n, m.mean - reach, m.mean + reach)


def _events(reading: LedgerReading, kind: str) -> int:
    return sum(count for (name, _), count in reading.order_events.items() if name == kind)


def _markouts(reading: LedgerReading, seconds: int, name: str) -> dict[str, Any]:
    fills = {fill.fill_id: fill for fill in reading.fills}
    asked = [row for row in reading.markouts if row[1] == seconds]
    known = [(markout, fills[fill_id]) for fill_id, _, markout in asked if markout is not None and fill_id in fills]
    points = [markout for markout, _ in known]
    found = markout_statistics(points, [shares(fill.size_e6) for _, fill in known])
    lost = [fill.earned_e4 - markout for markout, fill in known if fill.earned_e4 is not None]
    missing = Stat.none(0, "no fill is old enough, or no mid was known then")
    return {
        f"markout_{name}_bps": mean_stat(points, missing.reason),
        f"markout_{name}_weighted_bps": Stat(found.weighted_mean, found.count) if found else missing,
        f"adverse_selection_{name}_bps": mean_stat(lost, missing.reason),
        f"markout_{name}_p_below_0": Stat(found.p, found.count) if found and found.p is not None else missing,
        f"markout_{name}_unknown": len(asked) - len(known),
    }
