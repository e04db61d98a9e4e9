"""What the readiness gates are fed: every measure from the ledger, and from the live status where only that knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from astra_actors.metrics.attribution import TaggedTrade
from astra_actors.metrics.performance import win_rate
from astra_actors.metrics.snapshot import snapshot
from astra_actors.metrics.stat import Stat
from astra_actors.metrics.uptime import uptime
from astra_actors.reporting.decision_files import DecisionFiles
from astra_actors.reporting.ledger_rows import LedgerReading
from astra_actors.reporting.maker_truth import fill_rate
from astra_actors.reporting.portfolio_truth import drawdown_recomputed
from astra_actors.reporting.report_text import is_live

SECTION_3: Final = (
    *("sharpe_per_trade", "win_rate", "profit_factor", "expectancy_usd"),
    *("brier", "max_drawdown", "worst_month", "fill_rate"),
)
STRATEGY_TRADES_MIN: Final = 30
_HOURS_A_DAY: Final = 24


def measures(
    reading: LedgerReading,
    figures: Mapping[str, Stat],
    entry: Mapping[str, Any],
    equity: Mapping[str, Any],
    extra: Mapping[str, Any],
    *,
    span_days: float,
) -> dict[str, Any]:
    """All measures by name. What `extra["measures"]` holds comes last: evidence that no ledger can give."""
    resolved = [t for t in reading.trades if t.outcome is not None]
    found: dict[str, Any] = {
        **_counted(reading, resolved, span_days),
        **{name: figures[name] for name in ("sharpe_per_trade", "win_rate", "profit_factor", "expectancy_usd")},
        "worst_month": figures["worst_month"],
        "max_drawdown": _marked_drawdown(figures, equity),
        "win_rate_over_cost": win_rate_over_cost(resolved),
        "brier": entry["brier"],
        "brier_skill": entry["skill"],
        "brier_observations": entry["n"],
        "learning_processed": _share(entry["n"], entry["n"] + entry["unscored"]),
        "fill_rate": fill_rate(reading),
        "drawdown_recomputed": drawdown_recomputed(reading),
        "alerting": True if reading.counts["alerts_delivered"] else None,  # nothing sent is no evidence either way
        **_breaches(reading, extra),
        **_health(reading, extra),
        **_live(reading, figures, equity, len(resolved)),
    }
    if is_live(reading.run):
        found["api_key_validated"] = _key_used(reading)
    found["metrics_defined"] = _share(sum(_defined(found[name]) for name in SECTION_3), len(SECTION_3))
    found.update(extra.get("measures") or {})
    return found


def win_rate_over_cost(trades: Sequence[TaggedTrade]) -> Stat:
    """Win rate of the trades held to settlement less the mean price paid: below 0 they lose, whatever the win rate."""
    held = [t for t in trades if t.exit_kind == "settled" and t.size_e6 > 0]
    rate = win_rate([float(t.pnl_e10) for t in held])
    if rate.value is None or rate.lo is None or rate.hi is None:
        return Stat.none(0, "no trade was held to its settlement")
    cost = sum(t.cost_e10 for t in held) / sum(t.size_e6 for t in held) / 10_000
    return Stat(rate.value - cost, rate.n, rate.lo - cost, rate.hi - cost).gated("win_rate")


def _counted(reading: LedgerReading, resolved: Sequence[TaggedTrade], span_days: float) -> dict[str, Any]:
    by_strategy: dict[str, int] = {}
    for trade in resolved:
        by_strategy[trade.strategy] = by_strategy.get(trade.strategy, 0) + 1
    counts = reading.counts
    return {
        "loop_hours": span_days * _HOURS_A_DAY,
        "span_days": span_days,
        "resolved_trades": len(resolved),
        "categories": len({t.category for t in resolved}),
        "strategies_30": sum(n >= STRATEGY_TRADES_MIN for n in by_strategy.values()),
        "estimates": counts["estimates"],
        "ledger_wal": reading.journal_mode == "wal",
        "empty_metrics_null": empty_metrics_null(),
        "trades_with_pnl": _share(counts["trades_with_pnl"] - _unreconciled(reading), len(reading.trades)),
        "duplicates": sum(counts[f"duplicate_{table}"] for table in ("orders", "fills", "trades")),
        "near_resolution_fired": _risk(reading, "near_resolution"),
    }


def empty_metrics_null() -> bool:
    """Whether every ratio over no trades is null: asked anew each time, because a 0 there would pass for a result."""
    none = snapshot([], start_e10=0, start_ns=0, now_ns=1)
    sums = ("pnl_usd", "fees_usd", "volume_usd", "trades_per_day", "trades_per_year")
    return all(stat.value is None for name, stat in none.items() if name not in sums)


def unreconciled_markets(reading: LedgerReading) -> list[str]:
    """Settled markets whose trades do not add up to what the market paid, to the last 1e-10 dollar."""
    sums = dict.fromkeys(reading.settled_pnl_e10, 0)
    for trade in reading.trades:
        if trade.market_id in sums:
            sums[trade.market_id] += trade.pnl_e10
    return [market_id for market_id, total in sums.items() if total != reading.settled_pnl_e10[market_id][0]]


def _unreconciled(reading: LedgerReading) -> int:
    wrong = set(unreconciled_markets(reading))
    return sum(t.market_id in wrong for t in reading.trades)


def _breaches(reading: LedgerReading, extra: Mapping[str, Any]) -> dict[str, Any]:
    """Breaches by scope; should the live status know of more than the ledger, they count against the aggregate."""
    by_scope = {family: count for (kind, family), count in reading.risk_events.items() if kind == "cap_breach"}
    market, cluster = by_scope.pop("market", 0), by_scope.pop("cluster", 0)
    rest = sum(by_scope.values())
    unseen = max(0, int(extra.get("cap_breaches") or 0) - market - cluster - rest)
    return {
        "market_cap_breaches": market,
        "cluster_cap_breaches": cluster,
        "aggregate_cap_breaches": rest + unseen,
    }


def _health(reading: LedgerReading, extra: Mapping[str, Any]) -> dict[str, Any]:
    orphans = extra.get("orphan_orders")
    return {
        "crashes": extra.get("restarts"),
        "clean_stop": orphans == 0 if orphans is not None else None,
        "unhandled_exceptions": extra.get("unhandled_exceptions"),
        "feed_uptime": feed_uptime(reading, extra),
        "memory_mb_max": extra.get("memory_mb_max"),
        "rrs_veto_fired": _rrs_vetoes(reading, extra),
        "heartbeat_gap_s": extra.get("heartbeat_gap_s"),
    }


def _rrs_vetoes(reading: LedgerReading, extra: Mapping[str, Any]) -> int | None:
    """Every decision in which the gate raised it, if the artifacts are at hand; else those it alone stopped."""
    if extra.get("decisions_dir"):
        files = DecisionFiles(Path(extra["decisions_dir"]), reading.lineage)
        return files.gate_vetoes("resolution_risk", "RESOLUTION_RISK")
    vetoes = extra.get("vetoes")
    return None if vetoes is None else int(vetoes.get("RESOLUTION_RISK", 0))


def feed_uptime(reading: LedgerReading, extra: Mapping[str, Any]) -> float | None:
    """Connected share of the window: what the status says, else the union of the feed's own sessions on record."""
    said = extra.get("feed_uptime")
    if said is not None:
        return float(said)
    sessions = [(a, b) for name, a, b in reading.feed_sessions if not name.startswith("market:")]
    start, end = extra.get("start_ns"), extra.get("now_ns") or reading.last_end_ns
    return uptime(sessions, start=int(start), end=int(end)).fraction if sessions and start is not None else None


