"""The truth report as one HTML file: no script, nothing from another host, legible in light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from astra_actors.reporting.report_charts import (
    bar_chart,
    count_note,
    drawdown_chart,
    line_chart,
    reliability_chart,
)
from astra_actors.reporting.report_style import CSS
from astra_actors.reporting.report_text import (
    figure,
    gate_title,
    is_live,
    measured,
    money,
    number,
    percent,
    state_line,
)


def html_report(report: Mapping[str, Any]) -> str:
    """The whole page."""
    parts = (_tiles, _equity, _bands, _sources, _forecasts, _gate, _figures, _maker, _provenance)
    body = _head(report) + "".join(part(report) for part in parts)
    title = escape(f"Astra {report['date']}" + (" (synthetic)" if report["synthetic"] else ""))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _head(report: Mapping[str, Any]) -> str:
    line = escape(state_line(report).replace("`", ""))
    kind = "data synthetic" if report["synthetic"] else "data"
    return (
        f"<h1>Truth report, {escape(report['date'])}</h1>\n<p class='sub'>{line}</p>\n"
        f"<p class='{kind}'>Data: {escape(report['data'])}.</p>\n"
    )


def _tiles(report: Mapping[str, Any]) -> str:
    pnl, said = report["pnl_usd"], report["gate_verdict"]
    ratio, wins = report["metrics"]["sharpe_per_trade"], report["metrics"]["win_rate"]
    breaches, gate = report["cap_breaches"], "paper gate's rows" if is_live(report) else "paper gate"
    tiles = [
        ("equity", money(report["equity_usd"]), f"began with {money(report['equity']['start_usd'])}", ""),
        ("profit and loss", money(pnl), f"{money(report['realised_pnl_usd'])} in closed trades", _sign(pnl)),
        ("largest drawdown", percent(report["max_drawdown"]), money(report["equity"]["max_drawdown_usd"]), ""),
        ("Sharpe a trade", number(ratio["value"]), _interval(ratio), ""),
        ("win rate", percent(wins["value"], 1), _interval(wins, 100, "%"), ""),
        ("Brier score", number(report["brier"]), f"the market's {number(report['brier_market'])}, n {report['brier_n']}", ""),
        ("trades resolved", number(report["resolved"]), f"{report['fills']:,} fills of {report['orders']:,} orders", ""),
        ("cap breaches", number(breaches), f"{number(report['orphan_orders'])} orphan orders", "bad" if breaches else ""),
        (gate, "passed" if said["passed"] else "not passed", f"{said['counts']['PASS']} rows pass", ""),
    ]  # fmt: skip
    cells = "".join(
        f"<div class='tile {kind}'><span>{escape(name)}</span><b>{escape(value)}</b><span>{escape(note)}</span></div>\n"
        for name, value, note, kind in tiles
    )
    return f"<div class='tiles'>\n{cells}</div>\n"


def _equity(report: Mapping[str, Any]) -> str:
    curve, start = report["equity"]["curve"], report["equity"]["start_usd"]
    label = "Equity" + _mark(report)
    return (
        f"<h2>{label}</h2>\n<div class='card'>"
        + line_chart([(t, v) for t, v, _ in curve], base=start, label=label)
        + "<h3>Fall from the peak</h3>"
        + drawdown_chart([(t, d) for t, _, d in curve], label="Drawdown")
        + "</div>\n"
    )


def _bands(report: Mapping[str, Any]) -> str:
    if is_live(report):
        return ""
    names = ("pessimistic", "base", "optimistic")
    rows = [
        ["fills", *(number(report["fills_band"][n]) for n in names)],
        ["shares", *(f"{report['shares_band'][n]:,.0f}" for n in names)],
        ["P&L of settled markets", *(money(report["pnl_band"][n]) for n in names)],
    ]
    bars = [(n, report["pnl_band"][n], money(report["pnl_band"][n]), n != "base") for n in names]
    note = (
        f"P&L over {report['pnl_band_markets']} settled markets; {report['pnl_band_open_excluded']} open ones are not in it. "
        "More fills need not earn more: those who trade with us choose when."
    )
    return (
        f"<h2>The same orders under three readings of the queue{_mark(report)}</h2>\n<div class='card'>"
        + _table(["", *names], rows)
        + bar_chart(bars, label="P&L band")
        + f"<p class='sub'>{escape(note)}</p></div>\n"
    )


def _sources(report: Mapping[str, Any]) -> str:
    text = f"<h2>Where it came from{_mark(report)}</h2>\n<div class='card'>"
    for tag, title in (("strategy", "Strategy"), ("category", "Category"), ("ttr_bucket", "Time to resolution")):
        bars = [
            (part["value"], part["pnl_usd"], count_note(part["n"], part["pnl_usd"], part["judged"]), not part["judged"])
            for part in report["attribution"][tag]
        ]
        text += f"<h3>{title}</h3>" + bar_chart(bars, label=f"P&L by {title.lower()}")
    return text + "<p class='sub'>Pale bars have under 100 trades and judge nothing yet.</p></div>\n"


def _forecasts(report: Mapping[str, Any]) -> str:
    entry, market = report["forecast_quality"]["entry"], report["forecast_quality"]["market"]
    keys = (
        "brier",
        "brier_paired",
        "brier_market",
        "skill",
        "skill_p",
        "expected",
        "calibration_p",
        "overconfidence",
        "rolling",
    )
    rows = [[key, figure(entry[key]), figure(market[key])] for key in keys]
    rows.append(["voided, not scored", *(f"{q['voided']}, {q['unscored']}" for q in (entry, market))])
    charts = "".join(
        f"<div><h3>{title}</h3>{reliability_chart(quality['reliability'], label=f'Reliability {title}')}</div>"
        for title, quality in (("At entry", entry), ("A day before the close", market))
    )
    return (
        f"<h2>Forecasts{_mark(report)}</h2>\n<div class='card'><div class='pair'>{charts}</div>"
        "<p class='sub'>Across: promised. Up: happened. On the dashed line both agree.</p>"
        + _table(["figure", "at entry", "a day before the close"], rows)
        + "</div>\n"
    )


def _gate(report: Mapping[str, Any]) -> str:
    text = ""
    for key, title in (("gate", gate_title(report).capitalize()), ("live_gate", "Live readiness gate")):
        said = report[f"{key}_verdict"]
        rows = "".join(_gate_row(line) for line in report[key].values())
        word = "passed" if said["passed"] else "not passed"
        head = "<tr><th>#</th><th>item</th><th>status</th><th>value</th><th>limit</th><th>reason</th></tr>"
        table = f"<table>{head}{rows}</table>"
        inner = table if key == "gate" else f"<details><summary>all rows</summary>{table}</details>"
        text += (
            f"<h2>{title}: {word}</h2>\n<div class='card'><p class='said'>{escape(said['advice'].capitalize())}.</p>"
            f"<p class='sub'>{_counts(said['counts'])}</p>{inner}</div>\n"
        )
    return text


def _gate_row(line: Mapping[str, Any]) -> str:
    cells = (line["item"], line["title"] + ("" if line["binding"] else " (shown only)"))
    chip = f"<span class='chip {line['status']}'>{line['status']}</span>"
    left = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    right = "".join(f"<td>{escape(cell)}</td>" for cell in (measured(line), line["limit"], line["reason"] or ""))
    return f"<tr>{left}<td>{chip}</td>{right}</tr>\n"


def _figures(report: Mapping[str, Any]) -> str:
    windows = report["windows"]
    rows = [[name, *(figure(windows[w][name]) for w in windows)] for name in windows["all_time"]]
    return f"<h2>Performance of resolved trades{_mark(report)}</h2>\n<div class='card'>{_table(['', *windows], rows)}</div>\n"


def _maker(report: Mapping[str, Any]) -> str:
    rows = [[name, figure(value)] for name, value in report["maker_truth_metrics"].items()]
    vetoes = sorted((report["vetoes"] or {}).items(), key=lambda item: (-item[1], item[0]))
    text = (
        f"<h2>Making markets{_mark(report)}</h2>\n<div class='card'>"
        "<p class='sub'>bps are 1/10,000 of a share's dollar.</p>" + _table(["figure", ""], rows) + "</div>\n"
    )
    if vetoes:
        text += "<h2>Why it did not quote</h2>\n<div class='card'>"
        text += _table(["veto", "decisions"], [[name, number(count)] for name, count in vetoes]) + "</div>\n"
    return text


def _provenance(report: Mapping[str, Any]) -> str:
    names = ("run_id", "lineage", "config_hash", "git_sha", "ledger_digest", "ledger_path")
    rows = "".join(f"<tr><td>{n}</td><td><code>{escape(str(report[n]))}</code></td></tr>" for n in names)
    return f"<h2>Where every number comes from</h2>\n<div class='card'><table>{rows}</table></div>\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f"<table><tr>{top}</tr>\n{body}</table>"


def _interval(stat: Mapping[str, Any], scale: float = 1.0, unit: str = "") -> str:
    if stat["value"] is None or stat["lo"] is None:
        return stat["reason"] or f"n {stat['n']}"
    ends = f"{stat['lo'] * scale:.3g}{unit} to {stat['hi'] * scale:.3g}{unit}"
    return f"{ends}, n {stat['n']:,}" + (", too few" if stat["reason"] else "")


def _counts(counts: Mapping[str, int]) -> str:
    return f"{counts['PASS']} pass, {counts['FAIL']} fail, {counts['UNKNOWN']} unknown (which counts as not passed)"


def _mark(report: Mapping[str, Any]) -> str:
    return " (synthetic)" if report["synthetic"] else ""


def _sign(value: float) -> str:
    return "good" if value > 0 else "bad" if value < 0 else ""
