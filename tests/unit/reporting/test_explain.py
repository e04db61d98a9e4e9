"""Why something happened: what `explain` finds, what it says, and what it refuses."""

from __future__ import annotations

import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from astra_actors.reporting.decision_artifact import QuoteLine
from astra_actors.reporting.explain import explain
from astra_actors.reporting.explain_text import exact_usd, quote_line
from astra_actors.risk.remedies import REMEDIES
from astra_actors.risk.veto import Veto

RUN = "11111111-1111-4111-8111-111111111111"


def told(ledger, decisions, subject, **more) -> str:
    return "\n".join(explain(ledger, decisions, subject, **more))


def test_an_order_is_told_from_decision_to_markout(ledger, decisions):
    text = told(ledger, decisions, "order-aa1")
    for words in (
        "BUY YES 10.00 shares at $0.4000",
        "in YES terms a bid at $0.4000",
        "worst case reserved $4.00",
        "decision dec-aa at 2026-05-02 00:00:00.000 UTC",
        "edge 0.0500 − slippage 0.0200 − adverse 0.0040 − resolution 0.0060 = 0.0200, above 0.005",
        "resolution_risk: open for orders that shrink the position; RESOLUTION_RISK observed 0.28, limit 0.2",
        "+1.000 s submit, 10.00 shares left, 120.00 shares ahead of it in the queue",
        "+5.000 s fill_last, 0.00 shares left",
        "traded at its price since 150.00 shares, latency 43.0 ms",
        "so it earned +200.0 bps at once",
        "30 s later the mid stood +300.0 bps from its price",
        "120 s later the mid stood unknown from its price",
        "pessimistic: 0.00 shares filled",
        "optimistic: 10.00 shares filled",
    ):
        assert words in text


def test_an_order_on_no_is_read_in_yes_terms(ledger, decisions):
    assert "BUY NO 5.00 shares at $0.3000, GTD MAKER_QUOTE; in YES terms an ask at $0.7000" in told(
        ledger, decisions, "order-ab2"
    )


def test_an_order_without_its_artifact_says_so(ledger, decisions):
    assert "decision dec-dd is not among the artifacts" in told(ledger, decisions, "order-dd4")
    assert "nothing came back from the venue" in told(ledger, decisions, "order-dd4")


def test_a_trade_is_arithmetic(ledger, decisions):
    text = told(ledger, decisions, "trade-t1")
    assert "profit: $10.00 back − $4.00 paid − $0.00 fees = $6.00, +150.00% of what it cost" in text
    assert "10.00 shares for $4.00, on average $0.4000 a share" in text
    assert "the market's outcome: YES" in text
    assert "believed at entry: YES 0.6000, the market 0.5000 (est-1)" in text
    assert "fill-f1 of order-aa1" in text


def test_a_fill_names_its_trade_or_says_it_is_open(ledger, decisions):
    assert "part of trade trade-t1" in told(ledger, decisions, "fill-f1")
    text = told(ledger, decisions, "fill-f2")
    assert "its trade is still open" in text
    assert "mid none of YES, so it earned an unknown amount at once" in text


def test_a_market_says_why_it_was_last_skipped(ledger, decisions):
    text = told(ledger, decisions, "0xma7")
    assert "decision dec-b1" in text  # the last skip, not the last decision
    assert "phase: closed by PHASE observed 1.5 (close_window)" in text
    assert f"action: SKIP because of PHASE: {Veto.PHASE.value}" in text
    assert f"what to do: {REMEDIES[Veto.PHASE]}" in text
    assert "definition: none could be read; no source is named" in text
    assert "2 orders, 1 fills of 5.00 shares, closed trades: 0, $0.00" in text


def test_a_market_that_settled_says_what_it_paid(ledger, decisions):
    text = told(ledger, decisions, "slug-crypto")
    assert "settled YES by one and two" in text
    assert "profit $6.00 (pessimistic −$1.00, optimistic $6.00)" in text
    assert "it was never skipped" in text


