"""Sources of prices: recorded ticks and a public exchange, both unable to look ahead."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from astra_actors.estimation.sources.http_spot import HttpSpot
from astra_actors.estimation.sources.recorded_ticks import RecordedTicks, load_settled, load_ticks
from astra_actors.kernel.clock import ns_from_text
from astra_actors.kernel.errors import TapeError, WireError
from astra_actors.kernel.units import NS_PER_S

NOON = ns_from_text("2026-03-01T12:00:00Z")
TICKS = RecordedTicks("BTC", [(20, 101.0), (10, 100.0), (30, 99.0)])


@pytest.mark.parametrize(
    ("now_ns", "seen"),
    [
        pytest.param(9, None, id="before the first"),
        pytest.param(10, (100.0, 10), id="on a tick"),
        pytest.param(29, (101.0, 20), id="between two"),
        pytest.param(99, (99.0, 30), id="after the last"),
    ],
)
def test_the_last_tick_at_or_before_now(now_ns: int, seen: tuple[float, int] | None) -> None:
    assert TICKS.spot_at("BTC", now_ns) == seen
    assert TICKS.spot_at("ETH", now_ns) is None


def test_extremes_include_both_ends_of_a_stretch() -> None:
    assert TICKS.extremes_between("BTC", 10, 20) == (100.0, 101.0)
    assert TICKS.extremes_between("BTC", 11, 19) is None


def test_ticks_and_markets_are_read_from_files(tmp_path: Path) -> None:
    csv_path = tmp_path / "ticks.csv"
    csv_path.write_text("feed_ts_ms,value\n2000,64.5\n1000,64.25\n")
    common = {"start_sec": 0, "end_sec": 300}
    rows = [
        {
            **common,
            "slug": "a",
            "resolved": True,
            "outcome_prices": ["1", "0"],
            "strike_value": "65026457815" + "0" * 12,
        },
        {**common, "slug": "b", "resolved": False, "outcome_prices": None, "strike_value": None},
    ]
    jsonl_path = tmp_path / "markets.jsonl.gz"
    jsonl_path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in rows).encode()))
    assert load_ticks(csv_path).spot_at("BTC", 1_500_000_000) == (64.25, 1_000_000_000)
    first, second = load_settled(jsonl_path)
    assert (first.strike, first.went_up, first.end_ns) == (65026.457815, True, 300 * NS_PER_S)
    assert (second.strike, second.went_up) == (None, None)


@pytest.mark.parametrize(
    "text",
    [pytest.param("a,b\n1,2\n", id="other columns"), pytest.param("feed_ts_ms,value\n1,\n", id="an empty value")],
)
def test_a_foreign_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ticks.csv"
    path.write_text(text)
    with pytest.raises(TapeError):
        load_ticks(path)


class Exchange:
    """Answers by path, and remembers what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        answer = self.answers["candles" if "candles" in url else "ticker"]
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def test_a_price_from_the_exchange_is_known_from_its_own_time_on() -> None:
    get = Exchange(ticker={"price": "64250.12", "time": "2026-03-01T12:00:00.5Z", "size": "0.1"})
    spot = HttpSpot(get)
    spot.refresh("BTC")
    assert get.asked == ["https://api.exchange.coinbase.com/products/BTC-USD/ticker"]
    assert spot.spot_at("BTC", NOON) is None
    assert spot.spot_at("BTC", NOON + NS_PER_S) == (64250.12, NOON + 500_000_000)


def test_hours_behind_us_give_closes_and_extremes_but_an_open_hour_does_not() -> None:
    start = NOON // NS_PER_S
    rows = [[start, 1.0, 9e9, 2.0, 3.0, 1.0], [start - 3600, 60.0, 70.0, 64.0, 66.0, 5.5]]
    spot = HttpSpot(Exchange(candles=rows))
    spot.backfill("BTC", NOON + 1)
    spot.backfill("BTC", NOON + 1)  # asked again, nothing doubles
    assert spot.spot_at("BTC", NOON + 10) == (66.0, NOON)
    assert spot.extremes_between("BTC", NOON - 3600 * NS_PER_S, NOON) == (60.0, 70.0)
    assert spot.extremes_between("BTC", NOON - 1800 * NS_PER_S, NOON) == (66.0, 66.0)  # half an hour: only its close


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"<html>", id="a page instead of data"),
        pytest.param({"price": "NaN", "time": "2026-03-01T12:00:00Z"}, id="a price that is no number"),
        pytest.param({"price": "-1", "time": "2026-03-01T12:00:00Z"}, id="a negative price"),
        pytest.param({"price": 64000, "time": "2026-03-01T12:00:00Z"}, id="a price of another type"),
        pytest.param({"price": "64000", "time": "2026-03-01T12:00:00"}, id="a time without a zone"),
        pytest.param(b" " * 200_001, id="far too much"),
    ],
)
def test_a_strange_answer_is_refused_and_nothing_changes(answer: Any) -> None:
    spot = HttpSpot(Exchange(ticker=answer))
    with pytest.raises(WireError):
        spot.refresh("BTC")
    assert spot.spot_at("BTC", NOON * 2) is None


def test_a_strange_candle_is_refused() -> None:
    spot = HttpSpot(Exchange(candles=[[NOON // NS_PER_S - 7200, 0.0, 1.0, 1.0, 1.0, 1.0]]))
    with pytest.raises(WireError):
        spot.backfill("BTC", NOON)
    assert spot.spot_at("BTC", NOON) is None
