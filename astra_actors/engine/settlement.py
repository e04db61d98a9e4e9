"""How a market ends for us: two agreeing sources, the payout, the last trades, and what the Supervisor hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astra_actors.engine.shadow_book import VARIANTS
from astra_actors.kernel.facts import MarketSettled, RiskRaised, TradeClosed
from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.market.book import BookState
from astra_actors.market.events import MarketResolved
from astra_actors.market.instrument import Outcome
from astra_actors.market.phase import phase_of
from astra_actors.portfolio.trades import ClosedTrade
from astra_actors.risk.report import MarketReport

if TYPE_CHECKING:
    from astra_actors.engine.market_engine import MarketEngine


def hear(engine: MarketEngine, event: MarketResolved, now_ns: int) -> None:
    """One source spoke; the market is settled once two of them say the same."""
    engine.outcomes[event.source] = event.outcome
    agreeing = [source for source, outcome in engine.outcomes.items() if outcome == event.outcome]
    if len(agreeing) >= 2 and not engine.settled:
        end(engine, Outcome(event.outcome), agreeing, now_ns)
    elif len(set(engine.outcomes.values())) > 1:
        engine.emit(
            RiskRaised,
            now_ns,
            kind="resolution_disagreement",
            scope=engine.market_id,
            observed=0.0,
            limit=0.0,
            author="market",
            detail=", ".join(f"{source}={outcome}" for source, outcome in sorted(engine.outcomes.items())),
        )


def end(engine: MarketEngine, outcome: Outcome, sources: list[str], now_ns: int) -> None:
    """The market is over: take every order off, and settle once none is open and no fill awaits its settlement."""
    first = engine.ended is None
    engine.ended, engine.cancel_everything = (outcome, sources), True
    if first:
        engine.evaluate_due_ns = now_ns
        engine.wipe_orders(now_ns, "CANCELED_MARKET_RESOLVED")
    settle_if_clear(engine, now_ns)


def settle_if_clear(engine: MarketEngine, now_ns: int) -> None:
    """Settle a market that is over, as soon as nothing at the venue can change its position any more."""
    if engine.ended is None or engine.settled:
        return
    if engine.venue.outlives_us and (engine.blotter.open_orders() or engine.venue.owes):
        return
    _settle(engine, *engine.ended, now_ns)


def _settle(engine: MarketEngine, outcome: Outcome, sources: list[str], now_ns: int) -> None:
    position = engine.position
    yes_e6, no_e6 = position.yes_e6, position.no_e6
    closed = engine.trades.on_settle(outcome, now_ns)
    payout_e10 = position.settle(outcome)
    if closed is not None:
        close_trade(engine, closed, now_ns)
    engine.settled = True
    engine.wants = False
    engine.lease = None
    shadow = {variant: engine.shadow.pnl_e10(variant, outcome) for variant in VARIANTS}
    engine.emit(
        MarketSettled,
        now_ns,
        outcome=outcome.value,
        source_a=sources[0],
        source_b=sources[1],
        payout_e10=payout_e10,
        yes_e6=yes_e6,
        no_e6=no_e6,
        pnl_e10=position.cash_e10,
        pnl_pessimistic_e10=shadow["pessimistic"],
        pnl_optimistic_e10=shadow["optimistic"],
    )


def close_trade(engine: MarketEngine, closed: ClosedTrade, now_ns: int) -> None:
    """Put one trade on record with its tags and the estimate that stood when it was opened."""
    entry, tags = engine.entries.entry, engine.tags(closed.opened_ns)
    engine.closed_trades.append((closed.closed_ns, closed.trade_id, closed.pnl_e10, closed.cost_e10))
    engine.emit(
        TradeClosed,
        now_ns,
        cause=closed.trade_id,
        trade_id=closed.trade_id,
        strategy=closed.strategy,
        direction=closed.direction,
        opened_ns=closed.opened_ns,
        closed_ns=closed.closed_ns,
        size_e6=closed.size_e6,
        cost_e10=closed.cost_e10,
        proceeds_e10=closed.proceeds_e10,
        fees_e10=closed.fees_e10,
        pnl_e10=closed.pnl_e10,
        exit_kind=closed.exit_kind,
        estimate_id=entry.estimate_id,
        entry_p=entry.p,
        entry_market_p=entry.market_p,
        category=tags.category,
        event_type=tags.event_type,
        vol_bucket=tags.vol_bucket,
        ttr_bucket=tags.ttr_bucket,
    )


def report(engine: MarketEngine, now_ns: int) -> MarketReport:
    """What the Supervisor needs to know of this market at a barrier."""
    position, book = engine.position, engine.book
    mid_e4 = book.mid_e4 if book.mid_e4 is not None else engine.last_mid_e4
    open_orders = engine.blotter.open_orders()
    closed, engine.closed_trades = tuple(engine.closed_trades), []
    hours = engine.hours_to_close(now_ns)
    bid_e4, ask_e4 = book.best_bid_e4, book.best_ask_e4
    return MarketReport(
        market_id=engine.market_id,
        incarnation=engine.incarnation,
        at_ns=now_ns,
        worst_case_e10=_worst_case_e10(engine),
        positions_worst_e10=position.worst_loss_e10,
        open_orders=len(open_orders),
        cash_e10=position.cash_e10,
        mark_mid_e10=position.mark_e10(PRICE_ONE_E4 / 2 if mid_e4 is None else mid_e4),
        mark_bid_e10=position.mark_bid_e10(bid_e4 or 0, PRICE_ONE_E4 - ask_e4 if ask_e4 is not None else 0),
        wanted_e10=engine.params.wanted_e10 if engine.wants else 0,
        score=engine.score,
        hours_to_close=hours,
        phase=phase_of(hours, engine.note).value,
        trade_returns=closed,
        done=engine.settled,
        lease_id=engine.lease_id,
        accepted=engine.counts.get("accepted", 0),
        failed=engine.counts.get("failed", 0),
        feed_down_ns=_feed_down_ns(engine, now_ns),
    )


def _worst_case_e10(engine: MarketEngine) -> int:
    """What the market can lose. What a predecessor was granted stays spent until it is known what it left with it."""
    if engine.inherited_e10 and engine.venue.knows_all:
        engine.inherited_e10 = 0
    return max(engine.risk.worst_case_e10(engine.position), engine.inherited_e10)


def _feed_down_ns(engine: MarketEngine, now_ns: int) -> int | None:
    if engine.down_since_ns is not None:
        return max(0, now_ns - engine.down_since_ns)
    return 0 if engine.book.state is BookState.LIVE else None
