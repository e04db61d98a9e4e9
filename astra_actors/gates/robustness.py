"""Two coarse scores of the earlier system: is a market alive, does an edge exceed its spread (methods §18.7)."""

from __future__ import annotations

from typing import Final

STEPS: Final = ((2.0, 5), (1.5, 4), (1.0, 3), (0.5, 2))  # edge over spread, and the score from there on
TRADABLE_MIN: Final = 3
SATELLITE_MIN: Final = 4


def robustness(p: float, market_p: float, spread_points: float) -> int:
    """From 1 to 5: how many spreads the estimate lies away from the market."""
    ratio = abs(p - market_p) / (spread_points + 0.001)  # the thousandth keeps a spread of zero finite
    return next((score for least, score in STEPS if ratio >= least), 1)


def activity(volume24h_usd: float, liquidity_usd: float, hours_to_close: float | None) -> float:
    """Score in [0, 1] from a day's volume, standing liquidity and time left; used to order discovery alone."""
    volume = 0.5 * min(1.0, volume24h_usd / 10_000)
    return volume + 0.3 * min(1.0, liquidity_usd / 20_000) + 0.2 * _time(hours_to_close)


def _time(hours: float | None) -> float:
    if hours is None or hours < 24:
        return 0.0
    if hours < 168:
        return 0.8
    return 0.5 if hours < 720 else 0.3
