"""One market's probability: which model answers, what it rests on, and when it declines (methods §3, §19.3 #56)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pytest

from astra_actors.definitions.contract import DefinitionContract
from astra_actors.estimation.estimate import Estimate
from astra_actors.estimation.estimator import Estimator
from astra_actors.estimation.params import EstimationParams
from astra_actors.estimation.running_extreme import RunningExtreme
from astra_actors.estimation.sigma import Volatility, effective, table_range, table_worth
from astra_actors.estimation.sources.recorded_ticks import RecordedTicks
from astra_actors.estimation.threshold import close_above
from astra_actors.estimation.touch import touch_down, touch_up, watched_level
from astra_actors.kernel.clock import ns_from_text
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_S, YEAR_S
from astra_actors.market.instrument import Category, Instrument, MarketListing
from astra_actors.risk.veto import Refused, Veto

OPEN = ns_from_text("2026-03-01T00:00:00Z")
CUTOFF = ns_from_text("2026-03-15T00:00:00Z")
YEARS = 14 * 86_400 / YEAR_S
TOP = (4_800, 5_000, 100_000_000, 300_000_000)
PLAIN = EstimationParams(model_error=0.0, short_model_error=0.0, barrier_watch_s=0.0)


@dataclass
class Spot:
    """A price that stands still until told otherwise, printed at every moment asked about."""

    price: float = 75_000.0
    age_ns: int = 0
    name: str = "Astra World"
    jumps: dict[int, float] = field(default_factory=dict)

    def spot_at(self, underlying: str, now_ns: int) -> tuple[float, int] | None:
        if underlying != "BTC" or now_ns < OPEN:
            return None
        price = self.price
        for at_ns, value in sorted(self.jumps.items()):
            if at_ns <= now_ns:
                price = value
        return price, now_ns - self.age_ns


LISTING = MarketListing(
    instrument=Instrument(market_id="0xabc", yes_asset="1", no_asset="2"),
    question="",
    rules="",
    category=Category.CRYPTO,
    event_id="e",
    open_ns=OPEN,
    close_ns=CUTOFF,
    underlying="BTC",
)


def contract(
    kind: str = "close", op: str = ">=", level: int = 85_000, rounding: str = "floor_int"
) -> DefinitionContract:
    condition: dict[str, Any] = {"op": op, "level": level, "window": "any_time" if kind == "touch" else "at_close"}
    details = {"feed": "BTC/USD", "rounding": rounding}
    if kind == "touch":
        details["finality"] = "10m"
    else:
        condition["measurement_time"] = "2026-03-15T00:00:00Z"
    return DefinitionContract(
        market_id="0xabc",
        category="crypto_threshold",
        resolution_type=kind,
        underlying="BTC",
        quote_ccy="USD",
        cutoff_ts_utc="2026-03-15T00:00:00Z",
        oracle_source="Astra World",
        oracle_details=details,
        condition=condition,
        venue_rules_version="v",
    )


EVENT = DefinitionContract(
    market_id="0xabc",
    category="event_outcome",
    resolution_type="event",
    underlying="",
    quote_ccy="",
    cutoff_ts_utc="2026-03-15T00:00:00Z",
    oracle_source="a league",
    oracle_details={"rule": "the Owls win"},
    condition={"outcome": "the Owls win"},
    venue_rules_version="v",
)


def made(
    definition: DefinitionContract, spot: Spot | None, now_ns: int = OPEN, params: EstimationParams = PLAIN
) -> Estimate:
    answer = Estimator(params, spot).estimate(LISTING, definition, now_ns, TOP)
    assert isinstance(answer, Estimate), answer
    assert 0 <= answer.p_lo <= answer.p <= answer.p_hi <= 1
    return answer


def refused(definition: DefinitionContract, spot: Spot | None, **more: Any) -> Refused:
    answer = Estimator(PLAIN, spot).estimate(LISTING, definition, more.get("now_ns", OPEN), more.get("top", TOP))
    assert isinstance(answer, Refused), answer
    return answer


def test_o3_1_comes_through_when_history_is_short() -> None:
    answer = made(contract(), Spot())
    assert answer.estimator == "threshold_close"
    assert answer.p == pytest.approx(0.147509782, rel=1e-8)  # table σ 0.65, 14 days
    assert answer.p_hi == pytest.approx(close_above(75_000, 85_000, YEARS, 0.75), rel=1e-8)  # far under σ*
    assert answer.p_lo <= close_above(75_000, 85_000, YEARS, 0.55)


def test_o3_3_comes_through_up_and_down() -> None:
    up = made(contract("touch"), Spot())
    down = made(contract("touch", "<", 65_000), Spot())
    assert (up.estimator, down.estimator) == ("threshold_touch", "threshold_touch")
    assert up.p == pytest.approx(0.30528176, rel=1e-8)
    assert down.p == pytest.approx(0.279825204, rel=1e-8)
    assert up.p_lo == pytest.approx(touch_up(75_000, 85_000, YEARS, 0.55), rel=1e-8)
    assert down.p_hi == pytest.approx(touch_down(75_000, 65_000, YEARS, 0.75), rel=1e-8)


def test_a_fall_rounded_down_counts_a_dollar_earlier() -> None:
    answer = made(contract("touch", "<=", 65_000), Spot())
    assert answer.p == pytest.approx(touch_down(75_000, 65_001, YEARS, 0.65), rel=1e-8)


def test_a_barrier_that_is_watched_is_further_away() -> None:
    params = EstimationParams(model_error=0.0, short_model_error=0.0, barrier_watch_s=3_600.0)
    level = watched_level(85_000, 0.65, 3_600 / YEAR_S, up=True)
    assert made(contract("touch"), Spot(), params=params).p == pytest.approx(touch_up(75_000, level, YEARS, 0.65))


def test_below_is_what_above_leaves() -> None:
    above = made(contract(op=">="), Spot())
    below = made(contract(op="<"), Spot())
    assert below.p == pytest.approx(1 - above.p)
    assert (below.p_lo, below.p_hi) == pytest.approx((1 - above.p_hi, 1 - above.p_lo))


def test_exactly_one_dollar_is_a_narrow_range() -> None:
    answer = made(contract(op="==", level=75_000), Spot())
    density = 1 / (0.65 * math.sqrt(YEARS) * 75_000 * math.sqrt(2 * math.pi))
    assert answer.p == pytest.approx(density, rel=0.01)


def test_the_model_error_moves_both_ends() -> None:
    bare, wide = made(contract(), Spot()), made(contract(), Spot(), params=EstimationParams(model_error=0.03))
    assert wide.p_lo == pytest.approx(bare.p_lo - 0.03)
    assert wide.p_hi == pytest.approx(bare.p_hi + 0.03)


def test_the_last_hour_is_less_certain() -> None:
    params = EstimationParams(model_error=0.0, short_model_error=0.09, short_s=3_600)
    spot = Spot(price=85_000.0)
    before = made(contract(), spot, CUTOFF - 3_600 * NS_PER_S, params)
    inside = made(contract(), spot, CUTOFF - 3_599 * NS_PER_S, params)
    assert inside.p_hi - inside.p_lo == pytest.approx(before.p_hi - before.p_lo + 0.18, abs=1e-4)


@pytest.mark.parametrize(
    ("price", "p"), [pytest.param(85_000.0, 1.0, id="it held"), pytest.param(84_999.9, 0.0, id="it did not")]
)
def test_after_the_cutoff_the_print_at_the_cutoff_answers(price: float, p: float) -> None:
    spot = Spot(price=price, jumps={CUTOFF + 1: 85_000.0 if p == 0 else 1.0})
    assert made(contract(), spot, CUTOFF + NS_PER_HOUR).p == p


def test_a_touch_is_remembered_after_the_price_has_gone_back() -> None:
    jumps = {OPEN + NS_PER_DAY: 85_000.0, OPEN + NS_PER_DAY + 120 * NS_PER_S: 70_000.0}
    spot = Spot(jumps=jumps)
    assert made(contract("touch"), spot, OPEN + NS_PER_DAY - 1).p < 0.5
    assert made(contract("touch"), spot, OPEN + 2 * NS_PER_DAY).p == 1.0


def test_a_touch_on_a_feed_that_does_not_decide_stays_in_doubt() -> None:
    spot = Spot(price=85_500.0, name="Coinbase")
    answer = made(contract("touch"), spot)
    assert (answer.p, answer.p_lo, answer.p_hi) == pytest.approx((0.95, 0.90, 1.0))


def test_a_touch_before_the_market_opened_does_not_count() -> None:
    class Earlier(Spot):
        def spot_at(self, underlying: str, now_ns: int) -> tuple[float, int] | None:
            return (86_000.0 if now_ns < OPEN else 75_000.0, now_ns)

    params = EstimationParams(model_error=0.0, barrier_watch_s=0.0, vol_bars_min=2_000)  # σ from the table
    assert made(contract("touch"), Earlier(), params=params).p == pytest.approx(0.30528176, rel=1e-8)


def test_before_the_window_opens_the_wait_is_part_of_the_model() -> None:
    class Early(Spot):
        def spot_at(self, underlying: str, now_ns: int) -> tuple[float, int] | None:
            return self.price, now_ns

    now = OPEN - 10 * NS_PER_DAY
    waiting = made(contract("touch"), Early(), now)
    open_now = touch_up(75_000, 85_000, 24 * 86_400 / YEAR_S, 0.65)
    assert touch_up(75_000, 85_000, YEARS, 0.65) < waiting.p < open_now


def test_an_untouched_level_is_lost_at_the_cutoff() -> None:
    assert made(contract("touch"), Spot(), CUTOFF).p == 0.0


@pytest.mark.parametrize(
    ("definition", "spot", "veto"),
    [
        pytest.param(contract(), Spot(age_ns=120_001_000_000), Veto.INPUT_STALE, id="the price is two minutes old"),
        pytest.param(contract("touch", "=="), Spot(), Veto.NO_ESTIMATE, id="a touch of exactly one price"),
    ],
)
def test_what_cannot_be_estimated_is_refused(definition: DefinitionContract, spot: Spot, veto: Veto) -> None:
    assert refused(definition, spot).veto is veto


def test_a_stale_price_tells_its_age_and_the_limit() -> None:
    answer = refused(contract(), Spot(age_ns=300_000_000_000))
    assert (answer.observed, answer.limit, answer.unit) == (300_000.0, 120_000.0, "ms")


def test_no_price_is_no_estimate() -> None:
    assert refused(contract(), Spot(), now_ns=OPEN - 1).veto is Veto.NO_ESTIMATE


def test_the_age_of_the_price_travels_with_the_estimate() -> None:
    assert made(contract(), Spot(age_ns=30_000_000_000)).input_age_ms == 30_000


def test_an_outcome_takes_the_books_own_price() -> None:
    answer = made(EVENT, Spot())
    # mid 0.49; micro (0.48·300 + 0.50·100)/400 = 0.485; half of each 0.4875; half-width 0.002 + 0.1·0.02
    assert answer.estimator == "book_consensus"
    assert (answer.p, answer.p_lo, answer.p_hi) == pytest.approx((0.4875, 0.4835, 0.4915))


def test_without_a_spot_source_a_threshold_takes_the_book_too() -> None:
    assert made(contract(), None).estimator == "book_consensus"


@pytest.mark.parametrize(
    ("top", "veto"),
    [
        pytest.param(None, Veto.NO_BOOK, id="no book"),
        pytest.param((0, 5_000, 0, 1), Veto.NO_BOOK, id="no bid"),
        pytest.param((None, 5_000, 0, 1), Veto.NO_BOOK, id="an unknown bid"),
        pytest.param((4_000, 10_000, 1, 0), Veto.NO_BOOK, id="no ask"),
        pytest.param((5_000, 5_000, 1, 1), Veto.CROSSED_BOOK, id="a locked book"),
    ],
)
def test_half_a_book_is_no_consensus(top: Any, veto: Veto) -> None:
    assert refused(EVENT, None, top=top).veto is veto


def test_volatility_is_measured_once_history_allows_it() -> None:
    closes = [75_000.0 * math.exp(0.01 * (-1) ** hour) for hour in range(200)]
    ticks = RecordedTicks("BTC", [(OPEN + h * NS_PER_HOUR, c) for h, c in enumerate(closes)])
    params = EstimationParams(vol_bars=30)
    short = Volatility(params, ticks).of("BTC", OPEN + 19 * NS_PER_HOUR)
    long = Volatility(params, ticks).of("BTC", OPEN + 60 * NS_PER_HOUR)
    assert short == table_range(params, "BTC")
    assert (short.sigma, short.lo, short.hi, short.n) == pytest.approx((0.65, 0.55, 0.75, 0))
    # every hour ±2 %: σ² = 0.0004 · 8760 = 3.504 from 30 returns; the table's 0.65² counts ½(0.65 ÷ 0.10)² = 21.125
    assert (long.n, long.sigma) == pytest.approx((30, math.sqrt((21.125 * 0.4225 + 30 * 3.504) / 51.125)))
    assert long.lo < long.sigma
    assert long.hi == pytest.approx(math.sqrt(3.504))  # the week's own measurement stays possible


@pytest.mark.parametrize(
    ("returns", "worth"),
    [
        pytest.param([0.01, -0.01] * 10, 20.0, id="thin tails count no more than normal ones"),
        # squares 19·1 and one of 25: Σ = 44, Σ² = 644, κ = 20·644/44² = 6.6529, 40 ÷ 5.6529
        pytest.param([0.01] * 19 + [0.05], 40 / (20 * 644 / 44**2 - 1), id="one jump makes twenty bars worth seven"),
    ],
)
def test_fat_tails_leave_fewer_effective_returns(returns: list[float], worth: float) -> None:
    assert effective(returns) == pytest.approx(worth)


def test_a_table_value_that_is_known_better_counts_for_more_returns() -> None:
    assert table_worth(EstimationParams(), "BTC") == pytest.approx(21.125)
    assert table_worth(EstimationParams(vol_half_width=0.05), "BTC") == pytest.approx(84.5)  # half the ±, four times


def test_a_price_that_stands_still_measures_nothing() -> None:
    ticks = RecordedTicks("BTC", [(OPEN + h * NS_PER_HOUR, 75_000.0) for h in range(60)])
    found = Volatility(EstimationParams(), ticks).of("BTC", OPEN + 59 * NS_PER_HOUR)
    assert found == table_range(EstimationParams(), "BTC")


def test_an_unknown_coin_takes_the_wide_default() -> None:
    found = table_range(EstimationParams(), "PEPE")
    assert (found.sigma, found.lo, found.hi) == pytest.approx((0.80, 0.70, 0.90))


def test_a_missing_hour_is_no_return_of_two_hours() -> None:
    hours = [h for h in range(40) if h != 20]
    ticks = RecordedTicks("BTC", [(OPEN + h * NS_PER_HOUR, 75_000.0 + h) for h in hours])
    found = Volatility(EstimationParams(vol_bars=39, vol_floor=0.001), ticks).of("BTC", OPEN + 39 * NS_PER_HOUR)
    assert found.n == 37  # 39 neighbours, less the two that need hour 20


def test_extremes_do_not_look_ahead_when_time_is_asked_backwards() -> None:
    ticks = RecordedTicks("BTC", [(OPEN + m * 60 * NS_PER_S, 100.0 + m) for m in range(10)])
    extremes = RunningExtreme(ticks)
    assert extremes.since("m", "BTC", OPEN, OPEN + 540 * NS_PER_S) == (100.0, 109.0)
    assert extremes.since("m", "BTC", OPEN, OPEN + 120 * NS_PER_S) == (100.0, 102.0)
    assert extremes.since("m", "BTC", OPEN, OPEN - 1) is None


def test_a_source_without_extremes_is_looked_at_every_minute() -> None:
    spot = Spot(jumps={OPEN + 3_600 * NS_PER_S: 90_000.0, OPEN + 3_660 * NS_PER_S: 60_000.0})
    assert RunningExtreme(spot).since("m", "BTC", OPEN, OPEN + 7_200 * NS_PER_S) == (60_000.0, 90_000.0)
