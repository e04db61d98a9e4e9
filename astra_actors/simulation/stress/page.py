"""The stress study as one HTML page: the loss of every scenario against the caps, and who contributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from astra_actors.reporting.report_charts import WIDTH, nice_ticks
from astra_actors.reporting.report_style import CSS

_NAME, _RIGHT, _TOP, _STEP, _FOOT = 200, 160, 26, 34, 24
_BAR: Final = 9
PAIRS_SHOWN: Final = 12


def stress_page(figures: Mapping[str, Any]) -> str:
    """The whole page, without script and without anything from another host."""
    held = figures["portfolio"]
    body = (
        f"<h1>Stress study</h1><p class='sub'>{len(figures['scenarios'])} scenarios and {len(figures['pairs'])} combinations"
        f" of two on {held['positions']} positions and {held['orders']} open orders</p>"
        f"<p class='data{' synthetic' if held.get('synthetic') else ''}'>{escape(str(held['source']))}; equity "
        f"{_usd(held['equity_usd'])}, bankroll {_usd(held['bankroll_usd'])}</p>"
        + _verdict(figures)
        + f"<h2>What each scenario costs</h2><div class='card'>{loss_chart(figures)}</div>"
        + _scenarios(figures["scenarios"])
        + _uses(figures["scenarios"])
        + _clusters(figures["scenarios"])
        + _pairs(figures["pairs"])
        + _fullest(figures.get("fullest"))
        + f"<p class='foot'>digest {figures['digest']}</p>"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Astra stress study</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def loss_chart(figures: Mapping[str, Any]) -> str:
    """A pair of bars a scenario, at cost (what caps count) and at mark, with the cluster cap and the 40 % as lines."""
    rows = sorted(figures["scenarios"], key=lambda row: -row["loss_at_cost_usd"])
    caps = figures["portfolio"]["caps_usd"]
    lines = (("cluster cap", caps["cluster"]), ("40 %", caps["all losses"]))
    values = [value for row in rows for value in (row["loss_usd"], row["loss_at_cost_usd"])]
    ticks = nice_ticks(min(0.0, *values), max(*values, *(value for _, value in lines), 1.0), count=5)
    height = _TOP + _STEP * len(rows) + _FOOT
    room = WIDTH - _NAME - _RIGHT

    def x(value: float) -> float:
        return _NAME + room * (value - ticks[0]) / (ticks[-1] - ticks[0])

    body = "".join(
        f'<line class="grid" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{_TOP}" y2="{height - _FOOT}"/>'
        f'<text class="tick mid" x="{x(tick):.1f}" y="{height - 6}">{tick:,.0f}</text>'
        for tick in ticks
    )
    for name, value in lines:
        body += (
            f'<line class="base" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{_TOP}" y2="{height - _FOOT}"/>'
            f'<text class="note mid" x="{x(value):.1f}" y="{_TOP - 9}">{name} {value:,.0f}</text>'
        )
    for name, end in (("at cost", WIDTH - _RIGHT + 72), ("at mark", WIDTH - 4)):
        body += f'<text class="tick end" x="{end}" y="{_TOP - 9}">{name}</text>'
    for place, row in enumerate(rows):
        body += _bars(row, _TOP + _STEP * place, x)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Loss of every scenario in dollars">{body}</svg>'


def _bars(row: Mapping[str, Any], top: float, x: Any) -> str:
    middle = top + _STEP / 2
    parts = f'<text class="name" x="{_NAME - 10}" y="{middle + 4:.1f}">{escape(row["name"])}</text>'
    for key, offset, tone in (("loss_at_cost_usd", -_BAR - 1, "loss"), ("loss_usd", 1, "loss pale")):
        left, right = sorted((x(0.0), x(row[key])))
        colour = tone if row[key] >= 0 else tone.replace("loss", "gain")
        parts += (
            f'<rect class="{colour}" x="{left:.1f}" y="{middle + offset:.1f}" width="{max(right - left, 1.0):.1f}"'
            f' height="{_BAR}" rx="1"/>'
        )
    for key, end in (("loss_at_cost_usd", WIDTH - _RIGHT + 72), ("loss_usd", WIDTH - 4)):
        parts += f'<text class="note end" x="{end}" y="{middle + 4:.1f}">{row[key]:,.2f}</text>'
    return parts


def _verdict(figures: Mapping[str, Any]) -> str:
    worst, said = figures["worst"], figures["verdict"]
    lines = "".join(f"<p>{escape(line)}</p>" for line in (*figures["reasons"], *figures["notes"]))
    return (
        f"<p class='said'><span class='chip {said}'>{said}</span> worst case {escape(worst['name'])}: "
        f"{_usd(worst['loss_usd'])}, {worst['share_of_bankroll']:.2%} of the bankroll</p>{lines}"
    )


def _scenarios(rows: Sequence[Mapping[str, Any]]) -> str:
    cells = "".join(
        f"<tr><td>{escape(row['name'])}<br><span class='sub'>{escape(row['why'])}</span></td>"
        f"<td class='n'>{_usd(row['loss_at_cost_usd'])}</td><td class='n'>{_usd(row['loss_usd'])}</td>"
        f"<td class='n'>{row['share_of_bankroll']:.2%}</td><td>{_tight(row['tightest'])}</td><td>{_who(row)}</td>"
        f"<td><span class='chip {row['status']}'>{row['status']}</span></td></tr>"
        for row in rows
    )
    return (
        "<h2>Against the caps</h2><p class='sub'>Caps count losses at cost. The other figure is measured from marked"
        " equity. In the picture the upper bar is the loss at cost.</p><div class='card'><table><tr><th>scenario</th>"
        "<th>at cost</th><th>at mark</th><th>of bankroll</th><th>tightest cap</th><th>most of it</th><th></th></tr>"
        f"{cells}</table></div>"
    )


def _uses(rows: Sequence[Mapping[str, Any]]) -> str:
    kinds = list(rows[0]["cap_use"])
    cells = "".join(
        f"<tr><td>{escape(row['name'])}</td>"
        + "".join(f"<td class='n'>{_percent(row['cap_use'][kind])}</td>" for kind in kinds)
        + "</tr>"
        for row in rows
    )
    heads = "".join(f"<th>{escape(kind)}</th>" for kind in kinds)
    return (
        "<h2>How much of each cap</h2><p class='sub'>Of each kind the fullest: the loss at cost as a share of the cap. Above"
        " 100 % it is broken; a market's own decides nothing.</p>"
        f"<div class='card'><table><tr><th>scenario</th>{heads}</tr>{cells}</table></div>"
    )


def _clusters(rows: Sequence[Mapping[str, Any]]) -> str:
    found: Mapping[str, Any] = next((row["clusters"] for row in rows if row["clusters"]), {})
    ranked = sorted(found.items(), key=lambda item: (-item[1]["loss_at_cost_usd"], item[0]))[:PAIRS_SHOWN]
    cells = "".join(
        f"<tr><td>{escape(name)}</td><td class='n'>{_usd(loss['loss_at_cost_usd'])}</td>"
        f"<td class='n'>{_usd(loss['loss_usd'])}</td></tr>"
        for name, loss in ranked
    )
    if not cells:
        return ""
    return (
        "<h2>Every cluster, resolved against us</h2><div class='card'><table><tr><th>cluster</th><th>at cost</th>"
        f"<th>at mark</th></tr>{cells}</table></div>"
    )


def _pairs(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    cells = "".join(
        f"<tr><td>{escape(row['name'])}</td><td class='n'>{_usd(row['loss_at_cost_usd'])}</td>"
        f"<td class='n'>{_usd(row['loss_usd'])}</td><td class='n'>{row['share_of_bankroll']:.2%}</td>"
        f"<td>{_tight(row['tightest'])}</td></tr>"
        for row in rows[:PAIRS_SHOWN]
    )
    return (
        "<h2>Two at once, the worst</h2><div class='card'><table><tr><th>one then the other</th><th>at cost</th>"
        f"<th>at mark</th><th>of bankroll</th><th>tightest cap</th></tr>{cells}</table></div>"
    )


def _fullest(figures: Mapping[str, Any] | None) -> str:
    if figures is None:
        return ""
    held = figures["portfolio"]
    return (
        f"<h2>The fullest book that the caps allow</h2><p class='sub'>A risk authority of its own dealt leases to "
        f"{held['markets']} markets in {held['clusters']} clusters, and every lease was spent whole: {held['positions']} "
        f"positions, {_usd(held['exposure_usd'])} at risk; the next order was refused {held['orders_refused']} times."
        f"</p>{_verdict(figures)}<div class='card'>{loss_chart(figures)}</div>"
    )


def _tight(check: Mapping[str, Any]) -> str:
    use = "no cap" if check["use"] is None else f"{check['use']:.1%}"
    return escape(f"{check['scope']} {check['name']}: {use} of {_usd(check['cap_usd'])}".replace(" :", ":"))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _who(row: Mapping[str, Any]) -> str:
    return escape(", ".join(f"{one['market_id']} {one['loss_usd']:,.2f}" for one in row["contributors"][:3]))


def _usd(value: float) -> str:
    return f"${value:,.2f}" if value >= 0 else f"−${-value:,.2f}"