def test_a_decision_by_its_prefix(ledger, decisions):
    assert "decision dec-aa" in told(ledger, decisions, "dec-aa")
    assert "action: PLACE_ORDER" in told(ledger, decisions, "dec-aa")


@pytest.mark.parametrize("veto", list(Veto), ids=lambda veto: veto.name)
def test_every_veto_has_meaning_and_remedy(ledger, decisions, veto):
    assert explain(ledger, decisions, veto.name.lower()) == [
        f"veto {veto.name}",
        f"  meaning: {veto.value}",
        f"  what to do: {REMEDIES[veto]}",
    ]


def test_skips_are_counted(ledger, decisions):
    lines = explain(ledger, decisions, "skips")
    assert lines[0] == "4 decisions of run 11111111"
    assert "  KEEP: 2 (50.0%)" in lines
    assert f"  PHASE: 1 (25.0%): {Veto.PHASE.value}" in lines


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        pytest.param("order-", "order order-aa1, order order-ab2", id="an ambiguous prefix names the candidates"),
        pytest.param("dec-b", "decision dec-b1, decision dec-b2", id="so does one of decisions"),
        pytest.param("dec-torn", "nothing on record", id="a torn artifact is not there"),
        pytest.param("nothing", "nothing on record", id="an unknown subject"),
        pytest.param("  ", "give an id", id="an empty subject"),
        pytest.param("order-%", "nothing on record", id="a wildcard is only a character"),
    ],
)
def test_what_is_refused(ledger, decisions, subject, said):
    with pytest.raises(BadInput, match=said):
        explain(ledger, decisions, subject)


def test_the_newest_run_that_knows_the_subject_answers(ledger, decisions, tmp_path):
    other = RunIdentity(
        run_id="99999999-9999-4999-8999-999999999999",
        git_sha="",
        started_at="",
        python_version="",
        config_hash="c" * 64,
        prompt_bundle_hash="d" * 64,
        paper_mode=True,
        feed="world",
        venue="paper",
        seed=7,
    )
    with LedgerStore.open(ledger) as store:
        store.begin_run(other, "{}")
    assert "of run 11111111" in told(ledger, decisions, "order-aa1")
    with pytest.raises(BadInput, match="nothing on record"):
        explain(ledger, decisions, "order-aa1", run_id="9999")
    with pytest.raises(BadInput, match="no such run"):
        explain(ledger, decisions, "order-aa1", run_id="7777")


def test_without_artifacts_the_ledger_still_answers(ledger, tmp_path):
    assert "no decision artifacts under" in told(ledger, tmp_path / "none", "0xma7")
    with pytest.raises(BadInput, match="no decision artifacts"):
        explain(ledger, tmp_path / "none", "skips")


@pytest.mark.parametrize(
    ("amount_e10", "text"),
    [
        pytest.param(0, "$0.00", id="nothing"),
        pytest.param(1, "$0.0000000001", id="the smallest amount is not rounded away"),
        pytest.param(-1_234_567_890_000_0, "−$1,234.56789", id="a loss"),
        pytest.param(10**10, "$1.00", id="a dollar"),
    ],
)
def test_money_is_exact(amount_e10, text):
    assert exact_usd(amount_e10) == text


def test_a_fee_shows_in_the_arithmetic_of_the_edge():
    quote = QuoteLine(
        side="ASK", token="NO", order_side="BUY", price_e4=3_000, size_e6=5_000_000, outcome="refused",
        veto="NET_LB_BELOW_THRESHOLD", gross=0.05, slip=0.01, adverse=0.01, resolution=0.01, net_lb=0.005,
        threshold=0.005,
    )  # fmt: skip
    assert quote_line(quote) == (
        "ask: BUY NO 5.00 shares at $0.3000: refused by NET_LB_BELOW_THRESHOLD: "
        f"{Veto.NET_LB_BELOW_THRESHOLD.value}; edge 0.0500 − fee 0.0150 − slippage 0.0100 − adverse 0.0100"
        " − resolution 0.0100 = 0.0050, not above 0.005"
    )
