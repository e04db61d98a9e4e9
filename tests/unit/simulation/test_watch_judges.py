"""The watcher of the simulated house: what it lets pass and what it does not, on orders and fills made up by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.market.book import BookState
from astra_actors.market.instrument import Side, Token
from astra_actors.risk.lease import Lease
from astra_actors.risk.limits import RiskLimits
from astra_actors.simulation.harness.auditor import PromiseBrokenError
from astra_actors.simulation.harness.books import MarketBooks
from astra_actors.simulation.harness.watch import Watch
from astra_actors.venues.port import Cancelled, Filled

SHARE = 1_000_000
Y, N, B, S = Token.YES, Token.NO, Side.BUY, Side.SELL
ENGINE: Any = SimpleNamespace(
    market_id="m", incarnation=1, book=SimpleNamespace(state=BookState.LIVE, two_sided=True), facts=[]
)


def watching(*names: str, lease_usd: int = 50, **held: int) -> Watch:
    """A watcher of some markets, each with a lease and a feed it may believe."""
    watch = Watch(RiskLimits(), 5_000 * USD)
    for name in names or ("m",):
        books = MarketBooks(name, (f"market:{name}", "aggregate", "cluster:c"), True, 0, vetoed="", doubt=False)
        books.lease = lease(name, lease_usd)
        watch.books[name] = books
    for field, value in held.items():
        setattr(watch.books["m"], field, value)
    return watch


def lease(name: str, usd: int, incarnation: int = 1) -> Lease:
    return Lease(
        lease_id=f"{name}{usd}",
        market_id=name,
        incarnation=incarnation,
        limit_e10=usd * USD,
        granted_ns=0,
        expires_ns=100,
    )


def order(order_id: str, token: Token, side: Side, price_e4: int, shares: int) -> Any:
    ids = {"order_id": order_id, "estimate_id": "e", "decision_id": "d"}
    return SimpleNamespace(**ids, token=token, side=side, price_e4=price_e4, size_e6=shares * SHARE)


def test_an_entry_paid_for_by_a_profit_needs_a_lease() -> None:
    """Nothing is lost by it in the end, so the worst case does not grow; what was made is at risk again."""
    watch = watching(cash_e10=30 * USD)
    watch.books["m"].lease = None
    with pytest.raises(PromiseBrokenError, match="it has no lease"):
        watch.order(ENGINE, order("o", Y, B, 5_000, 50), 1)


@pytest.mark.parametrize(
    ("held", "what"),
    [
        pytest.param({"yes_e6": 50 * SHARE, "cash_e10": 5 * USD}, order("o", Y, S, 100, 50), id="selling at a profit"),
        pytest.param({"yes_e6": 50 * SHARE, "cash_e10": -20 * USD}, order("o", N, B, 4_000, 50), id="the other token"),
    ],
)
def test_a_reduction_needs_none(held: dict[str, int], what: Any) -> None:
    watch = watching(**held)
    watch.books["m"].reckon()
    watch.books["m"].lease = None
    watch.order(ENGINE, what, 1)
    assert list(watch.books["m"].orders) == ["o"]


def test_what_a_silent_market_was_given_counts_beside_what_is_dealt() -> None:
    """Fourteen markets of fifty dollars do not fit a cluster of six hundred, though two of them say nothing."""
    names = [f"m{number}" for number in range(14)]
    watch = watching(*names)
    dealt = [lease(name, 50) for name in names[:12]]
    for name in names[12:]:
        watch.books[name].lease = None
    watch.barrier(5_000 * USD, dealt)
    for name in names[12:]:
        watch.books[name].lease = lease(name, 50)
    with pytest.raises(PromiseBrokenError, match="grants stay within caps: cluster:c"):
        watch.barrier(5_000 * USD, dealt)


def test_a_late_fill_excuses_what_it_added_and_no_order_after_it() -> None:
    watch = watching()
    watch.order(ENGINE, order("a", Y, B, 5_000, 90), 1)
    watch.answer(ENGINE, Cancelled("a", 2), "")
    watch.order(ENGINE, order("b", Y, B, 5_000, 90), 3)
    watch.answer(ENGINE, Filled(fill_id="f", order_id="a", at_ns=4, price_e4=5_000, size_e6=90 * SHARE), "")
    watch.caps(["market:m"])
    assert (watch.late_fills, watch.books["m"].excused_e10) == (1, 45 * USD)
    with pytest.raises(PromiseBrokenError, match="leased"):
        watch.order(ENGINE, order("c", Y, B, 100, 10), 5)