def _live(
    reading: LedgerReading, figures: Mapping[str, Stat], equity: Mapping[str, Any], resolved: int
) -> dict[str, Any]:
    annual, needed, var = figures["sharpe_annual"], figures["min_track_record"], figures["var_95"]
    width = None if annual.lo is None or annual.hi is None else annual.hi - annual.lo
    people = ("pause", "kill", "resume", "revive", "acknowledge", "reset_drawdown")
    return {
        "interventions": sum(_risk(reading, kind) for kind in people),
        "psr_0": figures["psr_0"],
        "trades_over_min_trl": Stat.none(needed.n, needed.reason)
        if needed.value is None
        else Stat(needed.n - needed.value, needed.n),
        "sharpe_annual": annual,
        "sharpe_annual_width": Stat.none(annual.n, annual.reason) if width is None else Stat(width, annual.n),
        "sortino_annual": figures["sortino_annual"],
        "calmar": figures["calmar"],
        "var_95_bankroll": _var_of_bankroll(reading, var, equity),
        "realised_pnl": resolved > 0 or None,
        "clustering": any(market.clusters for market in reading.markets.values()) or None,
    }


def _key_used(reading: LedgerReading) -> bool | Stat:
    """An order that the venue accepted was signed and sent with the key."""
    accepted = any(kind == "submit" and count for (kind, _), count in reading.order_events.items())
    return accepted or Stat.none(0, "the venue accepted no order in this run, so its record shows nothing of the key")


def _var_of_bankroll(reading: LedgerReading, var: Stat, equity: Mapping[str, Any]) -> Stat:
    """The 5 % worst trade as a share of the bankroll, positive; taken from dollars, not from returns on cost."""
    start = equity["start_usd"]
    if var.value is None or not start:
        return Stat.none(var.n, var.reason or "no bankroll on record")
    pnls = sorted(t.pnl_e10 / 1e10 / start for t in reading.trades if t.outcome is not None)
    at = (len(pnls) - 1) * 0.05
    low = int(at)
    high = min(low + 1, len(pnls) - 1)
    return Stat(max(0.0, -(pnls[low] + (at - low) * (pnls[high] - pnls[low]))), len(pnls)).gated("var")


def _marked_drawdown(figures: Mapping[str, Stat], equity: Mapping[str, Any]) -> Stat:
    """The deeper of the two curves: marks see what closes have not booked yet."""
    closed = figures["max_drawdown"]
    deepest = max(equity["max_drawdown"], closed.value or 0.0)
    return Stat(deepest, closed.n, reason=closed.reason) if closed.value is not None else closed


def _risk(reading: LedgerReading, kind: str) -> int:
    return sum(count for (name, _), count in reading.risk_events.items() if name == kind)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _defined(found: Any) -> bool:
    return found.value is not None if isinstance(found, Stat) else found is not None
