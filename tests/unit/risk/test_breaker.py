"""Oracles O12.5 and O12.6."""

from __future__ import annotations

import pytest

from astra_actors.kernel.units import NS_PER_DAY, NS_PER_HOUR
from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.portfolio.equity import drawdown_of
from astra_actors.risk.breaker import DailyLoss, DrawdownBreaker
from astra_actors.risk.limits import RiskLimits

LIMITS = RiskLimits()
O12_5 = (
    (500_000, False),
    (510_000, False),
    (480_000, False),
    (458_900, True),
    (459_500, True),
    (467_000, True),
    (484_000, True),
    (484_600, False),
    (490_000, False),
    (520_000, False),
    (468_000, False),  # exactly 10 %
    (467_999, True),
)


def test_o12_5() -> None:
    breaker = DrawdownBreaker(5000 * USD)
    seen = []
    for cents, _ in O12_5:
        breaker.observe(cents * USD // 100, LIMITS)
        seen.append((cents, breaker.on))
    assert tuple(seen) == O12_5
    assert not breaker.halted


@pytest.mark.parametrize(
    ("equity", "drawdown"), [(4589, 0.100196078), (4840, 0.0509803922), (4846, 0.0498039216)], ids=str
)
def test_o12_5_depths(equity: int, drawdown: float) -> None:
    assert drawdown_of(5100 * USD, equity * USD) == pytest.approx(drawdown, rel=1e-8)


@pytest.mark.parametrize(
    ("cents", "halted"),
    [pytest.param(425_001, False, id="a cent above"), pytest.param(425_000, True, id="exactly 15 %")],
)
def test_fifteen_percent_halts(cents: int, halted: bool) -> None:
    breaker = DrawdownBreaker(5000 * USD)
    breaker.observe(cents * USD // 100, LIMITS)
    assert breaker.halted is halted
    breaker.observe(5000 * USD, LIMITS)
    assert breaker.halted is halted  # coming back does not undo it
    assert not breaker.on


def test_exactly_five_percent_keeps_the_breaker_on() -> None:
    breaker = DrawdownBreaker(5000 * USD, on=True)
    breaker.observe(4750 * USD, LIMITS)
    assert breaker.on
    breaker.observe(4750 * USD + 1, LIMITS)
    assert not breaker.on


def test_rebased_it_starts_again_from_here() -> None:
    breaker = DrawdownBreaker(5000 * USD)
    breaker.observe(4000 * USD, LIMITS)
    breaker.rebase(4000 * USD)
    breaker.observe(3600 * USD, LIMITS)  # exactly 10 % of the new peak
    assert (breaker.peak_e10, breaker.on, breaker.halted) == (4000 * USD, False, False)


@pytest.mark.parametrize(
    ("pnl_cents", "halts"), [(-12_000, False), (-18_000, False), (-24_900, False), (-25_000, False), (-25_001, True)]
)
def test_o12_6(pnl_cents: int, halts: bool) -> None:
    day = DailyLoss(0, 5000 * USD)
    assert day.observe(NS_PER_HOUR, 5000 * USD + pnl_cents * USD // 100, LIMITS) is halts


def test_a_new_day_starts_from_its_own_equity() -> None:
    day = DailyLoss(0, 5000 * USD)
    assert day.observe(NS_PER_DAY - 1, 4700 * USD, LIMITS)
    assert not day.observe(NS_PER_DAY, 4700 * USD, LIMITS)
    assert (day.start_e10, day.next_day_ns) == (4700 * USD, 2 * NS_PER_DAY)
    assert not day.observe(NS_PER_DAY + 1, 4465 * USD, LIMITS)  # exactly 5 % of 4700
    assert day.observe(NS_PER_DAY + 2, 4465 * USD - 1, LIMITS)


@pytest.mark.parametrize(
    ("hours", "start"),
    [
        pytest.param(24.0, 4_600, id="a barrier exactly at midnight is where the day starts"),
        pytest.param(24.5, 4_900, id="else the last barrier before it"),
        pytest.param(80.0, 4_900, id="also when nothing ran for days"),
    ],
)
def test_what_is_lost_across_midnight_is_lost_on_the_new_day(hours: float, start: int) -> None:
    day = DailyLoss(0, 5000 * USD)
    assert not day.observe(23 * NS_PER_HOUR, 4900 * USD, LIMITS)
    halts = day.observe(int(hours * NS_PER_HOUR), 4600 * USD, LIMITS)
    assert (day.start_e10, halts) == (start * USD, start == 4_900)  # 300 of 4,900 is more than 5 %


def test_the_loss_of_the_day_as_a_fraction() -> None:
    day = DailyLoss(0, 5000 * USD)
    assert (day.loss(5100 * USD), day.loss(4750 * USD), day.loss(-100 * USD)) == (0.0, 0.05, 1.02)
