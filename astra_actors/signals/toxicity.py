"""The toxicity score of one market: a weighted sum of what its flow does to a maker (methods §7.6, §7.7)."""

from __future__ import annotations

from typing import Final

from astra_actors.signals.params import SignalParams

MARKOUT_FULL: Final = 0.004  # points lost in two minutes that count as fully toxic
WIDENING_FULL: Final = 3.0  # a spread four times its median counts as fully toxic
CANCEL_FREE: Final = 0.5  # a market that cancels half its quotes is an ordinary market


def composite(
    *,
    imbalance: float | None,
    vpin: float | None,
    markout: float | None,
    widening: float | None,
    cancel: float | None,
    params: SignalParams,
) -> tuple[float, bool, dict[str, float]]:
    """Score in [0, 1], whether too little was known for one, and the components, each in [0, 1].

    The weight of what is missing is shared out among what is there. With fewer than `components_min` components the
    score is 0 and `insufficient` is set: an unknown market is not called toxic, it is called unknown.
    """
    parts: dict[str, float] = {}
    total = weight = 0.0
    if imbalance is not None:
        parts["imbalance"] = x = _clip(abs(imbalance))
        total += params.w_imbalance * x
        weight += params.w_imbalance
    if vpin is not None:
        parts["vpin"] = x = _clip(vpin)
        total += params.w_vpin * x
        weight += params.w_vpin
    if markout is not None:
        parts["markout"] = x = _clip(-markout / MARKOUT_FULL)
        total += params.w_markout * x
        weight += params.w_markout
    if widening is not None:
        parts["widening"] = x = _clip((widening - 1.0) / WIDENING_FULL)
        total += params.w_widening * x
        weight += params.w_widening
    if cancel is not None:
        parts["cancel"] = x = _clip((cancel - CANCEL_FREE) / (1.0 - CANCEL_FREE))
        total += params.w_cancel * x
        weight += params.w_cancel
    if len(parts) < params.components_min or weight <= 0.0:
        return 0.0, True, parts
    return _clip(total / weight), False, parts


def cancel_rate(cancels: int, quotes_sent: int) -> float | None:
    """Cancels over quotes sent; None when nothing was sent."""
    return cancels / quotes_sent if quotes_sent > 0 else None


def widening(spread: float, reference: float | None) -> float | None:
    """Spread now over its median of the window; None without a positive reference."""
    return spread / reference if reference is not None and reference > 0 else None


def earlier_composite(imbalance: float, spread_frac: float, churn_per_s: float, samples: int) -> float:
    """The predecessor's score, kept to explain its records alone: it cannot flag a TIGHT market."""
    if samples < 10:
        return 0.0
    return _clip(0.3 * abs(imbalance) + 0.4 * min(spread_frac / 0.10, 1.0) + 0.3 * min(churn_per_s / 5.0, 1.0))


def earlier_regime(spread_frac: float) -> str:
    """The predecessor's regime, kept to explain its records alone: one tick is BROKEN below 0.125."""
    if spread_frac <= 0.01:
        return "TIGHT"
    if spread_frac <= 0.03:
        return "NORMAL"
    return "WIDE" if spread_frac <= 0.08 else "BROKEN"


def earlier_flag(score: float, regime: str) -> bool:
    """The predecessor's flag."""
    return score > 0.7 or regime == "BROKEN"


def _clip(x: float) -> float:
    return 0.0 if x < 0.0 else 1.0 if x > 1.0 else x
