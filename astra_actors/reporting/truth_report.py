"""The truth report: what a run did, earned and risked, every figure with its sample size and interval.

Undefined is null with a reason. A run on the synthetic world says so wherever its figures appear.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from astra_actors.gates.readiness import live_gate, paper_gate, verdict
from astra_actors.kernel.units import NS_PER_DAY, usd
from astra_actors.metrics.attribution import TaggedTrade, attribute, top_markets_pnl
from astra_actors.metrics.equity_stats import curve_stats, day_of, months_usd
from astra_actors.metrics.performance import usable
from astra_actors.metrics.snapshot import WINDOWS, snapshot, window_start_ns
from astra_actors.metrics.stat import Stat
from astra_actors.reporting.atomic import write_atomic
from astra_actors.reporting.evidence import EVIDENCE, Standing, read_evidence
from astra_actors.reporting.forecast_quality import entry_quality, forecast_quality
from astra_actors.reporting.gate_measures import feed_uptime, measures, unreconciled_markets
from astra_actors.reporting.ledger_reading import read_ledger
from astra_actors.reporting.ledger_rows import LedgerReading
from astra_actors.reporting.maker_truth import bands, maker_truth
from astra_actors.reporting.portfolio_truth import equity_truth, exposures, start_equity_e10
from astra_actors.reporting.report_html import html_report
from astra_actors.reporting.report_markdown import markdown_report

REPORT_SCHEMA: Final = "1.0"
_SLICES: Final = ("strategy", "category", "event_type", "vol_bucket", "ttr_bucket", "exit_kind")
_STATUS: Final = (
    *("wall_s", "events", "decisions", "cap_breaches", "orphan_orders", "restarts"),
    *("environment_overrides", "repetition"),
    *("phase", "gate_override", "gate_rows"),  # of a live run
)


def build_report(ledger: Path, run_id: str, *, extra: Mapping[str, Any]) -> dict[str, Any]:
    """Read the ledger once and make the report of the run's whole lineage; `extra` is the live status beside it."""
    reading = read_ledger(ledger, run_id)
    start_ns, now_ns = _span(reading, extra)
    standing = Standing(config_hash=reading.run["config_hash"], ledger_ns=now_ns)
    shown = read_evidence(ledger.parent / EVIDENCE, run_id, standing)
    extra = {**extra, "measures": {**shown, **(extra.get("measures") or {})}}
    resolved = [t for t in reading.trades if t.outcome is not None]
    windows = _windows(reading, resolved, start_ns, now_ns)
    entry, forecasts = entry_quality(reading.entries), forecast_quality(reading.forecasts)
    equity = equity_truth(reading, start_ns=start_ns)
    span_days = (now_ns - start_ns) / NS_PER_DAY
    found = measures(
        reading,
        windows["all_time"],
        entry,
        equity,
        {**extra, "start_ns": start_ns, "now_ns": now_ns},
        span_days=span_days,
    )
    report = {
        **_identity(reading, extra, start_ns, now_ns),
        **_headline(reading, resolved, windows["all_time"], entry, equity),
        **bands(reading),
        "windows": windows,
        **_sections(reading, resolved, windows, equity, extra, start_ns),
        "forecast_quality": {"entry": entry, "market": forecasts},
        **_gates(found, extra, span_days, reading),
        "ledger_digest": reading.digest,
        "ledger_path": str(ledger),
    }
    plain: dict[str, Any] = _plain(report)
    return plain


