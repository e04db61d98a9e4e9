"""What reports and explanations say of a run that traded at a venue: nothing of a queue that nobody saw."""

from __future__ import annotations

from pathlib import Path

import pytest

from astra_actors.cli.progress import print_summary
from astra_actors.reporting.explain import explain
from astra_actors.reporting.report_html import html_report
from astra_actors.reporting.report_markdown import markdown_report
from astra_actors.reporting.truth_report import build_report

RUN = "11111111-1111-4111-8111-111111111111"
HERE = "http://127.0.0.1:8700/gamma"


@pytest.fixture
def live(build) -> Path:
    return build(feed="polymarket", venue="clob", gamma=HERE)


def test_there_is_one_reading_of_a_live_run(live):
    report = build_report(live, RUN, extra={"cap_breaches": 0})
    for band in ("fills_band", "shares_band", "pnl_band"):
        assert report[band]["pessimistic"] is report[band]["optimistic"] is None
    assert report["fills_band"]["base"] == 2
    for page in (markdown_report(report), html_report(report)):
        assert "readings of the queue" not in page
        assert "Rows of the paper gate" in page
        assert "Paper readiness gate" not in page
        assert "paper trading signs nothing" not in page


def test_an_order_that_the_venue_accepted_shows_that_the_key_works(live):
    assert build_report(live, RUN, extra={})["gate"]["api_key_validated"]["status"] == "PASS"


@pytest.mark.parametrize(
    ("gamma", "said"),
    [
        pytest.param(HERE, "an exchange on this machine (127.0.0.1), not of Polymarket", id="loopback"),
        pytest.param("http://localhost:1/gamma", "an exchange on this machine (localhost)", id="by name"),
        pytest.param("https://gamma-api.polymarket.com", "as the polymarket feed showed them", id="the venue"),
    ],
)
def test_the_markets_are_those_of_their_host(build, gamma, said):
    assert said in build_report(build(feed="polymarket", venue="clob", gamma=gamma), RUN, extra={})["data"]


def test_the_summary_of_a_live_run_has_no_paper_words(live, capsys):
    extra = {"wall_s": 1.0, "events": 1, "decisions": 1, "cap_breaches": 0, "orphan_orders": 0, "restarts": 0}
    print_summary({**build_report(live, RUN, extra=extra), "exit_reason": "stopped", "report_path": "r"})
    said = capsys.readouterr().err
    assert "stopped after 1.0 s" in said
    assert "read otherwise" not in said
    assert "paper readiness gate" not in said.lower()


def test_a_live_fill_is_told_without_a_queue(live, decisions):
    for subject in ("fill-f1", "order-aa1", "0xc01"):
        text = "\n".join(explain(live, decisions, subject))
        assert "latency" not in text
        assert "pessimistic" not in text
        assert "traded at its price" not in text
    assert "matched at the venue" in "\n".join(explain(live, decisions, "fill-f1"))
