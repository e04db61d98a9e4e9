"""The chain of market gates: its order, its vetoes, and what it leaves open for reducing orders."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from msgspec.structs import replace

from astra_actors.definitions.contract import DefinitionContract
from astra_actors.estimation.estimate import Estimate
from astra_actors.gates.chain import GateContext, market_gates
from astra_actors.gates.params import MarketGateParams
from astra_actors.gates.phase import phase_gate
from astra_actors.gates.quoteability import QuoteScore
from astra_actors.gates.result import GateReport, GateResult
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.instrument import Category, Instrument, MarketListing
from astra_actors.market.phase import MarketPhase
from astra_actors.risk.veto import Refused, Veto
from astra_actors.signals.flow import FlowReading

NOW = 1_800_000_000 * NS_PER_S
NAMES = ["state", "definition", "book", "phase", "resolution_risk", "quoteability", "estimate", "active"]


def contract(market_id: str = "m") -> DefinitionContract:
    return DefinitionContract(
        market_id=market_id,
        category="crypto_threshold",
        resolution_type="touch",
        underlying="BTC",
        quote_ccy="USD",
        cutoff_ts_utc="2027-03-01T00:00:00Z",
        oracle_source="Binance",
        oracle_details={"feed": "BTCUSDT", "rounding": "round_cent", "finality": "first_print"},
        condition={"op": ">=", "level": 100_000, "window": "any_time"},
        venue_rules_version="polymarket_clob_v2",
    )


def flow(**changes: Any) -> FlowReading:
    calm: dict[str, Any] = {
        "score": 0.1,
        "insufficient": False,
        "toxic": False,
        "mild": False,
        "regime": "TIGHT",
        "microprice_e4": 5050.0,
        "churn_per_s": 0.1,
        "jump": 0.0,
        "ofi": 0.0,
        "imbalance": None,
        "vpin": None,
        "markout": None,
        "markouts": 0,
        "spread_ticks": 1.0,
        "components": {},
    }
    return FlowReading(**{**calm, **changes})


ESTIMATE = Estimate(p=0.6, p_lo=0.55, p_hi=0.65, estimator="e", version="1", made_ns=NOW - NS_PER_S, input_age_ms=500)
INSTRUMENT = Instrument(market_id="m", yes_asset="y", no_asset="n")
OPEN = GateContext(
    listing=MarketListing(instrument=INSTRUMENT, question="?", rules="", category=Category.CRYPTO, event_id="e"),
    definition=contract(),
    definition_reason="",
    estimate=ESTIMATE,
    now_ns=NOW,
    phase=MarketPhase.NORMAL,
    hours_to_close=200.0,
    two_sided=True,
    crossed=False,
    resync=False,
    age_ms=100,
    spread_e4=100,
    tick_e4=100,
    rrs=0.2,
    quote_score=QuoteScore(0.8),
    active=True,
    flow=flow(),
)


def ask(**changes: Any) -> GateReport:
    return market_gates(replace(OPEN, **changes), MarketGateParams())


def test_everything_in_order_opens_every_gate_in_order() -> None:
    report = ask()
    assert [result.name for result in report] == NAMES
    assert (report.ok, report.veto, report.reduce_only, report.failed) == (True, None, False, None)
    assert isinstance(report, tuple)
    assert report.results == tuple(report)


@pytest.mark.parametrize(
    ("changes", "gate", "veto"),
    [
        pytest.param({"state_veto": Veto.KILLED}, "state", Veto.KILLED, id="killed"),
        pytest.param({"state_veto": Veto.PAUSED}, "state", Veto.PAUSED, id="paused"),
        pytest.param({"state_veto": Veto.BURN_IN}, "state", Veto.BURN_IN, id="burn-in"),
        pytest.param({"state_veto": Veto.QUARANTINED}, "state", Veto.QUARANTINED, id="quarantined"),
        pytest.param({"definition": None}, "definition", Veto.NO_DEFINITION, id="no contract"),
        pytest.param(
            {"definition": contract("other")}, "definition", Veto.NO_DEFINITION, id="a contract of another market"
        ),
        pytest.param({"resync": True}, "book", Veto.RESYNC, id="resync"),
        pytest.param({"two_sided": False, "spread_e4": None}, "book", Veto.NO_BOOK, id="one-sided"),
        pytest.param({"spread_e4": None}, "book", Veto.NO_BOOK, id="no spread"),
        pytest.param({"crossed": True}, "book", Veto.CROSSED_BOOK, id="crossed"),
        pytest.param({"spread_e4": 0}, "book", Veto.CROSSED_BOOK, id="locked"),
        pytest.param({"age_ms": 120_001}, "book", Veto.STALE_BOOK, id="two minutes old on paper"),
        pytest.param({"age_ms": 5_001, "live": True}, "book", Veto.STALE_BOOK, id="five seconds old live"),
        pytest.param({"spread_e4": 50}, "book", Veto.SPREAD_UNDER_TICK, id="spread under a tick"),
        pytest.param({"phase": MarketPhase.CLOSE_WINDOW}, "phase", Veto.PHASE, id="close window"),
        pytest.param({"phase": MarketPhase.RESOLVED}, "phase", Veto.PHASE, id="resolved"),
        pytest.param({"phase": MarketPhase.UNKNOWN}, "phase", Veto.PHASE, id="unknown phase"),
        pytest.param({"rrs": 0.36}, "resolution_risk", Veto.RESOLUTION_RISK, id="risk above the maker's limit"),
        pytest.param({"rrs": None}, "resolution_risk", Veto.RESOLUTION_RISK, id="risk unknown"),
        pytest.param({"rrs": float("nan")}, "resolution_risk", Veto.RESOLUTION_RISK, id="risk not a number"),
        pytest.param({"flow": None}, "quoteability", Veto.NO_BOOK, id="no flow measured"),
        pytest.param({"quote_score": None}, "quoteability", Veto.NO_BOOK, id="no score"),
        pytest.param(
            {"quote_score": QuoteScore(0.0, Veto.LIQUIDITY, 100, 500)},
            "quoteability",
            Veto.LIQUIDITY,
            id="the score's own veto",
        ),
        pytest.param({"flow": flow(toxic=True)}, "quoteability", Veto.TOXIC_FLOW, id="toxic"),
        pytest.param({"flow": flow(regime="BROKEN")}, "quoteability", Veto.BROKEN_REGIME, id="broken"),
        pytest.param({"estimate": None}, "estimate", Veto.NO_ESTIMATE, id="no estimate"),
        pytest.param(
            {"estimate": Refused(Veto.INPUT_STALE, 9.0, 5.0, "s")},
            "estimate",
            Veto.INPUT_STALE,
            id="the estimator's own refusal",
        ),
        pytest.param(
            {"estimate": replace(ESTIMATE, p_lo=0.61)}, "estimate", Veto.INVALID_PROBABILITY, id="bounds out of order"
        ),
        pytest.param(
            {"estimate": replace(ESTIMATE, p=float("nan"))}, "estimate", Veto.INVALID_PROBABILITY, id="p not a number"
        ),
        pytest.param(
            {"estimate": replace(ESTIMATE, made_ns=NOW + 1)}, "estimate", Veto.INPUT_STALE, id="from the future"
        ),
        pytest.param(
            {"estimate": replace(ESTIMATE, made_ns=NOW - 1_801 * NS_PER_S)}, "estimate", Veto.INPUT_STALE, id="old"
        ),
        pytest.param(
            {"estimate": replace(ESTIMATE, made_ns=NOW, input_age_ms=1_800_001)},
            "estimate",
            Veto.INPUT_STALE,
            id="new, but from old input",
        ),
        pytest.param({"active": False}, "active", Veto.NOT_ACTIVE, id="not in the active set"),
    ],
)
def test_the_first_closed_gate_ends_the_report(changes: dict[str, Any], gate: str, veto: Veto) -> None:
    report = ask(**changes)
    assert (report.ok, report.veto, report.reduce_only) == (False, veto, False)
    assert [result.name for result in report] == NAMES[: NAMES.index(gate) + 1]
    assert report.failed is report[-1]
    assert all(result.ok for result in report[:-1])


@pytest.mark.parametrize(
    ("changes", "veto"),
    [
        pytest.param({"state_veto": Veto.HALTED}, Veto.HALTED, id="halted"),
        pytest.param({"state_veto": Veto.DRAWDOWN_BREAKER}, Veto.DRAWDOWN_BREAKER, id="breaker"),
        pytest.param({"state_veto": Veto.DAILY_LOSS}, Veto.DAILY_LOSS, id="daily loss"),
        pytest.param({"phase": MarketPhase.WATCH, "hours_to_close": 60.0}, Veto.NO_ACCUMULATION, id="watch"),
        pytest.param({"hours_to_close": 47.9, "rrs": 0.21}, Veto.RESOLUTION_RISK, id="near resolution above 0.20"),
        pytest.param({"hours_to_close": None, "rrs": 0.21}, Veto.RESOLUTION_RISK, id="an unknown close counts as near"),
    ],
)
def test_reducing_orders_pass(changes: dict[str, Any], veto: Veto) -> None:
    report = ask(**changes)
    assert [result.name for result in report] == NAMES
    assert (report.ok, report.veto, report.reduce_only, report.accumulation_veto) == (True, None, True, veto)


def test_at_the_near_resolution_limit_everything_passes() -> None:
    assert ask(hours_to_close=47.9, rrs=0.20).reduce_only is False
    assert ask(hours_to_close=48.0, rrs=0.35).reduce_only is False


def test_a_closed_market_is_not_reduce_only() -> None:
    report = ask(state_veto=Veto.HALTED, active=False)
    assert (report.ok, report.veto, report.reduce_only) == (False, Veto.NOT_ACTIVE, False)


def test_refusals_carry_the_numbers_they_compared() -> None:
    stale = ask(age_ms=130_000)[-1]
    assert (stale.observed, stale.limit) == (130_000, 120_000)
    risky = ask(rrs=0.4)[-1]
    assert (risky.observed, risky.limit) == (0.4, 0.35)
    unread = ask(definition=None, definition_reason="no strike level")[-1]
    assert unread.detail == "no strike level"


def test_a_report_without_results_allows_nothing() -> None:
    empty = GateReport()
    assert (empty.ok, empty.veto, empty.reduce_only) == (False, None, False)


def test_a_report_travels() -> None:
    report = ask(state_veto=Veto.HALTED)
    back = pickle.loads(pickle.dumps(report))
    assert back == report
    assert back.reduce_only is True


@pytest.mark.parametrize(
    ("phase", "quote", "accumulate"),
    [
        pytest.param(MarketPhase.NORMAL, True, True, id="normal"),
        pytest.param(MarketPhase.WATCH, True, False, id="watch"),
        pytest.param(MarketPhase.CLOSE_WINDOW, False, False, id="close window"),
        pytest.param(MarketPhase.POST_CLOSE, False, False, id="post close"),
        pytest.param(MarketPhase.PROPOSED, False, False, id="proposed"),
        pytest.param(MarketPhase.CHALLENGE_WINDOW, False, False, id="challenge window"),
        pytest.param(MarketPhase.RESOLVED, False, False, id="resolved"),
        pytest.param(MarketPhase.UNKNOWN, False, False, id="unknown"),
    ],
)
def test_phases(phase: MarketPhase, quote: bool, accumulate: bool) -> None:
    result = phase_gate(phase, 10.0)
    assert isinstance(result, GateResult)
    assert result.ok is quote
    assert (result.ok and result.accumulation_veto is None) is accumulate
