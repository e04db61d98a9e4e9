"""An order comes in: the venue's checks in the venue's order, then it is refused, delayed, matched or put to rest."""

from __future__ import annotations

from dataclasses import dataclass, field

from astra_actors.venues.exchange import refusal
from astra_actors.venues.exchange.account import Account, active_cash_e6, active_tokens_e6
from astra_actors.venues.exchange.amounts import Terms
from astra_actors.venues.exchange.cancelling import drop
from astra_actors.venues.exchange.executing import execute
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.matching import Plan, plan_match
from astra_actors.venues.exchange.money import USD_ONE_E6, cost_e6, text_e6
from astra_actors.venues.exchange.order import Order, OrderType, Standing
from astra_actors.venues.exchange.refusal import Refused, bad, short
from astra_actors.venues.exchange.state import Exchange, LevelMoved
from astra_actors.venues.exchange.user_frames import order_frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A verified order before the exchange has judged it."""

    order_id: str
    owner: str
    account: Account
    market: Market
    asset: str
    buys: bool
    terms: Terms
    kind: OrderType
    expiration_s: int = 0
    post_only: bool = False
    builder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What became of an accepted order: `live`, `matched` or `delayed`, and what it gave and got."""

    order_id: str
    status: str
    making_e6: int = 0
    taking_e6: int = 0
    trades: list[str] = field(default_factory=list)
    transactions: list[str] = field(default_factory=list)


def place(x: Exchange, draft: Draft, now_ms: int) -> Placed:
    """Take an order in. Raises `Refused` with the venue's text; a refused order leaves nothing behind but its killed frame."""
    order = _admit(x, draft, now_ms)
    market = draft.market
    crosses = x.books[order.market].crosses(is_bid=order.is_bid, yes_e4=order.yes_e4)
    if draft.post_only and crosses:
        raise bad(refusal.CROSSING)
    if crosses or not order.kind.rests:
        _check_marketable(order)
    if market.seconds_delay and (crosses or not order.kind.rests):
        return _delay(x, order, draft.account, market, now_ms)
    return settle_in(x, order, draft.account, now_ms)


def settle_in(x: Exchange, order: Order, account: Account, now_ms: int) -> Placed:
    """Match an admitted order now and put what is left of it to rest, or kill it."""
    market = x.markets[order.market]
    plan = _plan(x, order, market)
    if order.kind is OrderType.FOK and (plan.left_e6 or not plan.fills):
        raise _killed(x, order, market, refusal.FOK_KILLED, now_ms)
    if order.kind is OrderType.FAK and not plan.fills:
        raise _killed(x, order, market, refusal.FAK_KILLED, now_ms)
    _check_funds(x, order, account, plan)
    return enter(x, order, plan, now_ms)


def enter(x: Exchange, order: Order, plan: Plan, now_ms: int) -> Placed:
    """Carry a checked plan out: fills first, then what is left rests."""
    market = x.markets[order.market]
    trade = None
    order.left_e6 = plan.left_e6 if order.kind.rests else 0
    if order.owner:
        x.users.append((order.owner, order.market, order_frame(order, market, "PLACEMENT", now_ms)))
    if order.left_e6:
        x.rest(order)
        if order.kind is OrderType.GTD:
            x.later((order.expiration_s - x.timing.gtd_early_s) * 1_000, "expire", order.id)
    if plan.fills:
        trade = execute(x, order, plan, now_ms)
    elif order.left_e6:
        x.tell_market(order.market, LevelMoved(order.is_bid, order.yes_e4))
    if not order.left_e6:
        order.standing = Standing.MATCHED
    x.keep(order)
    making, taking = (plan.cash_e6, plan.size_e6) if order.buys else (plan.size_e6, plan.cash_e6)
    return Placed(
        order_id=order.id,
        status="matched" if plan.fills else "live",
        making_e6=making,
        taking_e6=taking,
        trades=[trade.id] if trade else [],
        transactions=[trade.transaction] if trade and trade.transaction else [],
    )


