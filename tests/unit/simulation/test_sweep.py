"""A sweep: every combination once, each a replay of its own, and the best of many called what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from astra_actors.config.load import load_settings, shipped_dir
from astra_actors.feeds.tape import open_tape
from astra_actors.kernel.errors import BadInput, ConfigError
from astra_actors.kernel.rng import stream
from astra_actors.metrics.confidence import expected_best_sharpe, probabilistic_sharpe
from astra_actors.metrics.performance import moments, sharpe
from astra_actors.simulation.sweep.grid import combinations, flags_of
from astra_actors.simulation.sweep.verdict import Replayed, sweep_figures
from supervision.sweeping import TapeFiles, replay_shard


def test_every_combination_once_and_the_last_moves_fastest():
    grid = combinations(["risk.market_cap=0.005,0.01", "orders.ttl_s=60,120,240"])
    assert len(grid) == 6
    assert [dict(one)["orders.ttl_s"] for one in grid[:4]] == ["60", "120", "240", "60"]
    assert flags_of(grid[3], {"run": {"seed": 7}}) == {
        "run": {"seed": 7},
        "risk": {"market_cap": "0.01"},
        "orders": {"ttl_s": "60"},
    }


@pytest.mark.parametrize(
    "texts",
    [
        ["risk.market_cap"],
        ["market_cap=1,2"],
        ["risk.market_cap=0.1,,0.2"],
        ["risk.market_cap=0.1,0.1"],
        ["risk.a=1,2", "risk.a=3"],
        ["run.feed=world"],
        [f"a.b={','.join(map(str, range(40)))}", f"a.c={','.join(map(str, range(40)))}"],
    ],
)
def test_what_is_no_sweep_is_refused(texts):
    with pytest.raises(BadInput, match="--sweep"):
        combinations(texts)


def test_a_combination_passes_the_same_checks_as_any_settings():
    with pytest.raises(ConfigError, match="market_cup"):
        load_settings(flags=flags_of(combinations(["risk.market_cup=0.1"])[0], {}), environ={})


def noise(number: int, count: int = 120, mean: float = 0.0) -> Replayed:
    draws = stream(number, "returns").normal(mean, 1.0, count)
    return Replayed(number, {"pnl_usd": 0.0}, tuple(float(value) for value in draws))


def test_one_combination_has_the_plain_interval():
    only = noise(0)
    row = sweep_figures(combinations(["a.b=1"]), [only])["combinations"][0]
    plain = sharpe(only.returns)
    assert row["sharpe_ci"] == [pytest.approx(plain.lo), pytest.approx(plain.hi)]


def test_the_interval_of_one_among_twenty_is_bonferronis():
    """1 − 0.05/20 has z = 3.0233414 against 1.9599640 (a table of the normal law)."""
    grid = combinations([f"a.b={','.join(map(str, range(20)))}"])
    parts = [noise(number) for number in range(20)]
    figures = sweep_figures(grid, parts)
    plain, row = sharpe(parts[3].returns), figures["combinations"][3]
    assert plain.value is not None and plain.hi is not None
    assert row["sharpe_ci"][1] - row["sharpe"] == pytest.approx((plain.hi - plain.value) * 3.0233414 / 1.9599640)
    assert (figures["tried"], figures["interval_level"]) == (20, 0.9975)


def test_the_best_of_fifty_noises_is_called_luck():
    grid = combinations([f"a.b={','.join(map(str, range(50)))}"])
    figures = sweep_figures(grid, [noise(number) for number in reversed(range(50))])
    rows = figures["combinations"]
    best = max(rows, key=lambda row: row["sharpe"])
    assert [row["settings"]["a.b"] for row in rows] == [str(number) for number in range(50)], "in the order of the grid"
    assert best["sharpe"] - 1.96 / 120**0.5 > 0, "taken alone it would look like a finding"
    assert all(row["sharpe_ci"][0] < 0 < row["sharpe_ci"][1] for row in rows)
    assert best["deflated"] < 0.95
    assert figures["best"] == best["settings"]
    assert "50 combinations tried" in figures["verdict"] and "not told from luck" in figures["verdict"]


def test_the_deflated_probability_is_asked_against_the_best_of_luck():
    grid = combinations(["a.b=1,2,3"])
    parts = [noise(1), noise(2), noise(3, mean=0.6)]
    figures = sweep_figures(grid, [Replayed(i, part.figures, part.returns) for i, part in enumerate(parts)])
    ratios = [row["sharpe"] for row in figures["combinations"]]
    centre = sum(ratios) / 3
    luck = expected_best_sharpe(3, sum((ratio - centre) ** 2 for ratio in ratios) / 2)
    m = moments(parts[2].returns)
    assert figures["luck_sharpe"] == pytest.approx(luck)
    assert figures["combinations"][2]["deflated"] == pytest.approx(
        probabilistic_sharpe(ratios[2], m.n, m.skewness or 0.0, m.kurtosis or 0.0, luck)
    )


@pytest.mark.parametrize(
    ("returns", "says"),
    [((), "none closed trades"), ((0.1,) * 50, "none closed trades"), ((0.1, -0.05, 0.1), "decide nothing")],
)
def test_too_little_is_said_to_be_too_little(returns, says):
    figures = sweep_figures(combinations(["a.b=1"]), [Replayed(0, {}, returns)])
    assert says in figures["verdict"]


@pytest.mark.recorded
def test_a_combination_is_the_replay_that_one_would_have_run(recorded_data: Path, tmp_path: Path):
    tape = recorded_data / "ws" / "btc5m_book_frames_20260416.jsonl.gz"
    flags = {"run": {"feed": "tape", "tape_paths": (str(tape),), "data_dir": str(tmp_path)}}
    settings = load_settings(files=[shipped_dir() / "feeds" / "tape.yaml"], flags=flags, environ={})
    stays, travels = (TapeFiles.read([tape], travel=travel) for travel in (False, True))
    here = replay_shard(stays, None, 0, settings)
    there = replay_shard(travels, None, 0, settings)
    assert here == there, "a tape that travelled is the same tape"
    assert here.figures["decisions"] > 0 and len(here.figures["ledger_digest"]) == 64
    assert list(tmp_path.iterdir()) == [], "its ledger is a temporary one"
    assert open_tape([tape]).listings()
