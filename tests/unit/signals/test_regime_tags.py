"""Spread regimes (methods §7.7), time-to-resolution and volatility buckets (methods §9.13)."""

from __future__ import annotations

import math

import pytest

from astra_actors.kernel.units import NS_PER_DAY, NS_PER_HOUR
from astra_actors.signals.params import SignalParams
from astra_actors.signals.regime import RegimeTags, VolBucketer, percentile, spread_regime, ttr_bucket

PARAMS = SignalParams()


@pytest.mark.parametrize(
    ("bid", "ask", "tick", "median", "regime"),
    [
        pytest.param(5000, 5100, 100, 100, "TIGHT", id="one tick is tight"),
        pytest.param(400, 500, 100, 100, "TIGHT", id="one tick is tight also at five cents"),
        pytest.param(5000, 5200, 100, 200, "NORMAL", id="two ticks are normal"),
        pytest.param(5000, 5300, 100, 300, "NORMAL", id="three ticks are normal"),
        pytest.param(5000, 5400, 100, 400, "WIDE", id="four ticks are wide"),
        pytest.param(5000, 5800, 100, 800, "WIDE", id="eight ticks are wide"),
        pytest.param(5000, 5900, 100, 900, "BROKEN", id="nine ticks are broken"),
        pytest.param(9600, 9610, 10, 10, "TIGHT", id="ticks are the market's own"),
        pytest.param(5000, 5900, 100, 100, "BROKEN", id="a widening counts at once"),
        pytest.param(5000, 5100, 100, 500, "WIDE", id="a narrowing counts once it lasts"),
        pytest.param(5000, 5100, 100, None, "TIGHT", id="without a reference the spread speaks alone"),
        pytest.param(0, 5100, 100, 100, "BROKEN", id="no bid"),
        pytest.param(5000, 10_000, 100, 100, "BROKEN", id="no ask"),
        pytest.param(5100, 5100, 100, 100, "BROKEN", id="locked"),
        pytest.param(5200, 5100, 100, 100, "BROKEN", id="crossed"),
    ],
)
def test_spread_regime(bid: int, ask: int, tick: int, median: float | None, regime: str) -> None:
    assert spread_regime(bid, ask, tick, median, PARAMS) == regime


@pytest.mark.parametrize(
    ("hours", "bucket"),
    [
        pytest.param(0.0, "<48h", id="now"),
        pytest.param(47.999, "<48h", id="just under two days"),
        pytest.param(48.0, "2-7d", id="two days"),
        pytest.param(167.9, "2-7d", id="just under a week"),
        pytest.param(168.0, "7-30d", id="a week"),
        pytest.param(720.0, "7-30d", id="thirty days"),
        pytest.param(720.1, ">30d", id="more than thirty days"),
        pytest.param(None, "unknown", id="no date"),
    ],
)
def test_ttr_bucket(hours: float | None, bucket: str) -> None:
    assert ttr_bucket(hours) == bucket


def day_of(bucketer: VolBucketer, day: int, sigma: float) -> None:
    """One UTC day whose two equal returns make a realised σ of `sigma`."""
    step = sigma / math.sqrt(2)
    for hour, x in ((0, 0.0), (1, step), (2, 0.0)):
        bucketer.on_price(day * NS_PER_DAY + hour * NS_PER_HOUR, 100 * math.exp(x))


def after_days(sigmas: list[float], last: float) -> VolBucketer:
    bucketer = VolBucketer()
    for day, sigma in enumerate([*sigmas, last]):
        day_of(bucketer, day, sigma)
    return bucketer


RISING = [0.01 * (day + 1) for day in range(21)]  # 0.01 to 0.21: percentiles 33 and 67 are 0.076 and 0.144


@pytest.mark.parametrize(
    ("last", "bucket"),
    [
        pytest.param(0.075, "low", id="below the 33rd percentile"),
        pytest.param(0.077, "med", id="just above it"),
        pytest.param(0.143, "med", id="just below the 67th"),
        pytest.param(0.145, "high", id="above the 67th percentile"),
    ],
)
def test_vol_bucket_against_its_own_history(last: float, bucket: str) -> None:
    bucketer = after_days(RISING, last)
    assert bucketer.days == 21
    assert bucketer.sigma() == pytest.approx(last)
    assert bucketer.bucket() == (bucket, False)


def test_with_fewer_than_twenty_days_it_is_assumed() -> None:
    assert VolBucketer().bucket() == ("med", True)
    assert after_days(RISING[:19], 9.9).bucket() == ("med", True)
    assert after_days(RISING[:20], 9.9).bucket() == ("high", False)


def test_only_the_last_ninety_days_count() -> None:
    bucketer = after_days([5.0] * 90 + [0.01] * 90, 0.02)
    assert bucketer.days == 90
    assert bucketer.bucket() == ("high", False)


def test_a_day_seen_in_part_is_no_day_of_history() -> None:
    bucketer = VolBucketer()
    bucketer.on_price(NS_PER_HOUR * 23, 100.0)
    bucketer.on_price(NS_PER_DAY, 101.0)
    assert bucketer.days == 0


def test_without_an_underlying_the_log_odds_of_the_mid_move() -> None:
    bucketer = VolBucketer()
    bucketer.on_mid(0, 0.5)
    bucketer.on_mid(NS_PER_HOUR, 0.6)
    assert bucketer.sigma() == pytest.approx(math.log(0.6 / 0.4))
    bucketer.on_mid(2 * NS_PER_HOUR, 1.0)  # no log-odds there
    assert bucketer.sigma() == pytest.approx(math.log(0.6 / 0.4))


def test_moves_within_five_minutes_are_one_sample() -> None:
    bucketer = VolBucketer()
    bucketer.on_price(0, 100.0)
    for second in range(1, 300):
        bucketer.on_price(second * 1_000_000_000, 100.0 + second % 2)  # the bounce between bid and ask
    bucketer.on_price(300 * 1_000_000_000, 100.0)
    assert bucketer.sigma() == 0.0


def test_percentile_is_linear_between_neighbours() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 50) == 2.5
    assert percentile([7.0], 33) == 7.0
    assert percentile([1.0, 2.0], 100) == 2.0


def test_tags_say_when_the_volatility_is_assumed() -> None:
    tags = RegimeTags(vol_bucket="med", category="crypto", event_type="crypto", ttr_bucket="2-7d", vol_assumed=True)
    assert tags.vol_assumed
    assert RegimeTags(vol_bucket="low", category="a", event_type="b", ttr_bucket="c").vol_assumed is False
