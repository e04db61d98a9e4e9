"""May this order leave: its owner is the latest, its lease stands, the weather is good, the phase allows it."""

from __future__ import annotations

from astra_actors.kernel.units import NS_PER_S, USD_ONE_E10, usd_text
from astra_actors.market.instrument import Side
from astra_actors.venues.clob.account_shared import Shared
from astra_actors.venues.clob.building import GTD_AHEAD_S_MIN
from astra_actors.venues.clob.tracked import Stage, Tracked


def fenced(shared: Shared, one: Tracked, now_ns: int) -> str:
    """Why its owner may not send it any more; empty when it may. Asked again in the moment it would leave."""
    owner = shared.telling.owners.get(one.market_id)
    if owner is None:
        return "nobody has joined this market"
    if one.incarnation != owner.incarnation:
        return f"incarnation {one.incarnation} is not the market's latest, {owner.incarnation}"
    if one.order.expires_ns < now_ns + GTD_AHEAD_S_MIN * NS_PER_S:
        return "it waited until the venue would refuse its expiration"
    return "its lease is over" if now_ns >= one.lease_until_ns else ""


def beyond_phase(shared: Shared, one: Tracked, spent_e10: int) -> str:
    """Which limit of the phase it would pass; empty for none. What sells reduces, and passes all but the first."""
    limits, register = shared.params.limits, shared.register
    if limits.observe_only:
        return "this phase only observes"
    if one.order.side is Side.SELL:
        return ""
    value_e10 = one.order.price_e4 * one.order.size_e6
    if limits.order_usd_max is not None and value_e10 > limits.order_usd_max * USD_ONE_E10:
        return f"{usd_text(value_e10)} USD is more than the {limits.order_usd_max} USD of an order in this phase"
    markets = {each.market_id for each in register.open.values()} | {one.market_id}
    if limits.markets_max is not None and len(markets) > limits.markets_max:
        return f"this phase trades {limits.markets_max} markets at once"
    if limits.bankroll_usd is not None:
        buys = (each for each in register.open.values() if each.order.side is Side.BUY)
        open_e10 = sum(each.order.price_e4 * max(0, each.order.size_e6 - each.filled_e6) for each in buys)
        bound_e10 = value_e10 + open_e10 + max(0, spent_e10)
        if bound_e10 > limits.bankroll_usd * USD_ONE_E10:
            return f"{usd_text(bound_e10)} USD would be bound, more than the {limits.bankroll_usd} USD of this phase"
    return ""


def crowded(shared: Shared) -> str:
    """Whether too many orders wait to leave already."""
    waiting = shared.register.count(Stage.WRITING, Stage.READY)
    return "too many orders wait to leave" if waiting >= shared.params.queue_max else ""
