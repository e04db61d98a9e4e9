"""What the gates compare with, and the reason for each default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Gt, Interval

_STRICT: dict[str, Any] = {"extra": "forbid"}
Fraction = Annotated[float, Interval(ge=0, le=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvParams:
    """Frictions of the expected-value gate (methods §1.3), in points: dollars a share."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    base_slip: Fraction = 0.003  # §1.3: what an exit costs in a perfect book
    k_spread: Annotated[float, Interval(ge=0, le=2)] = 0.5  # §1.3: half the spread, the price of leaving at the mid
    k_depth: Annotated[float, Gt(0)] = 0.01  # §1.3: an exit as large as the depth costs one more cent
    depth_floor_usd: Annotated[float, Gt(0)] = 100.0  # §1.3: thinner is refused, never read as deeper
    depth_veto: bool = True  # False only to reproduce the bare formula
    base_buffer: Fraction = 0.002  # §1.3: adverse selection in calm flow; toxic flow doubles it
    k_res: Fraction = 0.01  # §1.3: one cent for a market that is all resolution risk
    threshold: Fraction = 0.005  # §1.3: half a cent must be left after everything


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionRiskParams:
    """Weights, priors and limits of the resolution-risk score (methods §18.7)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    w_ambiguity: Fraction = 0.40
    w_dispute: Fraction = 0.30
    w_time: Fraction = 0.20
    w_clarification: Fraction = 0.10
    markers: tuple[str, ...] = (  # words a dispute likes
        "materially",
        "significantly",
        "substantially",
        "end of year",
        "by end of",
        "official",
        "major",
        "publicly",
        "widely",
    )
    markers_full: Annotated[int, Ge(1)] = 5
    question_chars_min: Annotated[int, Ge(0)] = 30  # a shorter question leaves its terms open
    short_question: Fraction = 0.4
    no_resolution_words: Fraction = 0.3  # rules that never say "resolve" or "determined"
    # Priors of a dispute: the higher of the predecessor's two tables until they are calibrated (§19.2, 32).
    prior_crypto: Fraction = 0.20
    prior_sports: Fraction = 0.20
    prior_politics: Fraction = 0.30
    prior_weather: Fraction = 0.05
    prior_entertainment: Fraction = 0.25
    prior_macro: Fraction = 0.25  # in neither table: read as other
    prior_other: Fraction = 0.25
    unknown_history: Fraction = 0.6  # nobody knows how such markets resolved, and it is about to
    unknown_history_hours: Annotated[float, Ge(0)] = 72.0
    limit_maker: Fraction = 0.35
    limit_near_resolution: Fraction = 0.20  # forbids accumulation, not quoting: under 48 h no score lies below it
    near_resolution_hours: Annotated[float, Ge(0)] = 48.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteabilityParams:
    """Weights and vetoes of the quoteability score, and the size of the active set (methods §18.7)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    w_depth: Fraction = 0.35
    w_churn: Fraction = 0.25
    w_jump: Fraction = 0.20
    w_resolution: Fraction = 0.20
    depth_full_shares: Annotated[float, Gt(0)] = 1_000.0  # summed over 1, 2 and 3 cents
    jump_scale: Annotated[float, Gt(0)] = 10.0  # a 10-cent jump halves its part
    rrs_max: Fraction = 0.35
    near_close_hours: Annotated[float, Ge(0)] = 48.0
    near_close_jump_max: Fraction = 0.05
    book_age_ms_max_live: Annotated[int, Gt(0)] = 5_000  # §18.7, §19.2 (33)
    book_age_ms_max_paper: Annotated[int, Gt(0)] = 120_000  # §18.7: a quiet synthetic or recorded book is not dead
    liquidity_usd_min: Annotated[float, Ge(0)] = 500.0
    active_markets: Annotated[int, Gt(0)] = 40
    active_per_cluster: Annotated[int, Gt(0)] = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketGateParams:
    """What the chain of market gates compares with."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    resolution_risk: ResolutionRiskParams = field(default_factory=ResolutionRiskParams)
    quoteability: QuoteabilityParams = field(default_factory=QuoteabilityParams)
    input_age_ms_max: Annotated[int, Gt(0)] = 1_800_000  # §18.7: estimates are kept for 30 minutes at most
