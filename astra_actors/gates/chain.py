"""The chain of market gates: may this market be quoted now, and why not. The edge of each quote is judged after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from astra_actors.definitions.contract import DefinitionContract
from astra_actors.estimation.estimate import Estimate
from astra_actors.gates.definition import definition_gate
from astra_actors.gates.expected_value import BOUNDS_SLACK
from astra_actors.gates.params import MarketGateParams
from astra_actors.gates.phase import phase_gate
from astra_actors.gates.quoteability import QuoteScore
from astra_actors.gates.result import GateReport, GateResult
from astra_actors.kernel.units import NS_PER_MS
from astra_actors.market.instrument import MarketListing
from astra_actors.market.phase import MarketPhase
from astra_actors.risk.trading_state import LETS_REDUCE
from astra_actors.risk.veto import Refused, Veto
from astra_actors.signals.flow import FlowReading
from astra_actors.signals.regime import BROKEN

# A halt and the breakers stop what adds risk; an operator's word, a burn-in and a quarantine stop everything.


class GateContext(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Everything the chain may look at, as of `now_ns`. None means unknown, which never opens a gate."""

    listing: MarketListing
    definition: DefinitionContract | None
    definition_reason: str
    estimate: Estimate | Refused | None
    now_ns: int
    phase: MarketPhase
    hours_to_close: float | None
    two_sided: bool
    crossed: bool
    resync: bool
    age_ms: int
    spread_e4: int | None
    tick_e4: int
    rrs: float | None
    quote_score: QuoteScore | None
    active: bool
    flow: FlowReading | None
    state_veto: Veto | None = None
    state_detail: str = ""
    live: bool = False


def market_gates(ctx: GateContext, params: MarketGateParams) -> GateReport:
    """Ask each gate in turn, up to the first that is closed."""
    results: list[GateResult] = []
    for gate in CHAIN:
        result = gate(ctx, params)
        results.append(result)
        if not result.ok:
            break
    return GateReport(results)


def _state(ctx: GateContext, params: MarketGateParams) -> GateResult:
    veto = ctx.state_veto
    if veto is None or veto in LETS_REDUCE:
        return GateResult(name="state", ok=True, detail=ctx.state_detail, accumulation_veto=veto)
    return GateResult(name="state", ok=False, veto=veto, detail=ctx.state_detail)


def _definition(ctx: GateContext, params: MarketGateParams) -> GateResult:
    return definition_gate(ctx.definition, ctx.definition_reason, ctx.listing.market_id)


def _book(ctx: GateContext, params: MarketGateParams) -> GateResult:
    if ctx.resync:
        return _closed("book", Veto.RESYNC)
    if ctx.crossed:
        return _closed("book", Veto.CROSSED_BOOK, ctx.spread_e4, 0)
    if not ctx.two_sided or ctx.spread_e4 is None:
        return _closed("book", Veto.NO_BOOK)
    if ctx.spread_e4 <= 0:
        return _closed("book", Veto.CROSSED_BOOK, ctx.spread_e4, 0)
    quoting = params.quoteability
    age_ms_max = quoting.book_age_ms_max_live if ctx.live else quoting.book_age_ms_max_paper
    if ctx.age_ms > age_ms_max:
        return _closed("book", Veto.STALE_BOOK, ctx.age_ms, age_ms_max)
    if ctx.spread_e4 < ctx.tick_e4:
        return _closed("book", Veto.SPREAD_UNDER_TICK, ctx.spread_e4, ctx.tick_e4)
    return GateResult(name="book", ok=True, observed=ctx.age_ms, limit=age_ms_max, detail="age in ms")


def _phase(ctx: GateContext, params: MarketGateParams) -> GateResult:
    return phase_gate(ctx.phase, ctx.hours_to_close)


def _resolution_risk(ctx: GateContext, params: MarketGateParams) -> GateResult:
    rule = params.resolution_risk
    if ctx.rrs is None or not ctx.rrs <= rule.limit_maker:
        return _closed("resolution_risk", Veto.RESOLUTION_RISK, ctx.rrs, rule.limit_maker)
    hours = ctx.hours_to_close
    near = hours is None or hours < rule.near_resolution_hours  # an unknown close counts as near (methods §12.4)
    accumulation_veto = Veto.RESOLUTION_RISK if near and ctx.rrs > rule.limit_near_resolution else None
    limit = rule.limit_near_resolution if near else rule.limit_maker
    return GateResult(
        name="resolution_risk", ok=True, observed=ctx.rrs, limit=limit, accumulation_veto=accumulation_veto
    )


def _quoteability(ctx: GateContext, params: MarketGateParams) -> GateResult:
    flow, score = ctx.flow, ctx.quote_score
    if flow is None or score is None:
        return _closed("quoteability", Veto.NO_BOOK, detail="nothing has been measured yet")
    if score.veto is not None:
        return _closed("quoteability", score.veto, score.observed, score.limit)
    if flow.toxic:
        return _closed("quoteability", Veto.TOXIC_FLOW, flow.score, None, f"two-minute markout {flow.markout}")
    if flow.regime == BROKEN:
        return _closed("quoteability", Veto.BROKEN_REGIME, flow.spread_ticks, None, "spread in ticks")
    return GateResult(name="quoteability", ok=True, observed=score.score)


def _estimate(ctx: GateContext, params: MarketGateParams) -> GateResult:
    estimate = ctx.estimate
    if estimate is None:
        return _closed("estimate", Veto.NO_ESTIMATE)
    if isinstance(estimate, Refused):
        return _closed("estimate", estimate.veto, estimate.observed, estimate.limit, estimate.detail)
    ordered = -BOUNDS_SLACK <= estimate.p_lo <= estimate.p + BOUNDS_SLACK
    if not (ordered and estimate.p <= estimate.p_hi + BOUNDS_SLACK <= 1 + 2 * BOUNDS_SLACK):
        detail = f"lo {estimate.p_lo}, p {estimate.p}, hi {estimate.p_hi}"
        return _closed("estimate", Veto.INVALID_PROBABILITY, estimate.p, None, detail)
    if estimate.made_ns > ctx.now_ns:
        return _closed("estimate", Veto.INPUT_STALE, None, None, "the estimate comes from the future")
    age_ms = (ctx.now_ns - estimate.made_ns) // NS_PER_MS + estimate.input_age_ms
    if age_ms > params.input_age_ms_max:
        return _closed("estimate", Veto.INPUT_STALE, age_ms, params.input_age_ms_max, "age in ms")
    return GateResult(name="estimate", ok=True, observed=estimate.p, detail=f"{estimate.estimator} {estimate.version}")


def _active(ctx: GateContext, params: MarketGateParams) -> GateResult:
    return GateResult(name="active", ok=True) if ctx.active else _closed("active", Veto.NOT_ACTIVE)


def _closed(
    name: str, veto: Veto, observed: float | None = None, limit: float | None = None, detail: str = ""
) -> GateResult:
    return GateResult(name=name, ok=False, veto=veto, observed=observed, limit=limit, detail=detail)


CHAIN: Final[tuple[Callable[[GateContext, MarketGateParams], GateResult], ...]] = (
    _state,
    _definition,
    _book,
    _phase,
    _resolution_risk,
    _quoteability,
    _estimate,
    _active,
)
