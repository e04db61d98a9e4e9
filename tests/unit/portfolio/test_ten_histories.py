"""Ten markets worked out by hand, to the integer: cash, cost, profit by both methods, each settlement, each trade."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from astra_actors.market.instrument import Outcome, Side, Token
from astra_actors.portfolio.position import MarketPosition
from astra_actors.portfolio.trades import TradeBuilder

Y, N, B, S = Token.YES, Token.NO, Side.BUY, Side.SELL
SHARE = 1_000_000
CENT = 100_000_000  # one cent in 1/10,000,000,000 dollar


@dataclass(frozen=True)
class History:
    """Fills are (token, side, price_e4, size_e6, fee_e10, rebate_e10); money is in 10⁻¹⁰ dollar."""

    fills: tuple[tuple[Token, Side, int, int, int, int], ...]
    cash: int
    basis_fifo: int
    basis_average: int
    realised_fifo: int
    realised_average: int
    mid_e4: float
    mark: int
    worst: int
    locked: int
    profit: tuple[int, int, int]  # settled YES, NO, VOID
    trades: tuple[int, ...] = ()  # P&L of the trades closed by fills
    last: tuple[int, int, int] = (0, 0, 0)  # P&L of the trade that the settlement closes
    fees: int = 0
    rebates: int = 0


HISTORIES = {
    # 100 YES at 40 c cost 40.00. At 52 c they mark at 52.00. YES pays 100, NO 0, VOID 50.
    "bought and held": History(
        fills=((Y, B, 4000, 100 * SHARE, 0, 0),),
        cash=-4000 * CENT,
        basis_fifo=4000 * CENT,
        basis_average=4000 * CENT,
        realised_fifo=0,
        realised_average=0,
        mid_e4=5200,
        mark=5200 * CENT,
        worst=4000 * CENT,
        locked=0,
        profit=(6000 * CENT, -4000 * CENT, 1000 * CENT),
        last=(6000 * CENT, -4000 * CENT, 1000 * CENT),
    ),
    # One order of 100 at 35 c fills as 30 + 45 + 25: 10.50 + 15.75 + 8.75 = 35.00. 60 sold at 45 c bring 27.00; they
    # had cost 21.00, so 6.00 is made and 40 shares worth 14.00 at cost are left. 40 × 41 c = 16.40.
    "partial fills in, a part out": History(
        fills=(
            (Y, B, 3500, 30 * SHARE, 0, 0),
            (Y, B, 3500, 45 * SHARE, 0, 0),
            (Y, B, 3500, 25 * SHARE, 0, 0),
            (Y, S, 4500, 60 * SHARE, 0, 0),
        ),
        cash=-800 * CENT,
        basis_fifo=1400 * CENT,
        basis_average=1400 * CENT,
        realised_fifo=600 * CENT,
        realised_average=600 * CENT,
        mid_e4=4100,
        mark=1640 * CENT,
        worst=800 * CENT,
        locked=0,
        profit=(3200 * CENT, -800 * CENT, 1200 * CENT),
        last=(3200 * CENT, -800 * CENT, 1200 * CENT),
    ),
    # Lots of 100 for 40.00 + 0.10 fee and of 50 for 23.00 + 0.05; 120 sold at 55 c for 66.00 − 0.35.
    # Cash −40.10 − 23.05 + 65.65 = 2.50. First in first out: 40.10 + 20/50 × 23.05 = 49.32 leaves, 13.83 stays, made
    # 65.65 − 49.32 = 16.33. Average: 120/150 × 63.15 = 50.52 leaves, 12.63 stays, made 15.13. 30 × 52 c = 15.60.
    "fees on both ways, two methods": History(
        fills=(
            (Y, B, 4000, 100 * SHARE, 10 * CENT, 0),
            (Y, B, 4600, 50 * SHARE, 5 * CENT, 0),
            (Y, S, 5500, 120 * SHARE, 35 * CENT, 0),
        ),
        cash=250 * CENT,
        basis_fifo=1383 * CENT,
        basis_average=1263 * CENT,
        realised_fifo=1633 * CENT,
        realised_average=1513 * CENT,
        mid_e4=5200,
        mark=1560 * CENT,
        worst=0,
        locked=0,
        profit=(3250 * CENT, 250 * CENT, 1750 * CENT),
        last=(3250 * CENT, 250 * CENT, 1750 * CENT),
        fees=50 * CENT,
    ),
    # O1.5: 120 × 0.44 = 52.80, 80 × 0.53 = 42.40, together 95.20. 80 pairs pay 80 whatever happens and cost
    # 35.20 + 42.40 = 77.60: 2.40 locked. At a mid of 46 c: 55.20 + 80 × 0.54 = 98.40.
    # As one trade: buying 80 NO at 53 c is selling 80 YES at 47 c for 37.60, so 40 stay open; with YES they bring
    # 40.00, and 37.60 + 40.00 − 52.80 = 24.80.
    "both tokens, pairs locked": History(
        fills=((Y, B, 4400, 120 * SHARE, 0, 0), (N, B, 5300, 80 * SHARE, 0, 0)),
        cash=-9520 * CENT,
        basis_fifo=9520 * CENT,
        basis_average=9520 * CENT,
        realised_fifo=0,
        realised_average=0,
        mid_e4=4600,
        mark=9840 * CENT,
        worst=1520 * CENT,
        locked=240 * CENT,
        profit=(2480 * CENT, -1520 * CENT, 480 * CENT),
        last=(2480 * CENT, -1520 * CENT, 480 * CENT),
    ),
    # 3 shares at 33.33 c and 0.00001 fee: 9,999,000,000 + 100,000 = 9,999,100,000. One sold at 50 c: a third of the
    # cost is 3,333,033,333.33; 3,333,033,333 leaves, the third of a unit stays: 6,666,066,667. One sold at 25 c: half
    # is 3,333,033,333.5, so 3,333,033,334 stays. Cash −9,999,100,000 + 5,000,000,000 + 2,500,000,000 = −2,499,100,000.
    "divisions that do not come out": History(
        fills=(
            (Y, B, 3333, 3 * SHARE, 100_000, 0),
            (Y, S, 5000, 1 * SHARE, 0, 0),
            (Y, S, 2500, 1 * SHARE, 0, 0),
        ),
        cash=-2_499_100_000,
        basis_fifo=3_333_033_334,
        basis_average=3_333_033_334,
        realised_fifo=833_933_334,
        realised_average=833_933_334,
        mid_e4=3000,
        mark=3_000_000_000,
        worst=2_499_100_000,
        locked=0,
        profit=(7_500_900_000, -2_499_100_000, 2_500_900_000),
        last=(7_500_900_000, -2_499_100_000, 2_500_900_000),
        fees=100_000,
    ),
    # 200 NO at 30 c cost 60.00 and bring a rebate of 0.12; 50 sold at 36 c bring 18.00 − 0.05. Cash −41.93; 150 left at
    # 45.00; made 18.00 − 15.00 − 0.05 + 0.12 = 3.07. Mid 66 c: NO marks at 34 c, 51.00.
    "NO with a rebate and a fee": History(
        fills=((N, B, 3000, 200 * SHARE, 0, 12 * CENT), (N, S, 3600, 50 * SHARE, 5 * CENT, 0)),
        cash=-4193 * CENT,
        basis_fifo=4500 * CENT,
        basis_average=4500 * CENT,
        realised_fifo=307 * CENT,
        realised_average=307 * CENT,
        mid_e4=6600,
        mark=5100 * CENT,
        worst=4193 * CENT,
        locked=0,
        profit=(-4193 * CENT, 10_807 * CENT, 3307 * CENT),
        last=(-4193 * CENT, 10_807 * CENT, 3307 * CENT),
        fees=5 * CENT,
        rebates=12 * CENT,
    ),
    # 80 YES 25 c → 31 c: 24.80 − 20.00 = 4.80, a first trade. Then 60 NO at 70 c for 42.00, 20 sold at 65 c for 13.00:
    # 1.00 lost, 40 left at 28.00. Cash 4.80 − 42.00 + 13.00 = −24.20. Mid 28 c: 40 × 72 c = 28.80.
    # Second trade: NO pays 40 + 13 − 42 = 11.00, YES 13 − 42 = −29.00, VOID 20 + 13 − 42 = −9.00.
    "a round trip, then the other side": History(
        fills=(
            (Y, B, 2500, 80 * SHARE, 0, 0),
            (Y, S, 3100, 80 * SHARE, 0, 0),
            (N, B, 7000, 60 * SHARE, 0, 0),
            (N, S, 6500, 20 * SHARE, 0, 0),
        ),
        cash=-2420 * CENT,
        basis_fifo=2800 * CENT,
        basis_average=2800 * CENT,
        realised_fifo=380 * CENT,
        realised_average=380 * CENT,
        mid_e4=2800,
        mark=2880 * CENT,
        worst=2420 * CENT,
        locked=0,
        profit=(-2420 * CENT, 1580 * CENT, -420 * CENT),
        trades=(480 * CENT,),
        last=(-2900 * CENT, 1100 * CENT, -900 * CENT),
    ),
    # 50 YES at 48 c and 50 NO at 49 c: 50 dollars for 48.50, a closed trade of 1.50. Then 10 YES at 60 c. Cash −24 −
    # 24.50 − 6 = −54.50. Pairs at average cost: 50 × (30.00/60) + 24.50 = 49.50, so 0.50 locked. Mid 55 c: 33 + 22.50.
    "netted against the other token": History(
        fills=((Y, B, 4800, 50 * SHARE, 0, 0), (N, B, 4900, 50 * SHARE, 0, 0), (Y, B, 6000, 10 * SHARE, 0, 0)),
        cash=-5450 * CENT,
        basis_fifo=5450 * CENT,
        basis_average=5450 * CENT,
        realised_fifo=0,
        realised_average=0,
        mid_e4=5500,
        mark=5550 * CENT,
        worst=450 * CENT,
        locked=50 * CENT,
        profit=(550 * CENT, -450 * CENT, 50 * CENT),
        trades=(150 * CENT,),
        last=(400 * CENT, -600 * CENT, -100 * CENT),
    ),
    # 40 YES at 50 c, then 100 NO at 45 c, which sells 100 YES at 55 c: 40 close with 2.00, 60 open the other way for
    # 27.00. Cash −65.00. Mid 52 c: 20.80 + 48.00. Second trade: YES −27, NO 60 − 27 = 33, VOID 30 − 27 = 3.
    "through flat in one fill": History(
        fills=((Y, B, 5000, 40 * SHARE, 0, 0), (N, B, 4500, 100 * SHARE, 0, 0)),
        cash=-6500 * CENT,
        basis_fifo=6500 * CENT,
        basis_average=6500 * CENT,
        realised_fifo=0,
        realised_average=0,
        mid_e4=5200,
        mark=6880 * CENT,
        worst=2500 * CENT,
        locked=200 * CENT,
        profit=(-2500 * CENT, 3500 * CENT, 500 * CENT),
        trades=(200 * CENT,),
        last=(-2700 * CENT, 3300 * CENT, 300 * CENT),
    ),
    # 10 each at 10, 20 and 30 c (6.00); 15 sold at 40 c (6.00); 5 NO at 55 c (2.75); 10 sold at 35 c (3.50 − 0.02).
    # Cash −6 + 6 − 2.75 + 3.48 = 0.73. First in first out: 15 leave for 1.00 + 1.00, 10 for 1.00 + 1.50; 1.50 stays
    # with 2.75 of NO. Average 20 c: 3.00 then 2.00 leave, 1.00 stays. Mid 38 c: 1.90 + 3.10 = 5.00. Five
    # pairs: 5 whatever. As one trade: 30 in for 6.00, out for 6.00 + 5 × 45 c + 3.50 = 11.75, less 0.02: 5.73.
    "three lots out in two sales": History(
        fills=(
            (Y, B, 1000, 10 * SHARE, 0, 0),
            (Y, B, 2000, 10 * SHARE, 0, 0),
            (Y, B, 3000, 10 * SHARE, 0, 0),
            (Y, S, 4000, 15 * SHARE, 0, 0),
            (N, B, 5500, 5 * SHARE, 0, 0),
            (Y, S, 3500, 10 * SHARE, 2 * CENT, 0),
        ),
        cash=73 * CENT,
        basis_fifo=425 * CENT,
        basis_average=375 * CENT,
        realised_fifo=498 * CENT,
        realised_average=448 * CENT,
        mid_e4=3800,
        mark=500 * CENT,
        worst=0,
        locked=125 * CENT,
        profit=(573 * CENT, 573 * CENT, 573 * CENT),
        trades=(573 * CENT,),
        fees=2 * CENT,
    ),
}


def _play(history: History) -> tuple[MarketPosition, TradeBuilder, list[int]]:
    position, builder, closed = MarketPosition(), TradeBuilder("m", "s"), []
    for number, (token, side, price_e4, size_e6, fee, rebate) in enumerate(history.fills):
        position.apply_fill(token, side, price_e4, size_e6, fee, rebate)
        trade = builder.on_fill(token, side, price_e4, size_e6, number, fee, rebate)
        if trade is not None:
            closed.append(trade.pnl_e10)
    return position, builder, closed


@pytest.mark.parametrize("history", [pytest.param(h, id=name) for name, h in HISTORIES.items()])
def test_before_the_settlement(history: History) -> None:
    position, _, closed = _play(history)
    assert position.cash_e10 == history.cash
    assert position.basis_e10("fifo") == history.basis_fifo
    assert position.basis_e10("average") == history.basis_average
    assert position.realised_e10("fifo") == history.realised_fifo
    assert position.realised_e10("average") == history.realised_average
    assert position.mark_e10(history.mid_e4) == history.mark
    assert position.unrealised_e10(history.mid_e4, "fifo") == history.mark - history.basis_fifo
    assert position.unrealised_e10(history.mid_e4, "average") == history.mark - history.basis_average
    assert position.worst_loss_e10 == history.worst
    assert position.locked_e10() == history.locked
    assert (position.fees_e10, position.rebates_e10) == (history.fees, history.rebates)
    assert tuple(closed) == history.trades


@pytest.mark.parametrize("number", [0, 1, 2], ids=["YES", "NO", "VOID"])
@pytest.mark.parametrize("history", [pytest.param(h, id=name) for name, h in HISTORIES.items()])
def test_settled(history: History, number: int) -> None:
    outcome = (Outcome.YES, Outcome.NO, Outcome.VOID)[number]
    position, builder, closed = _play(history)
    trade = builder.on_settle(outcome, 99)
    payout = position.settle(outcome)
    assert position.cash_e10 == history.profit[number]
    assert payout == history.profit[number] - history.cash
    assert (position.realised_e10("fifo"), position.realised_e10("average")) == (history.profit[number],) * 2
    assert (trade.pnl_e10 if trade else 0) == history.last[number]
    assert sum(closed) + history.last[number] == history.profit[number]
    assert position.worst_loss_e10 == 0
