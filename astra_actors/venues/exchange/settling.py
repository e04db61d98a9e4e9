"""Settlement: from a match's claim to tokens and dollars that moved, or to nothing at all.

A match claims what it will take; the chain moves it when the transaction is mined. One that fails moves nothing.
"""

from __future__ import annotations

from typing import Final

from astra_actors.venues.exchange.account import Account
from astra_actors.venues.exchange.state import CROWD, Exchange
from astra_actors.venues.exchange.trade import SETTLEMENT, Happening, Leg, Trade
from astra_actors.venues.exchange.user_frames import trade_frame

_LATE_MS: Final = (10_000, 50_000)  # bad days (polymarket.md 11.3)
Plan = list[tuple[int, Happening]]


def begin(x: Exchange, trade: Trade, now_ms: int) -> None:
    """A trade is matched: claim what it will take and plan what the chain will do with it."""
    x.trades[trade.id] = trade
    for leg in trade.legs:
        _claim(x, leg, 1)
    for owner in trade.owners:
        x.trades_of.setdefault(owner, []).append(trade.id)
    trade.plan = _fate(x, trade, now_ms)
    schedule(x, trade)
    _tell(x, trade, now_ms)


def schedule(x: Exchange, trade: Trade) -> None:
    """Have the next thing happen to a trade when it is due."""
    if trade.plan:
        x.later(trade.plan[0][0], "settle", trade.id)


def settle(x: Exchange, trade: Trade, now_ms: int) -> None:
    """The next thing that was planned for a trade happens."""
    _, happening = trade.plan.pop(0)
    if happening is Happening.MINE and not _covered(x, trade):
        happening, trade.plan, trade.error = Happening.GIVE_UP, [], "insufficient balance at settlement"
    trade.status = SETTLEMENT.step(trade.status, happening)
    trade.updated_ms = now_ms
    if happening is Happening.MINE:
        if not trade.transaction:
            trade.transaction = x.transaction(trade.id, 0)
        _move(x, trade)
    elif happening is Happening.REVERT:
        trade.transaction = x.transaction(trade.id, 1)
    elif happening is Happening.GIVE_UP:
        for leg in trade.legs:
            _claim(x, leg, -1)
        trade.error = trade.error or "transaction reverted"
    schedule(x, trade)
    _tell(x, trade, now_ms)


def _fate(x: Exchange, trade: Trade, now_ms: int) -> Plan:
    timing, faults = x.timing, x.faults
    if faults.hits("stuck_settlement", trade.id):
        return []
    low, high = _LATE_MS if faults.hits("late_settlement", trade.id) else timing.mine_ms
    mined = now_ms + x.between(low, high, trade.id, "mine")
    if faults.hits("ghost_fill", trade.id):
        return [(mined, Happening.GIVE_UP)]
    plan: Plan = []
    if faults.hits("retrying", trade.id):
        plan.append((mined, Happening.REVERT))
        mined += x.between(*timing.mine_ms, trade.id, "again")
    confirmed = mined + x.between(*timing.confirm_ms, trade.id, "confirm")
    return [*plan, (mined, Happening.MINE), (confirmed, Happening.CONFIRM)]


def _claim(x: Exchange, leg: Leg, sign: int) -> None:
    account = x.account(leg.maker)
    if account is None or account.address == CROWD:
        return
    cash = max(0, leg.fee_e6 - leg.cash_e6)
    account.claim(sign * cash, leg.asset, 0 if leg.buys else sign * leg.size_e6)
    x.touch(account.address)


def _covered(x: Exchange, trade: Trade) -> bool:
    """Whether every party still has what the chain is about to take, all its parts together."""
    cash: dict[str, int] = {}
    tokens: dict[tuple[str, str], int] = {}
    for leg in trade.legs:
        cash[leg.maker] = cash.get(leg.maker, 0) + leg.cash_e6 - leg.fee_e6
        key = (leg.maker, leg.asset)
        tokens[key] = tokens.get(key, 0) + (leg.size_e6 if leg.buys else -leg.size_e6)
    for maker, change in cash.items():
        account = x.account(maker)
        if account is None or account.cash_e6 + change < 0:
            return False
    for (maker, asset), change in tokens.items():
        account = x.account(maker)
        if maker != CROWD and (account is None or account.tokens(asset) + change < 0):
            return False
    return True


def _move(x: Exchange, trade: Trade) -> None:
    stale = x.faults.hits("stale_balance", trade.id)
    for leg in trade.legs:
        _claim(x, leg, -1)
        account = x.account(leg.maker)
        assert account is not None, "a trade is between accounts"
        if account.address == CROWD and not leg.buys:
            _have_tokens(x, account, trade.market, leg)
        account.move(leg.cash_e6 - leg.fee_e6, leg.asset, leg.size_e6 if leg.buys else -leg.size_e6)
        x.fees_e6 += leg.fee_e6
        x.escrow_e6 -= leg.cash_e6
        if not stale:
            account.look()
        x.touch(account.address)


def _have_tokens(x: Exchange, crowd: Account, market_id: str, leg: Leg) -> None:
    """The crowd splits dollars into sets when it sells what it does not have."""
    missing = leg.size_e6 - crowd.tokens(leg.asset)
    if missing > 0:
        market = x.markets[market_id]
        crowd.move(-missing, market.yes, missing)
        crowd.move(0, market.no, missing)
        x.escrow_e6 += missing


def _tell(x: Exchange, trade: Trade, now_ms: int) -> None:
    x.dirty.trades[trade.id] = None
    market = x.markets[trade.market]
    for owner in trade.owners:
        x.users.append((owner, trade.market, trade_frame(trade, market, owner, now_ms, x.switches)))
