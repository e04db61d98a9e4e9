"""A recorded stream of prices as a spot source, and the settled five-minute markets that this stream decided."""

from __future__ import annotations

import csv
import gzip
import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from astra_actors.kernel.errors import TapeError
from astra_actors.kernel.units import NS_PER_MS, NS_PER_S

STRIKE_SCALE: Final = 10**18  # the stream's own fixed point


class RecordedTicks:
    """Prices of one underlying in order of their own time; a later tick is never given for an earlier moment."""

    __slots__ = ("_prices", "_times_ns", "_underlying", "name")

    def __init__(self, underlying: str, ticks: Iterable[tuple[int, float]], *, name: str = "") -> None:
        ordered = sorted(ticks)
        self._underlying = underlying
        self._times_ns = [at_ns for at_ns, _ in ordered]
        self._prices = [price for _, price in ordered]
        self.name = name

    def __len__(self) -> int:
        return len(self._prices)

    @property
    def times_ns(self) -> Sequence[int]:
        """When each tick was made, in order."""
        return self._times_ns

    def spot_at(self, underlying: str, now_ns: int) -> tuple[float, int] | None:
        """The last price at or before now, with its own time."""
        index = bisect_right(self._times_ns, now_ns) - 1
        if underlying != self._underlying or index < 0:
            return None
        return self._prices[index], self._times_ns[index]

    def extremes_between(self, underlying: str, from_ns: int, to_ns: int) -> tuple[float, float] | None:
        """Lowest and highest tick of a stretch, ends included; None where it has none."""
        first, last = bisect_right(self._times_ns, from_ns - 1), bisect_right(self._times_ns, to_ns)
        if underlying != self._underlying or first >= last:
            return None
        stretch = self._prices[first:last]
        return min(stretch), max(stretch)


@dataclass(frozen=True, slots=True)
class SettledMarket:
    """One five-minute market: up wins when the last tick at or before the end is at or above the strike."""

    slug: str
    start_ns: int
    end_ns: int
    strike: float | None
    went_up: bool | None


def load_ticks(path: Path | str, underlying: str = "BTC", *, name: str = "Chainlink") -> RecordedTicks:
    """Read a CSV (gzipped or plain) with `feed_ts_ms` and `value`."""
    with _opened(path) as lines:
        rows = csv.DictReader(lines)
        if not {"feed_ts_ms", "value"} <= set(rows.fieldnames or ()):
            raise TapeError(str(path), rows.fieldnames, "give a CSV with the columns feed_ts_ms and value")
        try:
            ticks = [(int(row["feed_ts_ms"]) * NS_PER_MS, float(row["value"])) for row in rows]
        except (TypeError, ValueError) as error:
            raise TapeError(str(path), str(error), "every row needs a whole feed_ts_ms and a numeric value") from error
    return RecordedTicks(underlying, ticks, name=name)


def load_settled(path: Path | str) -> list[SettledMarket]:
    """Read settled up-or-down markets, one JSON object a line."""
    found: list[SettledMarket] = []
    with _opened(path) as lines:
        for number, line in enumerate(lines, 1):
            try:
                found.append(_settled(json.loads(line)))
            except (KeyError, TypeError, ValueError) as error:
                raise TapeError(f"{path}:{number}", str(error), "give one settled market as a JSON object") from error
    return found


def _settled(row: dict[str, Any]) -> SettledMarket:
    strike = row["strike_value"]
    prices = row["outcome_prices"] if row["resolved"] else None
    return SettledMarket(
        slug=str(row["slug"]),
        start_ns=int(row["start_sec"]) * NS_PER_S,
        end_ns=int(row["end_sec"]) * NS_PER_S,
        strike=int(strike) / STRIKE_SCALE if strike else None,
        went_up={("1", "0"): True, ("0", "1"): False}.get(tuple(prices)) if prices else None,
    )


def _opened(path: Path | str) -> Any:
    if str(path).endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return Path(path).open(encoding="utf-8", newline="")
