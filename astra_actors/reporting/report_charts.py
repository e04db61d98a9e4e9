"""Charts as inline SVG: drawn by hand, coloured by the page's own style, readable without script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from astra_actors.kernel.units import NS_PER_DAY
from astra_actors.metrics.equity_stats import day_of
from astra_actors.reporting.report_text import money, number, percent

WIDTH: Final = 880
_LEFT, _RIGHT, _TOP, _FOOT = 70, 20, 14, 26  # room for the labels of the axes


def line_chart(points: Sequence[tuple[int, float]], *, base: float, label: str, height: int = 240) -> str:
    """One line over time with a dashed level it began from; time in ns, values in dollars."""
    if len(points) < 2:
        return _empty(label)
    low, high = min(base, *(v for _, v in points)), max(base, *(v for _, v in points))
    ticks = nice_ticks(low, high)
    x, y = _scales(points[0][0], points[-1][0], ticks[0], ticks[-1], height)
    path = "M" + " L".join(f"{x(t):.1f} {y(v):.1f}" for t, v in points)
    last_t, last_v = points[-1]
    body = _grid(ticks, y, lambda v: f"${v:,.0f}" if ticks[-1] - ticks[0] >= 8 else f"${v:,.2f}")
    body += _days(points[0][0], points[-1][0], x, height)
    body += f'<line class="base" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(base):.1f}" y2="{y(base):.1f}"/>'
    body += f'<path class="line" d="{path}"/><circle class="dot" cx="{x(last_t):.1f}" cy="{y(last_v):.1f}" r="3.5"/>'
    return _svg(body, height, f"{label}: from {money(points[0][1])} to {money(last_v)}")


def drawdown_chart(points: Sequence[tuple[int, float]], *, label: str, height: int = 120) -> str:
    """The fall from the peak over time, hanging from 0; values are positive fractions."""
    if len(points) < 2:
        return _empty(label)
    deepest = max(v for _, v in points)
    ticks = [-t for t in reversed(nice_ticks(0.0, max(deepest, 0.001), count=3))]
    x, y = _scales(points[0][0], points[-1][0], ticks[0], 0.0, height)
    line = " L".join(f"{x(t):.1f} {y(-v):.1f}" for t, v in points)
    area = f"M{x(points[0][0]):.1f} {y(0.0):.1f} L{line} L{x(points[-1][0]):.1f} {y(0.0):.1f} Z"
    places = 1 if -ticks[0] >= 0.01 else 2
    body = _grid(ticks, y, lambda v: f"{'−' if v < 0 else ''}{abs(v) * 100:.{places}f}%")
    body += f'<path class="fall" d="{area}"/>' + _days(points[0][0], points[-1][0], x, height)
    return _svg(body, height, f"{label}: deepest {percent(deepest)}")


def bar_chart(rows: Sequence[tuple[str, float, str, bool]], *, label: str) -> str:
    """Horizontal bars around 0 as (name, dollars, note, pale); the sign stands in words as well as in colour."""
    if not rows:
        return _empty(label)
    step, name_width, note_width = 30, 210, 230
    height = step * len(rows) + 8
    low, high = min(0.0, *(v for _, v, _, _ in rows)), max(0.0, *(v for _, v, _, _ in rows))
    span = (high - low) or 1.0
    room = WIDTH - name_width - note_width
    zero = name_width + room * (0.0 - low) / span
    body = f'<line class="axis" x1="{zero:.1f}" x2="{zero:.1f}" y1="0" y2="{height}"/>'
    for i, (name, value, note, pale) in enumerate(rows):
        width = room * abs(value) / span
        left = zero if value >= 0 else zero - width
        kind = ("gain" if value >= 0 else "loss") + (" pale" if pale else "")
        middle = i * step + step / 2 + 4
        body += f'<text class="name" x="{name_width - 10}" y="{middle + 4:.1f}">{escape(_short(name))}</text>'
        body += (
            f'<rect class="{kind}" x="{left:.1f}" y="{middle - 9:.1f}" width="{max(width, 1):.1f}" height="18" rx="2"/>'
        )
        body += f'<text class="note" x="{WIDTH - note_width + 12}" y="{middle + 4:.1f}">{escape(note)}</text>'
    return _svg(body, height, f"{label}: {len(rows)} rows")


def reliability_chart(bins: Sequence[Mapping[str, Any]], *, label: str, side: int = 300) -> str:
    """Promised against happened; the area of a point is the number of forecasts in its bin."""
    filled = [b for b in bins if b["n"]]
    if not filled:
        return _empty(label)
    edge, top = 38, 18  # the largest bubble has room at the border
    room = side - edge - top
    most = max(b["n"] for b in filled)

    def x(p: float) -> float:
        return edge + room * p

    def y(p: float) -> float:
        return top + room * (1 - p)

    body = ""
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        body += f'<line class="grid" x1="{x(0):.1f}" x2="{x(1):.1f}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        body += f'<text class="tick end" x="{edge - 6}" y="{y(tick) + 4:.1f}">{tick:g}</text>'
        body += f'<text class="tick mid" x="{x(tick):.1f}" y="{side - 2}">{tick:g}</text>'
    body += f'<line class="base" x1="{x(0):.1f}" y1="{y(0):.1f}" x2="{x(1):.1f}" y2="{y(1):.1f}"/>'
    for b in filled:
        radius = 3 + 11 * math.sqrt(b["n"] / most)
        said = f"{b['n']} forecasts, promised {b['mean_p']:.2f}, happened {b['mean_y']:.2f}"
        body += (
            f'<circle class="bubble" cx="{x(b["mean_p"]):.1f}" cy="{y(b["mean_y"]):.1f}" r="{radius:.1f}">'
            f"<title>{escape(said)}</title></circle>"
        )
    return _svg(body, side, label, width=side)


def nice_ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round values that cover [low, high] in about `count` steps."""
    if high <= low:
        pad = abs(high) * 0.01 or 1.0
        low, high = low - pad, high + pad
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999_999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [i * step for i in range(first, last + 1)]


