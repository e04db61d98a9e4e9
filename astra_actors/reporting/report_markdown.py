"""The truth report as a page of Markdown: what matters first, every figure with its n and interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from astra_actors.reporting.report_text import figure, gate_title, is_live, measured, money, number, percent, state_line


def markdown_report(report: Mapping[str, Any]) -> str:
    """The whole page."""
    parts = [_head(report), _summary(report), _bands(report), _performance(report), _forecasts(report)]
    parts += [_slices(report), _maker(report), _risk(report), _gate(report), _provenance(report)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(report: Mapping[str, Any]) -> str:
    title = f"# Truth report {report['date']}"
    said = f"{title}\n\n{state_line(report)}\n\n**Data: {report['data']}.**"
    if report.get("gate_override"):
        said += f"\n\n**The live gate had not passed and was overridden: {report['gate_override']}.**"
    return said


def _summary(report: Mapping[str, Any]) -> str:
    equity = report["equity"]
    rows = [
        ("equity", f"{money(report['equity_usd'])} from {money(equity['start_usd'])}"),
        ("profit and loss", f"{money(report['pnl_usd'])} marked, {money(report['realised_pnl_usd'])} in closed trades"),
        ("largest drawdown", f"{percent(report['max_drawdown'])} over {equity['marks']:,} marks"),
        ("markets, orders, fills", f"{report['markets']:,}, {report['orders']:,}, {report['fills']:,}"),
        ("trades resolved", f"{report['resolved']:,} of {report['trades']:,}, {report['categories']} categories"),
        ("trading state", str(equity["trading_state"])),
        ("cap breaches, orphan orders", f"{number(report['cap_breaches'])}, {number(report['orphan_orders'])}"),
    ]
    return "## Summary\n\n" + _table(("", ""), rows)


def _bands(report: Mapping[str, Any]) -> str:
    if is_live(report):
        return ""
    fills, shares, pnl = report["fills_band"], report["shares_band"], report["pnl_band"]
    names = ("pessimistic", "base", "optimistic")
    rows = [
        ("fills", *(f"{fills[name]:,}" for name in names)),
        ("shares", *(f"{shares[name]:,.0f}" for name in names)),
        ("P&L of settled markets", *(money(pnl[name]) for name in names)),
    ]
    note = f"{report['pnl_band_markets']} settled markets; {report['pnl_band_open_excluded']} open ones are not in it."
    return "## The same orders under three readings of the queue\n\n" + _table(("", *names), rows) + f"\n\n{note}"


def _performance(report: Mapping[str, Any]) -> str:
    windows = report["windows"]
    names = list(windows["all_time"])
    rows = [(name, *(figure(windows[w][name]) for w in ("7d", "30d", "all_time"))) for name in names]
    return "## Performance of resolved trades\n\n" + _table(("figure", "7 days", "30 days", "all"), rows)


def _forecasts(report: Mapping[str, Any]) -> str:
    entry, market = report["forecast_quality"]["entry"], report["forecast_quality"]["market"]
    keys = ("brier", "brier_paired", "brier_market", "skill", "skill_p", "expected", "calibration_p", "log_score")
    rows = [(key, figure(entry[key]), figure(market[key])) for key in (*keys, "overconfidence", "rolling")]
    left_out = [f"{quality['voided']}, {quality['unscored']}" for quality in (entry, market)]
    rows.append(("voided, not scored", left_out[0], left_out[1]))
    return "## Forecasts\n\n" + _table(("figure", "at entry", "a day before the close"), rows)


def _slices(report: Mapping[str, Any]) -> str:
    rows = [
        (
            tag,
            part["value"],
            str(part["n"]),
            money(part["pnl_usd"]),
            figure(part["figures"]["sharpe_per_trade"]),
            figure(part["figures"]["win_rate"]),
            "yes" if part["judged"] else "too few",
        )
        for tag, parts in report["attribution"].items()
        for part in parts
    ]
    head = ("by", "value", "trades", "P&L", "Sharpe a trade", "win rate", "judged")
    return "## Where it came from\n\n" + (_table(head, rows) if rows else "No trade is resolved yet.")


def _maker(report: Mapping[str, Any]) -> str:
    rows = [(name, figure(value)) for name, value in report["maker_truth_metrics"].items()]
    return "## Making markets\n\nbps are 1/10,000 of a share's dollar.\n\n" + _table(("figure", ""), rows)


def _risk(report: Mapping[str, Any]) -> str:
    held = report["portfolio_metrics"]
    rows = [(name, money(value)) for name, value in held["cluster_exposures"].items()]
    rows.append(("all positions", money(held["aggregate_exposure"])))
    events = [(e["kind"], e["scope"], str(e["count"])) for e in report["risk_metrics"]["events"]]
    text = "## Risk\n\nWhat filled positions can still lose, by cluster:\n\n" + _table(("cluster", "worst case"), rows)
    return text + ("\n\n" + _table(("event", "scope", "count"), events) if events else "")


def _gate(report: Mapping[str, Any]) -> str:
    said = report["gate_verdict"]
    rows = [
        (line["item"], line["title"], line["status"], measured(line), line["limit"], line["reason"] or "")
        for line in report["gate"].values()
    ]
    head = ("#", "item", "status", "value", "limit", "reason")
    word = "passed" if said["passed"] else "not passed"
    return f"## {gate_title(report).capitalize()}: {word}\n\n{said['advice'].capitalize()}.\n\n" + _table(head, rows)


def _provenance(report: Mapping[str, Any]) -> str:
    rows = [(name, f"`{report[name]}`") for name in ("run_id", "lineage", "config_hash", "git_sha", "ledger_digest")]
    return "## Where every number comes from\n\n" + _table(("", ""), [*rows, ("ledger", f"`{report['ledger_path']}`")])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