def _admit(x: Exchange, draft: Draft, now_ms: int) -> Order:
    market, account, terms = draft.market, draft.account, draft.terms
    if account.banned:
        raise bad(f"'{account.address}' address banned")
    if account.closed_only and draft.buys:
        raise bad(f"'{account.address}' address in closed only mode")
    if market.closed or not market.accepting:
        raise bad(refusal.NOT_READY)
    if draft.order_id in x.orders:
        raise bad(f"order {draft.order_id} is invalid. Duplicated.")
    exempt = not draft.kind.rests and x.switches.market_min_size == "exempt"
    if terms.size_e6 < market.min_size_e6 and not exempt:
        raise refusal.too_small(draft.order_id, text_e6(terms.size_e6), text_e6(market.min_size_e6))
    if draft.kind is OrderType.GTD:
        if draft.expiration_s * 1_000 < now_ms + x.timing.gtd_life_s_min * 1_000:
            raise bad(refusal.EXPIRATION)
    elif draft.expiration_s:
        raise bad(refusal.EXPIRATION)
    if draft.post_only and not draft.kind.rests:
        raise bad(refusal.PAYLOAD)
    order = Order(
        id=draft.order_id,
        owner=draft.owner,
        maker=account.address,
        market=market.condition_id,
        asset=draft.asset,
        is_yes=market.is_yes(draft.asset),
        buys=draft.buys,
        price_e4=terms.price_e4,
        size_e6=terms.size_e6,
        left_e6=terms.size_e6,
        budget_e6=terms.budget_e6,
        kind=draft.kind,
        seq=x.next_seq(),
        created_ms=now_ms,
        expiration_s=draft.expiration_s,
        post_only=draft.post_only,
        builder=draft.builder,
    )
    _check_funds(x, order, account, Plan(left_e6=order.size_e6))
    return order


def _check_marketable(order: Order) -> None:
    if order.buys and order.budget_e6 < USD_ONE_E6:
        raise bad(f"invalid amount for a marketable BUY order (${text_e6(order.budget_e6)}), min size: $1")


def _plan(x: Exchange, order: Order, market: Market) -> Plan:
    plan = plan_match(x.books[order.market], order, market, x.switches)
    if plan.own and x.switches.self_trade == "refuse":
        raise bad(f"order {order.id} crosses the book")
    if plan.own and x.switches.self_trade == "cancel_resting":
        for own in plan.own:
            drop(x, own, order.created_ms)
    return plan


def _check_funds(x: Exchange, order: Order, account: Account, plan: Plan) -> None:
    """What the checker has cached, less what open and matched orders claim, must cover the order."""
    held = [other for other in x.open_of(account.address).values() if other.id != order.id]
    if x.switches.reservation == "market":
        held = [other for other in held if other.market == order.market]
    if order.buys:
        rest = cost_e6(order.price_e4, plan.left_e6) if order.kind.rests or not plan.fills else 0
        amount = max(order.budget_e6, plan.cash_e6 + rest) + plan.fee_e6
        balance, active, matched = account.seen_cash_e6, active_cash_e6(held), account.claimed_cash_e6
        allowed = account.allowance_e6
    else:
        amount = order.size_e6
        balance, active = account.seen_tokens_e6.get(order.asset, 0), active_tokens_e6(held, order.asset)
        matched = account.claimed_tokens_e6.get(order.asset, 0)
        allowed = amount if account.approved else 0
    if balance - active - matched < amount:
        raise short("balance", balance=balance, active=active, matched=matched, amount=amount)
    if allowed < amount:
        raise short("allowance", balance=allowed, active=active, matched=matched, amount=amount)


def _delay(x: Exchange, order: Order, account: Account, market: Market, now_ms: int) -> Placed:
    order.standing = Standing.DELAYED
    order.due_ms = now_ms + market.seconds_delay * 1_000
    x.open.setdefault(account.address.lower(), {})[order.id] = order
    x.keep(order)
    x.later(order.due_ms, "delayed", order.id)
    x.users.append((order.owner, order.market, order_frame(order, market, "PLACEMENT", now_ms)))
    return Placed(order_id=order.id, status="delayed")


def _killed(x: Exchange, order: Order, market: Market, text: str, now_ms: int) -> Refused:
    """An order that had to be filled and was not: remembered, told with blanks, refused."""
    order.standing, order.reason, order.left_e6 = Standing.CANCELED, text, 0
    x.keep(order)
    x.users.append((order.owner, order.market, order_frame(order, market, "CANCELLATION", now_ms, killed=text)))
    return bad(text)
