"""Intervals and sample sizes against the oracles of methods §9.3–9.5 and 9.10–9.12."""

from __future__ import annotations

import numpy as np
import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.metrics.confidence import (
    Z_95,
    Z_975,
    annual_sharpe_ar1,
    binary_bet,
    block_interval,
    expected_best_sharpe,
    min_track_record,
    probabilistic_sharpe,
    sharpe_for_bound,
    sharpe_se,
    trades_for_width,
    trades_for_win_rate,
    trades_until_positive,
    wilson,
    wins_needed,
    years_for_bound,
    years_for_width,
)


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-8)


SHAPE = {"skewness": -0.6, "kurtosis": 5.0}


def test_z_values():
    assert [near(1.959963985), near(1.644853627)] == [Z_975, Z_95]


def test_o9_3_psr_and_track_record():
    assert sharpe_se(0.12, 300, -0.6, 5.0) == near(0.0601775152)
    assert probabilistic_sharpe(0.12, 300, -0.6, 5.0) == near(0.976747131)
    assert min_track_record(0.12, -0.6, 5.0) == near(205.118223)
    assert [trades_for_width(w, 0.12, -0.6, 5.0) for w in (1, 0.5, 0.1)] == [17, 67, 1670]


def test_o9_4_deflated_sharpe():
    best = expected_best_sharpe(12, 0.0035)
    assert best == near(0.09849157)
    assert probabilistic_sharpe(0.12, 300, -0.6, 5.0, best) == near(0.639386792)


def test_one_configuration_deflates_nothing():
    assert expected_best_sharpe(1, 0.0035) == 0.0


def test_o9_5_one_binary_bet():
    bet = binary_bet(0.55, 0.50)
    assert (bet.sharpe, bet.skewness, bet.kurtosis) == (near(0.100503782), near(-0.201007563), near(1.04040404))
    assert trades_until_positive(bet.sharpe, bet.skewness, bet.kurtosis) == 389


def test_a_bet_at_its_own_chance_breaks_even():
    assert binary_bet(0.93, 0.93).sharpe == 0.0
    assert binary_bet(0.93, 0.95).sharpe < 0  # a 93 % win rate at 95 cents loses


def test_o9_10_wilson():
    assert wilson(114, 200) == (near(0.500704878), near(0.636656777))
    assert wins_needed(200) == 114


def test_o9_11_serial_dependence():
    assert annual_sharpe_ar1(0.12, 2433, 0.0) == near(5.91905398)
    assert annual_sharpe_ar1(0.12, 2433, 0.1) == near(5.35420806)


def test_o9_12_what_the_gates_cost():
    assert years_for_bound(2, 1) == near(3.84145882)
    assert (years_for_width(1.5), years_for_width(1.0)) == (near(6.82926013), near(15.3658353))
    assert [sharpe_for_bound(1, days) for days in (21, 30, 90)] == [
        near(9.17118185),
        near(7.83650122),
        near(4.94705582),
    ]
    assert Z_975 * sharpe_se(0.0, 200) == near(0.138590382)
    assert 2 * Z_975 * sharpe_se(0.0, 200) == near(0.277180765)
    assert trades_until_positive(0.05) == 1539
    assert trades_for_win_rate(0.52) == 2327


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda: wilson(3, 2), id="more wins than trades"),
        pytest.param(lambda: binary_bet(1.0, 0.5), id="a sure bet has no spread"),
        pytest.param(lambda: trades_for_win_rate(0.5), id="a coin never beats a coin"),
        pytest.param(lambda: years_for_bound(1, 1), id="no ratio bounds itself"),
        pytest.param(lambda: annual_sharpe_ar1(0.1, 100, 1.0), id="a unit root has no variance"),
        pytest.param(lambda: trades_for_width(0.0, 0.1), id="no sample is exact"),
    ],
)
def test_nonsense_is_refused(ask):
    with pytest.raises(BadInput):
        ask()


def test_undefined_is_none():
    assert wilson(0, 0) is None
    assert min_track_record(0.0, 0.0, 3.0) is None
    assert trades_until_positive(-0.1) is None
    assert probabilistic_sharpe(0.1, 1, 0.0, 3.0) is None


def test_blocks_of_one_event_widen_the_interval():
    # 20 events of 10 equal trades are 20 observations, not 200
    values = [value for event in range(20) for value in [1.0 if event % 2 else -0.9] * 10]
    events = [event for event in range(20) for _ in range(10)]

    def interval(blocks: list[int]) -> float:
        found = block_interval(values, blocks, lambda x: float(np.mean(x)), rng=np.random.default_rng(1), draws=400)
        assert found is not None
        return found[1] - found[0]

    assert interval(events) > 2 * interval(list(range(200)))


def test_a_few_events_have_no_interval():
    assert block_interval([1.0] * 9, list(range(9)), lambda x: float(x[0]), rng=np.random.default_rng(1)) is None


def test_the_bootstrap_is_its_seed():
    values, blocks = [float(i % 7) for i in range(60)], [i // 3 for i in range(60)]
    runs = [
        block_interval(values, blocks, lambda x: float(np.mean(x)), rng=np.random.default_rng(5), draws=200)
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