def write_report(report: Mapping[str, Any], folder: Path, label: str) -> Path:
    """Write `<label>.json`, `.html` and `.md`, each whole or not at all; returns the path of the last."""
    write_atomic(folder / f"{label}.json", json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
    write_atomic(folder / f"{label}.html", html_report(report))
    return write_atomic(folder / f"{label}.md", markdown_report(report))


def _span(reading: LedgerReading, extra: Mapping[str, Any]) -> tuple[int, int]:
    now_ns = int(extra.get("now_ns") or reading.last_end_ns or (reading.equity[-1].at_ns if reading.equity else 0))
    first_ns = reading.equity[0].at_ns if reading.equity else now_ns
    return min(int(extra.get("start_ns") or first_ns), now_ns), now_ns


def _identity(reading: LedgerReading, extra: Mapping[str, Any], start_ns: int, now_ns: int) -> dict[str, Any]:
    run = reading.run
    synthetic = run["feed"] == "world"
    return {
        "report_schema": REPORT_SCHEMA,
        "date": day_of(max(now_ns - 1, 0)),
        "run_id": run["run_id"],
        "lineage": reading.lineage,
        "runs": reading.runs,
        "feed": run["feed"],
        "venue": run["venue"],
        "seed": run["seed"],
        "synthetic": synthetic,
        "data": _data(reading),
        "paper_mode": bool(run["paper_mode"]),
        "config_hash": run["config_hash"],
        "git_sha": run["git_sha"],
        "start_ns": start_ns,
        "now_ns": now_ns,
        "end_ns": extra.get("end_ns"),
        "virtual_days": extra.get("virtual_days", (now_ns - start_ns) / NS_PER_DAY),
        **{name: extra.get(name) for name in _STATUS},
    }


def _data(reading: LedgerReading) -> str:
    feed, host = reading.run["feed"], urlsplit(reading.catalogue_url).hostname or ""
    if feed == "world":
        return "SYNTHETIC: simulated markets of the built-in world; no evidence about real markets"
    if feed == "polymarket" and (host in ("localhost", "::1") or host.startswith("127.")):
        return f"markets of an exchange on this machine ({host}), not of Polymarket; no evidence about real markets"
    return f"markets as the {feed} feed showed them"


def _headline(
    reading: LedgerReading,
    resolved: Sequence[TaggedTrade],
    figures: Mapping[str, Stat],
    entry: Mapping[str, Any],
    equity: Mapping[str, Any],
) -> dict[str, Any]:
    ratio, wins = figures["sharpe_per_trade"], figures["win_rate"]
    return {
        "markets": len(reading.markets),
        "orders": reading.counts["orders"],
        "fills": len(reading.fills),
        "trades": len(reading.trades),
        "resolved": len(resolved),
        "categories": len({t.category for t in resolved}),
        "strategies": len({t.strategy for t in resolved}),
        "pnl_usd": equity["pnl_usd"],
        "realised_pnl_usd": usd(sum(t.pnl_e10 for t in reading.trades)),
        "equity_usd": equity["equity_usd"],
        "max_drawdown": equity["max_drawdown"],
        "sharpe_per_trade": ratio.value,
        "sharpe_ci": _ends(ratio),
        "win_rate": wins.value,
        "win_rate_ci": _ends(wins),
        "brier": entry["brier"].value,
        "brier_market": entry["brier_market"].value,
        "brier_n": entry["n"],
    }


def _windows(
    reading: LedgerReading, resolved: Sequence[TaggedTrade], start_ns: int, now_ns: int
) -> dict[str, dict[str, Stat]]:
    """The metrics snapshot of each window; a window begins with the equity that closed trades had reached by then."""
    start_e10 = start_equity_e10(reading)
    table = {}
    for name, days in WINDOWS:
        from_ns = window_start_ns(days, start_ns=start_ns, now_ns=now_ns)
        before_e10 = sum(t.pnl_e10 for t in resolved if t.closed_ns < from_ns)
        table[name] = snapshot(resolved, start_e10=start_e10 + before_e10, start_ns=from_ns, now_ns=now_ns, window=name)
    return table


def _sections(
    reading: LedgerReading,
    resolved: Sequence[TaggedTrade],
    windows: Mapping[str, Mapping[str, Stat]],
    equity: Mapping[str, Any],
    extra: Mapping[str, Any],
    start_ns: int,
) -> dict[str, Any]:
    figures, held = windows["all_time"], exposures(reading)
    curve = curve_stats(usable(resolved), start_e10=start_equity_e10(reading), start_ns=start_ns)
    vetoes = extra.get("vetoes")
    return {
        "portfolio_metrics": {
            **{name: equity[name] for name in ("daily_return", "weekly_return", "monthly_return", "max_drawdown")},
            "sharpe_90d": windows["90d"]["sharpe_annual"],
            "calmar_90d": windows["90d"]["calmar"],
            "cluster_exposures": held["cluster_exposures"],
            "aggregate_exposure": held["aggregate_exposure"],
            "max_market_inventory": held["max_market_inventory"],
            "months": months_usd(curve),
        },
        "metrics": dict(figures),
        "equity": equity,
        "component_attribution": _components(reading),
        "attribution": {tag: attribute(resolved, tag) for tag in _SLICES},
        "risk_metrics": {
            "cluster_pnl": _cluster_pnl(reading, resolved),
            "top_5_markets_pnl": [{"market_id": m, "pnl_usd": v} for m, v in top_markets_pnl(resolved)],
            "events": [{"kind": k, "scope": s, "count": n} for (k, s), n in sorted(reading.risk_events.items())],
            "unreconciled_markets": unreconciled_markets(reading),
        },
        "maker_truth_metrics": maker_truth(reading, vetoes),
        "health_metrics": _health(reading, extra),
        "vetoes": vetoes,
    }


def _components(reading: LedgerReading) -> dict[str, Any]:
    total_e10 = sum(t.pnl_e10 for t in reading.trades)
    taker = sum(fill.liquidity == "TAKER" for fill in reading.fills)
    return {
        "maker_pnl": usd(total_e10) if not taker else None,
        "taker_pnl": 0.0 if not taker else None,
        "taker_fills": taker,
        "total_pnl": usd(total_e10),
    }


def _cluster_pnl(reading: LedgerReading, resolved: Sequence[TaggedTrade]) -> dict[str, float]:
    """P&L by the first cluster of each market, so that the parts add up to the whole."""
    sums: dict[str, int] = {}
    for trade in resolved:
        market = reading.markets.get(trade.market_id)
        cluster = market.clusters[0] if market and market.clusters else "(none)"
        sums[cluster] = sums.get(cluster, 0) + trade.pnl_e10
    return {name: usd(pnl_e10) for name, pnl_e10 in sorted(sums.items(), key=lambda item: (-item[1], item[0]))}


def _health(reading: LedgerReading, extra: Mapping[str, Any]) -> dict[str, Any]:
    events = reading.order_events
    return {
        "ws_market_uptime": feed_uptime(reading, extra),
        "ws_user_uptime": extra.get("user_feed_uptime"),
        "cancel_all_triggers": sum(n for (k, _), n in reading.risk_events.items() if k in ("kill", "pause", "stop"))
        + sum(n for (k, _), n in reading.risk_events.items() if k in ("trading_halted", "trading_killed")),
        "cancel_all_cancels": sum(n for (_, why), n in events.items() if why == "cancel_all"),
        "reconciliation_errors": extra.get("reconciliation_errors"),
        "stale_quote_incidents": sum(n for (kind, _), n in events.items() if kind == "stale_cancel"),
        "unhandled_exceptions": extra.get("unhandled_exceptions"),
        "memory_mb_max": extra.get("memory_mb_max"),
        "alerts": reading.counts["alerts"],
    }


def _gates(
    found: Mapping[str, Any], extra: Mapping[str, Any], span_days: float, reading: LedgerReading
) -> dict[str, Any]:
    synthetic = reading.run["feed"] == "world"
    paper = paper_gate(found)
    said = verdict(paper, span_days=span_days, synthetic=synthetic)
    live = live_gate({**found, "paper_gate": said.passed})
    live_said = verdict(live, span_days=span_days, synthetic=synthetic)
    return {
        "gate": {line.name: line.to_dict() for line in paper},
        "gate_verdict": said,
        "live_gate": {line.name: line.to_dict() for line in live},
        "live_gate_verdict": live_said,
        "gate_outcomes": {**said.counts, "passed": said.passed, "blockers": said.blockers},
    }


def _ends(stat: Stat) -> list[float] | None:
    return None if stat.lo is None or stat.hi is None else [stat.lo, stat.hi]


def _plain(value: Any) -> Any:
    """The value as JSON holds it: statistics as mappings, no infinities, no tuples."""
    if isinstance(value, Stat):
        return _plain(value.to_dict())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return msgspec.to_builtins(value)
