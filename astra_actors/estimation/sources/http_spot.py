"""Prices from Coinbase's public REST interface: the answers are read and kept here, the asking is handed in.

Whoever waits owns nothing: `get` belongs to a thread that may wait, `spot_at` only looks at what has arrived.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections.abc import Callable
from typing import Final

import msgspec

from astra_actors.kernel.clock import ns_from_text
from astra_actors.kernel.errors import BadInput, WireError
from astra_actors.kernel.units import NS_PER_S

BASE_URL: Final = "https://api.exchange.coinbase.com"
CANDLE_S: Final = 3_600
TICKS_MAX: Final = 20_000  # a name; two days of one price every ten seconds
BODY_BYTES_MAX: Final = 200_000  # 300 candles are 20 kB

Get = Callable[[str], bytes]


class _Ticker(msgspec.Struct):
    price: str
    time: str


_TICKER: Final = msgspec.json.Decoder(_Ticker)
_CANDLES: Final = msgspec.json.Decoder(list[tuple[int, float, float, float, float, float]])  # time, low, high, open, …


class HttpSpot:
    """Last prices and hourly candles by underlying. It decides no market, so a touch seen here stays in doubt."""

    __slots__ = ("_base_url", "_candles", "_get", "_ticks", "name")

    def __init__(self, get: Get, *, base_url: str = BASE_URL) -> None:
        self.name = "Coinbase"
        self._get = get
        self._base_url = base_url.rstrip("/")
        self._ticks: dict[str, list[tuple[int, float]]] = {}
        self._candles: dict[str, dict[int, tuple[float, float]]] = {}

    def refresh(self, underlying: str) -> None:
        """Ask for the last price; an answer that cannot be read raises `WireError` and changes nothing."""
        body = self._asked(f"/products/{underlying}-USD/ticker")
        try:
            ticker = _TICKER.decode(body)
            at_ns, price = ns_from_text(ticker.time), _price(float(ticker.price))
        except (msgspec.MsgspecError, ValueError, BadInput) as error:
            raise WireError("ticker", body[:100], f"expected a price and its time: {error}") from error
        self._keep(underlying, at_ns, price)

    def backfill(self, underlying: str, now_ns: int) -> None:
        """Ask for the hours behind us: closes for volatility, highs and lows for touches. An open hour is left out."""
        body = self._asked(f"/products/{underlying}-USD/candles?granularity={CANDLE_S}")
        try:
            rows = _CANDLES.decode(body)
            kept = [(start, _price(low), _price(high), _price(close)) for start, low, high, _, close, _ in rows]
        except (msgspec.MsgspecError, ValueError) as error:
            raise WireError("candles", body[:100], f"expected rows of time, low, high, open, close: {error}") from error
        for start, low, high, close in kept:
            end_ns = (start + CANDLE_S) * NS_PER_S
            if end_ns <= now_ns:
                self._candles.setdefault(underlying, {})[end_ns] = (low, high)
                self._keep(underlying, end_ns, close)

    def spot_at(self, underlying: str, now_ns: int) -> tuple[float, int] | None:
        """The last price that arrived with a time at or before now."""
        ticks = self._ticks.get(underlying, [])
        index = bisect_right(ticks, (now_ns, math.inf)) - 1
        return (ticks[index][1], ticks[index][0]) if index >= 0 else None

    def extremes_between(self, underlying: str, from_ns: int, to_ns: int) -> tuple[float, float] | None:
        """Lowest and highest of the prices in a stretch and of the hours that lie in it whole."""
        ticks = self._ticks.get(underlying, [])
        first, last = bisect_right(ticks, (from_ns - 1, math.inf)), bisect_right(ticks, (to_ns, math.inf))
        seen = [(price, price) for _, price in ticks[first:last]]
        for end_ns, candle in self._candles.get(underlying, {}).items():
            if from_ns <= end_ns - CANDLE_S * NS_PER_S and end_ns <= to_ns:
                seen.append(candle)
        return (min(low for low, _ in seen), max(high for _, high in seen)) if seen else None

    def _asked(self, path: str) -> bytes:
        body = self._get(self._base_url + path)
        if len(body) > BODY_BYTES_MAX:
            raise WireError("body", len(body), f"an answer has at most {BODY_BYTES_MAX} bytes")
        return body

    def _keep(self, underlying: str, at_ns: int, price: float) -> None:
        ticks = self._ticks.setdefault(underlying, [])
        if (at_ns, price) not in ticks[bisect_right(ticks, (at_ns, -math.inf)) :][:1]:
            insort(ticks, (at_ns, price))
        if len(ticks) > TICKS_MAX:
            del ticks[: len(ticks) - TICKS_MAX]


def _price(value: float) -> float:
    if not 0 < value < math.inf:
        raise ValueError(f"{value} is not a price")
    return value
