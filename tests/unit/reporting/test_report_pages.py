"""The HTML and Markdown pages: well formed, self-contained, escaped, and honest about synthetic data."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from astra_actors.reporting.report_charts import bar_chart, drawdown_chart, line_chart, nice_ticks, reliability_chart
from astra_actors.reporting.report_html import html_report
from astra_actors.reporting.report_markdown import markdown_report
from astra_actors.reporting.report_text import figure, measured, money, number, percent
from astra_actors.reporting.truth_report import build_report

RUN = "11111111-1111-4111-8111-111111111111"
VOID = {"meta"}  # everything else closes itself or is closed


class Strict(HTMLParser):
    """A parser that insists on matching tags and remembers what it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: dict[str, int] = {}
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing of its own"


def parsed(text: str) -> Strict:
    parser = Strict()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


@pytest.fixture
def report(ledger):
    return build_report(ledger, RUN, extra={"vetoes": {"<script>alert(1)</script>": 3}, "cap_breaches": 0})


def test_the_page_parses_and_needs_no_other_host(report):
    text = html_report(report)
    page = parsed(text)
    assert "://" not in text
    assert not {name for name, _ in page.attributes} & {"src", "href", "onclick", "srcset"}
    assert not {"script", "link", "img", "iframe"} & set(page.seen)
    assert "url(" not in text and "@import" not in text
    assert page.seen["svg"] >= 7


def test_what_comes_from_outside_is_escaped(report):
    assert "<script>" not in html_report(report)
    assert "&lt;script&gt;alert(1)" in html_report(report)


def test_synthetic_is_said_at_every_figure(report):
    text = html_report(report)
    for heading in ("Equity", "Where it came from", "Forecasts", "Performance of resolved trades", "Making markets"):
        assert f"<h2>{heading} (synthetic)</h2>" in text
    assert "Data: SYNTHETIC" in text
    assert "**Data: SYNTHETIC" in markdown_report(report)


def test_a_real_feed_is_not_called_synthetic(build):
    report = build_report(build(feed="polymarket"), RUN, extra={})
    assert "ynthetic" not in re.sub(
        r"\.synthetic \{[^}]*\}|\.data\.synthetic", "", html_report(report).split("</style>")[1]
    )
    assert "SYNTHETIC" not in markdown_report(report)


def test_light_and_dark_are_both_there(report):
    text = html_report(report)
    assert "prefers-color-scheme: dark" in text
    assert "color-scheme: light dark" in text


def test_markdown_tables_are_rectangular(report):
    text = markdown_report(report)
    widths: set[int] = set()
    for row in text.splitlines():
        if row.startswith("|"):
            widths.add(len(re.findall(r"(?<!\\)\|", row)))
        else:
            assert len(widths) <= 1, f"a table before {row!r} has rows of {widths}"
            widths = set()


def test_charts_without_data_say_so():
    assert "nothing to draw" in line_chart([], base=0.0, label="Equity")
    assert "nothing to draw" in drawdown_chart([(0, 0.0)], label="Drawdown")
    assert "nothing to draw" in bar_chart([], label="Bars")
    assert "nothing to draw" in reliability_chart([], label="Reliability")


def test_a_flat_line_is_drawn():
    for chart in (
        line_chart([(0, 5.0), (10, 5.0)], base=5.0, label="Equity"),
        drawdown_chart([(0, 0.0), (10, 0.0)], label="Drawdown"),
    ):
        parsed(chart)
        assert "nan" not in chart.lower()


def test_bars_point_to_their_sign():
    chart = bar_chart([("up", 2.0, "n", False), ("down", -1.0, "n", True)], label="P&L")
    rects = re.findall(r'<rect class="([^"]+)" x="([\d.]+)"[^>]* width="([\d.]+)"', chart)
    zero = float(re.search(r'class="axis" x1="([\d.]+)"', chart).group(1))
    assert [kind for kind, _, _ in rects] == ["gain", "loss pale"]
    assert float(rects[0][1]) == pytest.approx(zero, abs=0.11)
    assert float(rects[1][1]) + float(rects[1][2]) == pytest.approx(zero, abs=0.11)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        pytest.param(0.0, 1.0, [0.0, 0.25, 0.5, 0.75, 1.0], id="a unit"),
        pytest.param(4990.0, 5030.0, [4990.0, 5000.0, 5010.0, 5020.0, 5030.0], id="equity"),
        pytest.param(0.0, 0.0, [-1.0, -0.5, 0.0, 0.5, 1.0], id="nothing moved, from nothing"),
    ],
)
def test_ticks_are_round(low, high, ticks):
    assert nice_ticks(low, high) == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(money(0.125), "$0.12", id="half to even, in decimal"),
        pytest.param(money(0.145), "$0.14", id="0.145 is half as written, whatever its double says"),
        pytest.param(money(-0.125), "−$0.12", id="half to even below zero"),
        pytest.param(money(1234.5), "$1,234.50", id="thousands"),
        pytest.param(money(None), "–", id="no money known"),
        pytest.param(percent(0.1234), "12.34%", id="a fraction"),
        pytest.param(number(True), "yes", id="a boolean is no number"),
        pytest.param(number(12345), "12,345", id="a count in full"),
        pytest.param(
            figure({"value": None, "n": 0, "lo": None, "hi": None, "reason": "no trades"}),
            "– (no trades)",
            id="null says why",
        ),
        pytest.param(
            figure({"value": 0.5, "n": 4, "lo": 0.1, "hi": 0.9, "reason": None}),
            "0.5 [0.1, 0.9] (n 4)",
            id="n and interval",
        ),
        pytest.param(
            figure({"value": 0.5, "n": 4, "lo": None, "hi": None, "reason": "few"}),
            "0.5 (n 4, too few)",
            id="a small sample",
        ),
        pytest.param(measured({"value": 0.5, "unit": "frac", "n": 4}), "50.00% (n 4)", id="a gate's fraction"),
        pytest.param(measured({"value": True, "unit": "", "n": None}), "yes", id="a gate's yes"),
    ],
)
def test_figures_read_well(text, expected):
    assert text == expected
