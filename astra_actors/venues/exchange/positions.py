"""What a wallet does with tokens on the chain: split, merge, redeem, and convert within an event of one winner."""

from __future__ import annotations

from astra_actors.kernel.errors import BadInput
from astra_actors.venues.exchange.account import Account
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.state import Exchange


def split(x: Exchange, account: Account, market: Market, size_e6: int) -> None:
    """Turn dollars into as many complete sets."""
    _positive(size_e6)
    if account.cash_e6 < size_e6:
        raise BadInput("size", size_e6, f"the wallet has {account.cash_e6} micro-dollars")
    account.move(-size_e6, market.yes, size_e6)
    account.move(0, market.no, size_e6)
    x.escrow_e6 += size_e6
    _done(x, account)


def merge(x: Exchange, account: Account, market: Market, size_e6: int) -> None:
    """Turn complete sets back into dollars."""
    _positive(size_e6)
    least = min(account.tokens(market.yes), account.tokens(market.no))
    if least < size_e6:
        raise BadInput("size", size_e6, f"the wallet has {least} millionths of a complete set")
    account.move(size_e6, market.yes, -size_e6)
    account.move(0, market.no, -size_e6)
    x.escrow_e6 -= size_e6
    _done(x, account)


def redeem(x: Exchange, account: Account, market: Market) -> int:
    """Exchange the tokens of a resolved market for what they pay; returns the micro-dollars. Half a micro-dollar stays."""
    if not market.winner:
        raise BadInput("market", market.condition_id, "wait until it is resolved")
    yes, no = account.tokens(market.yes), account.tokens(market.no)
    paid = {"YES": yes, "NO": no, "VOID": (yes + no) // 2}[market.winner]
    account.move(paid, market.yes, -yes)
    account.move(0, market.no, -no)
    x.escrow_e6 -= paid
    _done(x, account)
    return paid


def convert(x: Exchange, account: Account, markets: list[Market], size_e6: int) -> None:
    """Turn NO of k markets of one event into YES of all the others and k − 1 dollars a share."""
    _positive(size_e6)
    event = markets[0].event_id if markets else ""
    whole = [market for market in x.markets.values() if market.event_id == event and market.neg_risk]
    chosen = [market.condition_id for market in markets]
    if not whole or any(market.event_id != event or not market.neg_risk for market in markets):
        raise BadInput("markets", chosen, "name markets of one event of which exactly one wins")
    if len(chosen) != len(dict.fromkeys(chosen)):
        raise BadInput("markets", chosen, "name each market once")
    if any(account.tokens(market.no) < size_e6 for market in markets):
        raise BadInput("size", size_e6, "the wallet has fewer NO tokens than that")
    for market in markets:
        account.move(0, market.no, -size_e6)
    for market in whole:
        if market.condition_id not in chosen:
            account.move(0, market.yes, size_e6)
    cash = (len(markets) - 1) * size_e6
    account.move(cash)
    x.escrow_e6 -= cash
    _done(x, account)


def _positive(size_e6: int) -> None:
    if size_e6 <= 0:
        raise BadInput("size", size_e6, "give more than nothing")


def _done(x: Exchange, account: Account) -> None:
    account.look()
    x.touch(account.address)
