"""What the recorded stream says about prints: they follow the level update that they caused, by less than 100 ms.

The paper venue's `late_print_ms` rests on this; without it every recorded trade would drain a queue twice.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import duckdb
import pytest

from astra_actors.venues.paper_params import PaperParams

TAPE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "ws" / "tickscope_20260607_0130.parquet"

pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not TAPE.exists(), reason="the recorded venue data is not beside this checkout"),
]

Shrink = tuple[int, int, float]  # row, time in ms, by how many shares


def shrinkages_and_prints() -> tuple[dict[tuple[str, float], list[Shrink]], list[tuple[int, int, str, float, float]]]:
    query = f"SELECT epoch_ms(timestamp), event_type, asset_id, side, price, size FROM '{TAPE}'"
    rows = duckdb.connect().execute(query).fetchall()
    shown: dict[tuple[str, str, float], float] = {}
    shrunk: dict[tuple[str, float], list[Shrink]] = defaultdict(list)
    prints = []
    for row, (ms, event, asset, side, price, size) in enumerate(rows):
        if event == "LAST_TRADE":
            prints.append((row, ms, asset, price, size))
            continue
        before = shown.get((asset, side, price), 0.0)
        shown[asset, side, price] = size
        if size < before:
            shrunk[asset, price].append((row, ms, before - size))
    return shrunk, prints


def test_a_print_comes_after_its_level_update_and_soon() -> None:
    """Several equal orders in a row make the pairing ambiguous, so the claim is: none has an update only after it."""
    shrunk, prints = shrinkages_and_prints()
    assert len(prints) == 483
    window_ms = PaperParams().late_print_ms
    lags, only_after = [], 0
    for row, ms, asset, price, size in prints:
        equal = [(r, ms - t) for r, t, by in shrunk[asset, price] if abs(by - size) < 0.011]  # levels have two decimals
        before = [lag_ms for r, lag_ms in equal if r < row and lag_ms <= window_ms]
        if before:
            lags.append(min(before, key=abs))
        elif any(lag_ms >= -window_ms for r, lag_ms in equal if r > row):
            only_after += 1
    assert only_after == 0
    assert len(lags) > 0.9 * len(prints)  # the rest have no change of their own size near them
    assert sorted(lags)[len(lags) // 2] > 10  # far more than one frame: no print can be taken as simultaneous
