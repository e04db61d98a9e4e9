"""One look at a market: estimate, gates, wanted quotes, plan, reservations, orders, and the artifact that explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from astra_actors.engine import sending
from astra_actors.estimation.estimate import Estimate
from astra_actors.execution.order_manager import PlanContext
from astra_actors.gates.chain import GateContext, market_gates
from astra_actors.gates.quoteability import quoteability
from astra_actors.gates.resolution_risk import resolution_risk
from astra_actors.gates.result import GateReport, GateResult
from astra_actors.kernel.facts import EstimateMade
from astra_actors.kernel.ids import content_id
from astra_actors.kernel.units import NS_PER_HOUR, PRICE_ONE_E4, usd
from astra_actors.market.book import BookState
from astra_actors.market.instrument import Token
from astra_actors.market.phase import MarketPhase, phase_of
from astra_actors.reporting.decision_artifact import DECISION_SCHEMA, Decision, GateLine, QuoteLine, decision_id
from astra_actors.risk.veto import Refused, Veto
from astra_actors.signals.flow import FlowReading
from astra_actors.strategies.base import Quotes, View

if TYPE_CHECKING:
    from astra_actors.engine.market_engine import MarketEngine

QUIET: Final = Quotes((), "a gate is closed")
LEVELS_LOOKED_AT: Final = 8  # the quoteability score looks three cents deep, which eight levels of one cent cover
_encode = msgspec.json.Encoder().encode


def evaluate(engine: MarketEngine, now_ns: int) -> None:
    """Look at the market once; leaves orders, facts and one artifact."""
    engine.evaluations += 1
    engine.evaluated_ns = now_ns
    engine.evaluate_due_ns = now_ns + engine.params.evaluate_every_ns
    engine.evaluated_mid_e4 = engine.book.mid_e4 or 0.0
    number = decision_id(engine.market_id, now_ns, engine.evaluations)
    reading = engine.flow.reading(now_ns)
    hours = engine.hours_to_close(now_ns)
    phase = phase_of(hours, engine.note)
    estimate = _estimate(engine, now_ns)
    gates = _gates(engine, now_ns, reading, hours, phase, estimate)
    estimate_id = _record_estimate(engine, now_ns, number, estimate)
    quotes, lines = QUIET, []
    view = None
    if gates.ok and isinstance(estimate, Estimate) and engine.strategy is not None:
        view = _view(engine, now_ns, reading, hours, estimate)
        quotes = engine.strategy.quotes(view)
    if engine.blotter.open_orders() or quotes.wanted:
        engine.budget.start_cycle()
        plan = engine.manager.plan(quotes, _plan_context(engine, now_ns, reading, gates), engine.blotter.open_orders())
        lines = sending.perform(engine, plan, view, number=number, estimate_id=estimate_id, now_ns=now_ns)
    _write(engine, number, now_ns, reading, hours, phase, estimate, gates, quotes, lines)


def _estimate(engine: MarketEngine, now_ns: int) -> Estimate | Refused | None:
    if engine.definition is None:
        return None
    book = engine.book
    top = (book.best_bid_e4, book.best_ask_e4, book.bid_size_e6, book.ask_size_e6) if book.two_sided else None
    return engine.estimator.estimate(engine.listing, engine.definition, now_ns, top)


def _gates(
    engine: MarketEngine,
    now_ns: int,
    reading: FlowReading,
    hours: float | None,
    phase: MarketPhase,
    estimate: Estimate | Refused | None,
) -> GateReport:
    book, params = engine.book, engine.params
    rrs = _resolution_risk(engine, hours)
    bids, asks = book.levels(True, LEVELS_LOOKED_AT), book.levels(False, LEVELS_LOOKED_AT)
    score = quoteability(
        bids,
        asks,
        churn=reading.churn_per_s,
        jump=reading.jump,
        hours=hours,
        rrs=rrs,
        phase=phase,
        age_ms=book.age_ms(now_ns),
        live=params.live,
        liquidity_usd=engine.listing.liquidity_usd or _shown_usd(bids) + _shown_usd(asks),
        tick_e4=book.tick_e4,
        params=params.market_gates.quoteability,
    )
    engine.score = score.score
    bid, ask = book.best_bid_e4, book.best_ask_e4
    context = GateContext(
        listing=engine.listing,
        definition=engine.definition,
        definition_reason=engine.definition_reason,
        estimate=estimate,
        now_ns=now_ns,
        phase=phase,
        hours_to_close=hours,
        two_sided=book.two_sided,
        crossed=book.crossed,
        resync=book.state is not BookState.LIVE,
        age_ms=book.age_ms(now_ns),
        spread_e4=ask - bid if bid is not None and ask is not None else None,
        tick_e4=book.tick_e4,
        rrs=rrs,
        quote_score=score,
        active=engine.lease is not None or engine.holds_something,
        flow=reading,
        state_veto=Veto.VENUE_DOWN if engine.venue.closed else engine.veto,  # what reduces cannot rest there either
        live=params.live,
    )
    report = market_gates(context, params.market_gates)
    engine.wants = engine.strategy is not None and (report.ok or report.veto in (Veto.NOT_ACTIVE, Veto.BURN_IN))
    return report


def _shown_usd(levels: list[tuple[int, int]]) -> float:
    """Dollars that the looked-at levels hold: what liquidity is where a listing does not state it."""
    return usd(sum(price_e4 * size_e6 for price_e4, size_e6 in levels))


def _resolution_risk(engine: MarketEngine, hours: float | None) -> float:
    """The score changes with words and hours, so once an hour is often enough."""
    hour = -1 if hours is None else int(hours)
    if engine.rrs is None or engine.rrs[0] != hour:
        listing = engine.listing
        score = resolution_risk(
            listing.question,
            listing.rules,
            listing.category,
            hours_to_close=hours,
            clarified=engine.note == "clarified",
            history_known=True,
            params=engine.params.market_gates.resolution_risk,
        )
        engine.rrs = (hour, score.score)
    return engine.rrs[1]


def _record_estimate(engine: MarketEngine, now_ns: int, number: str, estimate: Estimate | Refused | None) -> str:
    """Put the estimate on record when it has moved or grown old; the id of the one that stands."""
    if not isinstance(estimate, Estimate):
        engine.estimate = None
        return ""
    engine.estimate = estimate
    last = engine.recorded
    if last is not None and abs(last[0] - estimate.p) < engine.params.estimate_step and now_ns - last[1] < NS_PER_HOUR:
        return last[2]
    estimate_id = content_id("est", engine.market_id, now_ns, engine.evaluations)
    engine.recorded = (estimate.p, now_ns, estimate_id)
    market_p = None if engine.book.mid_e4 is None else engine.book.mid_e4 / PRICE_ONE_E4
    engine.entries.record(estimate_id, estimate.p, market_p)
    engine.emit(
        EstimateMade,
        now_ns,
        cause=number,
        estimate_id=estimate_id,
        p=estimate.p,
        p_lo=estimate.p_lo,
        p_hi=estimate.p_hi,
        market_p=market_p,
        estimator=estimate.estimator,
        estimator_version=estimate.version,
        prompt_version=estimate.prompt_version,
        input_age_ms=estimate.input_age_ms,
    )
    return estimate_id


def _view(engine: MarketEngine, now_ns: int, reading: FlowReading, hours: float | None, estimate: Estimate) -> View:
    book, position = engine.book, engine.position
    mid_e4 = book.mid_e4
    assert mid_e4 is not None and engine.definition is not None, "the book and definition gates let nothing else pass"
    cap_e10 = engine.lease.limit_e10 if engine.lease is not None else 0
    return View(
        listing=engine.listing,
        definition=engine.definition,
        estimate=estimate,
        now_ns=now_ns,
        tick_e4=book.tick_e4,
        best_bid_e4=book.best_bid_e4,
        best_ask_e4=book.best_ask_e4,
        bid_size_e6=book.bid_size_e6,
        ask_size_e6=book.ask_size_e6,
        mid_e4=mid_e4,
        microprice_e4=reading.microprice_e4 if reading.microprice_e4 is not None else mid_e4,
        regime=reading.regime,
        toxicity=reading.score,
        toxic=reading.toxic,
        toxicity_mild=reading.mild,
        churn_per_s=reading.churn_per_s,
        jump=reading.jump,
        hours_to_close=hours,
        inventory_e6=position.yes_e6 - position.no_e6,
        yes_e6=position.yes_e6,
        no_e6=position.no_e6,
        budget_e10=max(0, cap_e10 - position.worst_loss_e10),
        cap_e10=cap_e10,
    )


def _plan_context(engine: MarketEngine, now_ns: int, reading: FlowReading, gates: GateReport) -> PlanContext:
    book, position = engine.book, engine.position
    return PlanContext(
        now_ns=now_ns,
        tick_e4=book.tick_e4,
        best_bid_e4=book.best_bid_e4,
        best_ask_e4=book.best_ask_e4,
        yes_e6=position.yes_e6,
        no_e6=position.no_e6,
        toxic=reading.toxic,
        regime=reading.regime,
        quotes_allowed=gates.ok and not engine.cancel_everything,
        reduce_only=gates.reduce_only or engine.lease is None,
        budget_mutations=engine.budget.available(engine.market_id, now_ns),
        min_size_e6=engine.listing.instrument.min_size_e6,
        yes_unsettled_e6=engine.venue.unsettled_e6(Token.YES),
        no_unsettled_e6=engine.venue.unsettled_e6(Token.NO),
    )


def _write(
    engine: MarketEngine,
    number: str,
    now_ns: int,
    reading: FlowReading,
    hours: float | None,
    phase: MarketPhase,
    estimate: Estimate | Refused | None,
    gates: GateReport,
    quotes: Quotes,
    lines: list[QuoteLine],
) -> None:
    known = estimate if isinstance(estimate, Estimate) else None
    veto = gates.veto if not gates.ok else _quote_veto(quotes, lines)
    if veto is not None:
        engine.count(f"veto:{veto.name if isinstance(veto, Veto) else veto}")
    artifact = Decision(
        decision_schema=DECISION_SCHEMA,
        decision_id=number,
        market_id=engine.market_id,
        window=engine.window,
        at_ns=now_ns,
        lease_id=engine.lease_id,
        strategy=engine.strategy.name if engine.strategy else "",
        definition_hash=engine.definition.definition_hash if engine.definition else None,
        best_bid_e4=engine.book.best_bid_e4,
        best_ask_e4=engine.book.best_ask_e4,
        mid_e4=engine.book.mid_e4,
        regime=reading.regime,
        toxicity=round(reading.score, 6),
        phase=phase.value,
        hours_to_close=None if hours is None else round(hours, 4),
        p=known.p if known else None,
        p_lo=known.p_lo if known else None,
        p_hi=known.p_hi if known else None,
        estimator=known.estimator if known else "",
        estimator_version=known.version if known else "",
        quote_score=engine.score,
        rrs=engine.rrs[1] if engine.rrs else None,
        lease_e10=engine.lease.limit_e10 if engine.lease else 0,
        worst_case_e10=engine.risk.worst_case_e10(engine.position),
        inventory_e6=engine.position.yes_e6 - engine.position.no_e6,
        action=_action(lines),
        veto=veto.name if isinstance(veto, Veto) else veto,
        gates=[_gate_line(result) for result in gates.results],
        quotes=lines,
        reason=quotes.reason,
    )
    engine.decisions.append((now_ns, engine.market_id, _encode(artifact)))


def _gate_line(result: GateResult) -> GateLine:
    veto = result.veto or result.accumulation_veto
    return GateLine(
        result.name, result.ok, None if veto is None else veto.name, result.observed, result.limit, result.detail
    )


def _quote_veto(quotes: Quotes, lines: list[QuoteLine]) -> Veto | str | None:
    """Why nothing rests although every gate was open: the first refusal, or the strategy's own silence."""
    if any(line.outcome in ("placed", "kept") for line in lines):
        return None
    refused = next((line.veto for line in lines if line.veto), None)
    return refused or (Veto.NO_QUOTE if not quotes.wanted else None)


def _action(lines: list[QuoteLine]) -> str:
    outcomes = {line.outcome for line in lines}
    for outcome, action in (("placed", "PLACE_ORDER"), ("kept", "KEEP"), ("cancelled", "CANCEL")):
        if outcome in outcomes:
            return action
    return "SKIP"
