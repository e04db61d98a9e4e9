"""How much to stake on one contract: Kelly, a fraction of it, and its form with a void outcome (methods §2.1–2.3).

`q` is the probability that the token pays, `c` its all-in cost; f is the share of the bankroll *spent* on it. Sources:
Kelly (1956); Thorp (2006).
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Final

from astra_actors.kernel.units import SIZE_ONE_E6

_HALVINGS: Final = 200  # far below the last bit of a float: the bisection ends when its interval stops shrinking


def kelly_fraction(q: float, c: float) -> float:
    """f* = max(0, (q − c)/(1 − c)); 0 where the cost is not strictly between 0 and 1."""
    return max(0.0, (q - c) / (1.0 - c)) if 0.0 < c < 1.0 else 0.0


def kelly_growth(q: float, c: float) -> float:
    """The growth rate at f*, KL(q‖c), of a bet worth making; 0 where f* is 0."""
    return growth(kelly_fraction(q, c), q, c)


def growth(f: float, q: float, c: float) -> float:
    """Expected log growth of the bankroll when the share f is spent; −inf where ruin has a probability."""
    if f == 0.0:
        return 0.0
    lost = 1.0 - f
    if lost <= 0.0 and q < 1.0:
        return float("-inf")
    return q * log(1.0 + f * (1.0 / c - 1.0)) + ((1.0 - q) * log(lost) if q < 1.0 else 0.0)


def fractional_kelly(q: float, c: float, *, fraction: float, confidence: float = 1.0, cap: float = 1.0) -> float:
    """min(cap, λ·κ·f*): λ is `fraction`, κ `confidence`. Shrinking q towards c by κ is the same; never do both."""
    return min(cap, fraction * confidence * kelly_fraction(q, c))


def shrunk(q: float, c: float, confidence: float) -> float:
    """κq + (1 − κ)c, which multiplies f* by exactly κ."""
    return confidence * q + (1.0 - confidence) * c


def kelly_with_void(q: float, c: float, void_p: float) -> float:
    """The f in [0, 1) that maximises growth when the contract is void, and pays ½, with probability `void_p`."""
    if not 0.0 < c < 1.0:
        return 0.0
    win, lose = (1.0 - void_p) * q, (1.0 - void_p) * (1.0 - q)
    up, half = 1.0 / c - 1.0, 0.5 / c - 1.0

    def slope(f: float) -> float:
        return win * up / (1.0 + f * up) + void_p * half / (1.0 + f * half) - lose / (1.0 - f)

    pays = win + void_p / 2.0  # the slope at 0 is pays/c − 1: there is a stake exactly where it pays more than it costs
    return _falling_root(slope) if pays > c else 0.0


def kelly_size_e6(f: float, bankroll_usd: float, c: float) -> int:
    """Shares that the share f of the bankroll buys at cost c, cut to 1/1,000,000; 0 where the cost makes no sense."""
    return int(f * bankroll_usd / c * SIZE_ONE_E6) if 0.0 < c < 1.0 and f > 0.0 else 0


def _falling_root(slope: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        low, high = (middle, high) if slope(middle) > 0.0 else (low, middle)
    return low
