"""Whether the simulator fills as often as the venue: the ratio of two fill rates with its interval (methods §16)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from astra_actors.kernel.errors import BadInput
from astra_actors.metrics.confidence import Z_975

RATIO_MAX: Final = 2.0
RATIO_MIN: Final = 0.5
LIVE_ORDERS_MIN: Final = 50


@unique
class FillVerdict(Enum):
    """What the interval of the ratio says; the point alone says nothing."""

    TOO_OPTIMISTIC = "sim_too_optimistic"
    TOO_PESSIMISTIC = "sim_too_pessimistic"
    WITHIN = "within"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRatio:
    """ρ = simulated ÷ live fill rate over the same live orders; `warning` is set when the point crosses a limit."""

    ratio: float
    se_log: float
    low: float
    high: float
    verdict: FillVerdict
    live_orders: int
    enough: bool
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """The ratio under independent Jeffreys priors: median, central 95 %, and the chance that it is above 2."""

    median: float
    low: float
    high: float
    above_max: float


def fill_ratio(*, simulated: int, simulated_orders: int, live: int, live_orders: int) -> FillRatio:
    """Katz et al. (1978): the log ratio is nearly normal; a zero on either side adds ½ to fills and 1 to orders."""
    for name, x, n in (("simulated", simulated, simulated_orders), ("live", live, live_orders)):
        if not 0 <= x <= n or n == 0:
            raise BadInput(name, (x, n), "give filled orders out of at least one order")
    corrected = simulated == 0 or live == 0
    xs, ns, xl, nl = (
        v + extra
        for v, extra in zip(
            (float(simulated), float(simulated_orders), float(live), float(live_orders)),
            (0.5, 1.0, 0.5, 1.0) if corrected else (0.0, 0.0, 0.0, 0.0),
            strict=True,
        )
    )
    ratio = (xs / ns) / (xl / nl)
    se = math.sqrt(1 / xs - 1 / ns + 1 / xl - 1 / nl)
    low, high = ratio * math.exp(-Z_975 * se), ratio * math.exp(Z_975 * se)
    return FillRatio(
        ratio=ratio,
        se_log=se,
        low=low,
        high=high,
        verdict=verdict(low, high),
        live_orders=live_orders,
        enough=live_orders >= LIVE_ORDERS_MIN,
        warning=_warning(ratio, low, high),
    )


def verdict(low: float, high: float) -> FillVerdict:
    """Read the interval against [0.5, 2]."""
    if low > RATIO_MAX:
        return FillVerdict.TOO_OPTIMISTIC
    if high < RATIO_MIN:
        return FillVerdict.TOO_PESSIMISTIC
    return FillVerdict.WITHIN if low >= RATIO_MIN and high <= RATIO_MAX else FillVerdict.UNDECIDED


def posterior(*, simulated: int, simulated_orders: int, live: int, live_orders: int) -> Posterior:
    """Beta(x + ½, n − x + ½) on both sides; P(ρ ≤ r) by quadrature over the live rate."""
    from scipy.integrate import quad
    from scipy.optimize import brentq
    from scipy.special import betainc, betaln

    a, b = simulated + 0.5, simulated_orders - simulated + 0.5
    c, d = live + 0.5, live_orders - live + 0.5
    scale = betaln(c, d)

    def below(r: float) -> float:
        def at(root: float) -> float:
            y = root * root  # the density has a root at 0 when nothing filled; y = root² takes it away
            log_density = (c - 1) * math.log(y) + (d - 1) * math.log1p(-y) - scale
            return float(betainc(a, b, min(1.0, r * y))) * math.exp(log_density) * 2 * root

        middle = math.sqrt(c / (c + d))
        parts = [quad(at, lo, hi, epsabs=1e-12, epsrel=1e-11, limit=200)[0] for lo, hi in ((0, middle), (middle, 1))]
        return float(sum(parts))

    def quantile(level: float) -> float:
        return math.exp(brentq(lambda log_r: below(math.exp(log_r)) - level, -25, 25, xtol=1e-12))

    return Posterior(median=quantile(0.5), low=quantile(0.025), high=quantile(0.975), above_max=1 - below(RATIO_MAX))


def exposure_ratio(*, simulated: int, simulated_s: float, live: int, live_s: float) -> tuple[float, float, float]:
    """Fills per second of exposure at the level: ratio with its log interval; None-free, so both counts are above 0."""
    if min(simulated, live) <= 0 or min(simulated_s, live_s) <= 0:
        raise BadInput(
            "exposure", (simulated, simulated_s, live, live_s), "give fills and seconds above 0 on both sides"
        )
    ratio = (simulated / simulated_s) / (live / live_s)
    reach = Z_975 * math.sqrt(1 / simulated + 1 / live)
    return ratio, ratio * math.exp(-reach), ratio * math.exp(reach)


def exact_exposure_interval(*, simulated: int, simulated_s: float, live: int, live_s: float) -> tuple[float, float]:
    """The exact 95 % interval: given their sum, the simulated fills are binomial (Clopper & Pearson 1934)."""
    from scipy.special import betaincinv

    total = simulated + live
    low = float(betaincinv(simulated, live + 1, 0.025)) if simulated else 0.0
    high = float(betaincinv(simulated + 1, live, 0.975)) if live else 1.0
    if not total:
        raise BadInput("fills", total, "give at least one fill")
    scale = live_s / simulated_s
    return low / (1 - low) * scale, high / (1 - high) * scale if high < 1 else math.inf


def _warning(ratio: float, low: float, high: float) -> str:
    if RATIO_MIN <= ratio <= RATIO_MAX:
        return ""
    return f"the ratio is {ratio:.2f}, outside [{RATIO_MIN}, {RATIO_MAX}]; its interval is [{low:.2f}, {high:.2f}]"
