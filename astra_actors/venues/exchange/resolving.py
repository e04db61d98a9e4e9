"""The end of a market: paused, closed, proposed, disputed, resolved; and the grid that changes near the edges."""

from __future__ import annotations

from typing import Final

from astra_actors.kernel.errors import BadInput
from astra_actors.market.instrument import TICKS_E4
from astra_actors.venues.exchange.clockwork import wipe
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.order import Standing
from astra_actors.venues.exchange.state import BookTold, Exchange, Resolved, TickMoved

OUTCOMES: Final = ("YES", "NO", "VOID")


def pause(x: Exchange, market: Market, *, accepting: bool, now_ms: int) -> None:
    """Stop or go on taking orders; what rests stays."""
    market.accepting = accepting and not market.closed
    _keep(x, market, now_ms)


def propose(x: Exchange, market: Market, outcome: str, now_ms: int) -> None:
    """Somebody has proposed an outcome to the oracle; nothing is decided."""
    _outcome(market, outcome)
    if market.winner:
        raise BadInput("market", market.condition_id, "it is resolved already")
    market.proposed = outcome
    market.uma.append("proposed")
    market.accepting = False
    _keep(x, market, now_ms)


def dispute(x: Exchange, market: Market, now_ms: int) -> None:
    """The proposal is disputed: another follows, or a vote."""
    if market.winner or not market.proposed:
        raise BadInput("market", market.condition_id, "only an open proposal can be disputed")
    market.proposed = ""
    market.uma.append("disputed")
    _keep(x, market, now_ms)


def resolve(x: Exchange, market: Market, outcome: str, now_ms: int) -> None:
    """The outcome is final: orders leave, the winner is marked, winning tokens can be redeemed."""
    _outcome(market, outcome)
    if market.winner:
        raise BadInput("market", market.condition_id, "it is resolved already")
    wipe(x, market.condition_id, now_ms, standing=Standing.RESOLVED)
    market.uma.append("resolved")
    market.accepting, market.closed = False, True
    market.winner, market.proposed, market.resolved_ms = outcome, "", now_ms
    _keep(x, market, now_ms)
    x.tell_market(market.condition_id, Resolved())


def change_tick(x: Exchange, market: Market, tick_e4: int, now_ms: int) -> None:
    """Give the market another grid. Resting orders stay where they are; new ones must lie on it."""
    if tick_e4 not in TICKS_E4:
        raise BadInput("tick_e4", tick_e4, f"the venue's ticks are {TICKS_E4} in 1/10,000 dollar")
    if tick_e4 == market.tick_e4:
        return
    old, market.tick_e4 = market.tick_e4, tick_e4
    _keep(x, market, now_ms)
    x.tell_market(market.condition_id, TickMoved(old, tick_e4))
    x.tell_market(market.condition_id, BookTold())


def _outcome(market: Market, outcome: str) -> None:
    if outcome not in OUTCOMES:
        raise BadInput("outcome", outcome, f"choose one of {', '.join(OUTCOMES)}")
    if outcome == "VOID" and market.neg_risk:
        raise BadInput("outcome", outcome, "an event of one winner knows no 50-50")


def _keep(x: Exchange, market: Market, now_ms: int) -> None:
    market.updated_ms = now_ms
    x.dirty.markets[market.condition_id] = None
