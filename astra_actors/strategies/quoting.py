"""The quoting formulas of methods §8, on floats: dollars a share, shares, dollars. Rounding to ticks comes later."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import Final

from astra_actors.kernel.errors import BadInput

LOT_SHARES: Final = 100.0  # the unit of inventory in the short-horizon forms


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """A centre with two quotes around it."""

    centre: float
    half: float
    bid: float
    ask: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The numbers of the band quotes (§8.3, §18.8)."""

    half: float = 0.015
    margin: float = 0.005
    churn_per_s: float = 0.5
    churn_factor: float = 1.5
    jump: float = 0.03
    jump_factor: float = 1.3
    close_hours: float = 72.0
    close_factor: float = 1.4
    skew: float = 0.01


def logit(p: float) -> float:
    """ln(p/(1 − p)) of a probability strictly between 0 and 1."""
    if not 0.0 < p < 1.0:
        raise BadInput("p", p, "log-odds exist strictly between 0 and 1")
    return log(p / (1.0 - p))


def expit(x: float) -> float:
    """The inverse of `logit`, without overflow at either end."""
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    e = exp(x)
    return e / (1.0 + e)


def avellaneda_stoikov(s: float, *, lots: float, gamma: float, sigma: float, tau: float, k: float) -> Around:
    """r = s − qγσ²τ, half-spread γσ²τ/2 + ln(1 + γ/k)/γ (Avellaneda & Stoikov 2008)."""
    variance = gamma * sigma * sigma * tau
    centre = s - lots * variance
    half = variance / 2.0 + log(1.0 + gamma / k) / gamma
    return Around(centre=centre, half=half, bid=centre - half, ask=centre + half)


def reservation_price(p: float, *, inventory: float, gamma: float) -> float:
    """expit(logit p − γq): the marginal price of one more share under exponential utility, held to resolution.

    `gamma` is per dollar and `inventory` in shares, YES minus NO; the price never leaves (0, 1).
    """
    return expit(logit(p) - gamma * inventory)


def average_price(p: float, *, inventory: float, traded: float, gamma: float) -> float:
    """The price a share at which `traded` more shares (negative: fewer) leave the certainty equivalent unchanged."""
    before, after = _certainty(p, inventory, gamma), _certainty(p, inventory + traded, gamma)
    return (after - before) / traded


def logit_quotes(p: float, *, lots: float, gamma_x: float, sigma_x: float, tau: float, k: float) -> Around:
    """The short-horizon form in x = logit p; `centre` and `half` are in log-odds, the quotes in dollars."""
    variance = gamma_x * sigma_x * sigma_x * tau
    centre = logit(p) - lots * variance
    half = variance / 2.0 + log(1.0 + gamma_x / (k * p * (1.0 - p))) / gamma_x
    return Around(centre=centre, half=half, bid=expit(centre - half), ask=expit(centre + half))


def local_sigma(p: float, sigma_x: float) -> float:
    """σ_p = p(1 − p)σ_x: a log-odds volatility in dollars a share."""
    return p * (1.0 - p) * sigma_x


def band_half(band: Band, *, churn_per_s: float, jump: float, hours_to_close: float | None) -> float:
    """The half-width with its multipliers; a time to close that is unknown counts as near (§12.4)."""
    half = band.half
    if churn_per_s > band.churn_per_s:
        half *= band.churn_factor
    if jump > band.jump:
        half *= band.jump_factor
    if hours_to_close is None or hours_to_close < band.close_hours:
        half *= band.close_factor
    return half


def band_quotes(mid: float, *, half: float, inventory: float, inventory_max: float, band: Band) -> tuple[float, float]:
    """Bid and ask around the mid: both lower when long, higher when short."""
    skew = -band.skew * inventory / inventory_max
    return mid - half - band.margin + skew, mid + half + band.margin + skew


def band_size_usd(base_usd: float, *, inventory: float, inventory_max: float, reduction: float = 0.7) -> float:
    """base·(1 − 0.7·min(|inventory|/max, 1)); without room for any inventory it is fully reduced (§8.4)."""
    used = min(abs(inventory) / inventory_max, 1.0) if inventory_max > 0.0 else 1.0
    return base_usd * (1.0 - reduction * used)


def _certainty(p: float, shares: float, gamma: float) -> float:
    return -log(1.0 - p + p * exp(-gamma * shares)) / gamma