def _scales(t0: int, t1: int, low: float, high: float, height: int) -> tuple[Any, Any]:
    across, up = WIDTH - _LEFT - _RIGHT, height - _TOP - _FOOT

    def x(t: float) -> float:
        return _LEFT + across * (t - t0) / max(t1 - t0, 1)

    def y(v: float) -> float:
        return _TOP + up * (high - v) / ((high - low) or 1.0)

    return x, y


def _grid(ticks: Sequence[float], y: Any, text: Any) -> str:
    return "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(v):.1f}" y2="{y(v):.1f}"/>'
        f'<text class="tick end" x="{_LEFT - 8}" y="{y(v) + 4:.1f}">{text(v)}</text>'
        for v in ticks
    )


def _days(t0: int, t1: int, x: Any, height: int) -> str:
    """Up to seven dates at midnights."""
    first, last = -(-t0 // NS_PER_DAY), t1 // NS_PER_DAY
    step = max(1, math.ceil((last - first + 1) / 7))
    return "".join(
        f'<text class="tick mid" x="{x(day * NS_PER_DAY):.1f}" y="{height - 6}">{day_of(day * NS_PER_DAY)[5:]}</text>'
        for day in range(first, last + 1, step)
        if _LEFT <= x(day * NS_PER_DAY) <= WIDTH - _RIGHT - 10
    )


def _svg(body: str, height: float, label: str, width: int = WIDTH) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">{body}</svg>'


def _empty(label: str) -> str:
    return f'<p class="none">{escape(label)}: nothing to draw yet.</p>'


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:12]}…{name[-12:]}"


def count_note(n: int, pnl: float, judged: bool) -> str:
    """What stands behind a bar."""
    return f"{money(pnl)} · {number(n)} trades" + ("" if judged else " · too few")
