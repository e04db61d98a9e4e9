"""The ruin study as one HTML page: the fan of equity, and every figure with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from astra_actors.reporting.report_charts import WIDTH, nice_ticks
from astra_actors.reporting.report_style import CSS
from astra_actors.simulation.ruin.study import RuinStudy

_LEFT, _RIGHT, _TOP, _FOOT, _HEIGHT = 70, 60, 14, 30, 360
_BANDS: Final = ((0.01, 0.99, 0.12), (0.05, 0.95, 0.18), (0.25, 0.75, 0.28))


def ruin_page(study: RuinStudy, figures: Mapping[str, Any], *, source: str, why: str) -> str:
    """The whole page, without script and without anything from another host."""
    kind = "current caps, sizing and breaker in force" if figures["constrained"] else "without caps and breaker"
    head = (
        f"<h1>Ruin study</h1><p class='sub'>{figures['paths']:,} paths of {figures['trades']:,} trades, {kind}; "
        f"seed {figures['seed']}</p><p class='data'>Returns: {escape(source)}; law {escape(figures['law'])} "
        f"({escape(why)}) {escape(_terms(figures))}</p>"
    )
    body = (
        head
        + f"<h2>Equity, as a multiple of the start</h2><div class='card'>{fan_chart(study)}</div>"
        + _table(figures)
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Astra ruin study</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def fan_chart(study: RuinStudy) -> str:
    """Quantiles of equity over trades as shaded bands around the median, with the ruin level dashed."""
    steps, curves = study.fan_curves()
    low = min(study.plan.ruin_level, *(float(curves[q].min()) for q in curves))
    high = max(1.0, *(float(curves[q].max()) for q in curves))
    ticks = nice_ticks(low, high, count=5)
    across, up = WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _FOOT

    def x(trade: float) -> float:
        return _LEFT + across * trade / study.plan.trades

    def y(value: float) -> float:
        return _TOP + up * (ticks[-1] - value) / (ticks[-1] - ticks[0])

    def points(q: float) -> list[str]:
        start = [f"{x(0):.1f} {y(1.0):.1f}"]
        return start + [f"{x(t):.1f} {y(float(v)):.1f}" for t, v in zip(steps, curves[q], strict=True)]

    body = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        f'<text class="tick end" x="{_LEFT - 8}" y="{y(tick) + 4:.1f}">{tick:g}</text>'
        for tick in ticks
    )
    for trade in nice_ticks(0, study.plan.trades, count=5):
        if trade <= study.plan.trades:
            body += f'<text class="tick mid" x="{x(trade):.1f}" y="{_HEIGHT - 8}">{trade:,.0f}</text>'
    for below, above, shade in _BANDS:
        outline = " L".join(points(below) + points(above)[::-1])
        body += f'<path d="M{outline} Z" style="fill: var(--line); fill-opacity: {shade}"/>'
    body += f'<path class="line" d="M{" L".join(points(0.5))}"/>'
    for q, name in ((0.99, "99 %"), (0.5, "median"), (0.01, "1 %")):
        body += f'<text class="note" x="{WIDTH - _RIGHT + 6}" y="{y(float(curves[q][-1])) + 4:.1f}">{name}</text>'
    level = study.plan.ruin_level
    body += f'<line class="base" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(level):.1f}" y2="{y(level):.1f}"/>'
    return f'<svg viewBox="0 0 {WIDTH} {_HEIGHT}" role="img" aria-label="Fan of simulated equity">{body}</svg>'


def _table(figures: Mapping[str, Any]) -> str:
    rows = [
        ("P(drawdown > 20 %)", figures["p_mdd_20"]),
        ("P(drawdown > 50 %)", figures["p_mdd_50"]),
        (f"P(ruin): equity at or below {figures['ruin_level']:.0%} of the start", figures["p_ruin"]),
        ("mean largest drawdown", figures["mean_mdd"]),
        ("95 % of paths fall no further than", figures["mdd_p95"]),
        ("99 % of paths fall no further than", figures["mdd_p99"]),
    ]
    cells = "".join(
        f"<tr><td>{escape(name)}</td><td class='n'>{one['value']:.4%}</td>"
        f"<td class='n'>{_end(one['ci_low'])} to {_end(one['ci_high'])}</td></tr>"
        for name, one in rows
    )
    gates = "".join(
        f"<tr><td>{escape(name)} below {row['limit']:.1%}</td><td class='n'>upper 95 % bound {row['upper_95']:.4%}</td>"
        f"<td><span class='chip {row['status']}'>{row['status']}</span></td></tr>"
        for name, row in figures["gate"].items()
    )
    return (
        f"<h2>Drawdown and ruin</h2><div class='card'><table><tr><th></th><th>value</th><th>95 % interval</th></tr>"
        f"{cells}</table></div>{_rare(figures)}<h2>Gate</h2><div class='card'><table>{gates}</table></div>"
        f"<p class='foot'>digest {figures['digest']}</p>"
    )


def _rare(figures: Mapping[str, Any]) -> str:
    """Ruin too rare to be seen in the paths, where a caller has it."""
    rare = figures.get("rare_ruin")
    if rare is None:
        return ""
    if rare["p"] is None:
        return f"<p class='sub'>Rare ruin: unknown; {escape(rare['why'])}.</p>"
    interval = f"{rare['ci_low']:.3g} to {rare['ci_high']:.3g}"
    return (
        f"<p class='sub'>Rare ruin, by importance sampling: {rare['p']:.3g} ({interval}), of {escape(rare['of'])}.</p>"
    )


def _end(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4%}"


def _terms(figures: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in figures["law_terms"].items())
