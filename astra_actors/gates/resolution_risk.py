"""The resolution-risk score: how likely a market's outcome is to be argued about (methods §18.7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from astra_actors.gates.params import ResolutionRiskParams
from astra_actors.market.instrument import Category

TIME_SOON_HOURS: Final = 48.0
TIME_WEEK_HOURS: Final = 168.0
CLARIFIED: Final = 0.8  # somebody already asked what the rules mean
NOT_CLARIFIED: Final = 0.2


@dataclass(frozen=True, slots=True)
class RiskScore:
    """The score in [0, 1] and its four parts before weighting."""

    score: float
    parts: dict[str, float]


def resolution_risk(
    question: str,
    rules: str,
    category: Category,
    hours_to_close: float | None,
    clarified: bool,
    history_known: bool,
    params: ResolutionRiskParams,
) -> RiskScore:
    """Score one market from its own words, its category and its date; without a date nothing is soon."""
    parts = {
        "ambiguity": ambiguity(question, rules, params),
        "dispute": _dispute(category, hours_to_close, history_known, params),
        "time": _time(hours_to_close),
        "clarification": CLARIFIED if clarified else NOT_CLARIFIED,
    }
    score = (
        params.w_ambiguity * parts["ambiguity"]
        + params.w_dispute * parts["dispute"]
        + params.w_time * parts["time"]
        + params.w_clarification * parts["clarification"]
    )
    return RiskScore(min(max(score, 0.0), 1.0), parts)


@lru_cache(maxsize=4096)  # a market's words are asked about again every hour and hardly ever change
def ambiguity(question: str, rules: str, params: ResolutionRiskParams) -> float:
    """Share of doubtful words among question and rules, with floors for a short question and for silent rules."""
    text = f"{question}\n{rules}".lower()
    found = sum(1 for pattern in _patterns(params.markers) if pattern.search(text))
    score = min(found / params.markers_full, 1.0)
    if len(question) < params.question_chars_min:
        score = max(score, params.short_question)
    if "resolve" not in text and "determined" not in text:
        score = max(score, params.no_resolution_words)
    return score


def _dispute(category: Category, hours: float | None, history_known: bool, params: ResolutionRiskParams) -> float:
    if not history_known and hours is not None and hours < params.unknown_history_hours:
        return params.unknown_history
    return prior(category, params)


def prior(category: Category, params: ResolutionRiskParams) -> float:
    """How often markets of a category are disputed."""
    return {
        Category.CRYPTO: params.prior_crypto,
        Category.SPORTS: params.prior_sports,
        Category.POLITICS: params.prior_politics,
        Category.MACRO: params.prior_macro,
        Category.WEATHER: params.prior_weather,
        Category.ENTERTAINMENT: params.prior_entertainment,
        Category.OTHER: params.prior_other,
    }[category]


def _time(hours: float | None) -> float:
    if hours is None:
        return 0.5
    if hours < TIME_SOON_HOURS:
        return 1.0
    return 0.5 if hours < TIME_WEEK_HOURS else 0.3


@lru_cache(maxsize=8)
def _patterns(markers: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Whole words: "official" does not live in "unofficially"."""
    return tuple(re.compile(rf"\b{re.escape(marker)}\b") for marker in markers)
