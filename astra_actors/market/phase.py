"""What part of its life a market is in, and what that allows (methods §18.3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

CLOSE_WINDOW_HOURS: Final = 24.0
WATCH_HOURS: Final = 72.0
CHALLENGE_HOURS: Final = 2.0  # how long a clarification or a proposal may still be answered


@unique
class MarketPhase(Enum):
    """The eight phases; the values stand in ledgers."""

    NORMAL = "normal"
    WATCH = "watch"
    CLOSE_WINDOW = "close_window"
    POST_CLOSE = "post_close"
    PROPOSED = "proposed"
    CHALLENGE_WINDOW = "challenge_window"
    RESOLVED = "resolved"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRule:
    """What a phase allows: quotes, a growing position, how much of the market's cap, and whether orders must leave."""

    quote: bool
    accumulate: bool
    cap_multiplier: float
    cancel_all: bool


_OUT: Final = PhaseRule(quote=False, accumulate=False, cap_multiplier=0.0, cancel_all=True)

PHASE_RULES: Final[dict[MarketPhase, PhaseRule]] = {
    MarketPhase.NORMAL: PhaseRule(quote=True, accumulate=True, cap_multiplier=1.0, cancel_all=False),
    MarketPhase.WATCH: PhaseRule(quote=True, accumulate=False, cap_multiplier=0.8, cancel_all=False),
    # The earlier system let low resolution risk quote here and vetoed it elsewhere: vetoed is the reading (§19.2, 30).
    MarketPhase.CLOSE_WINDOW: PhaseRule(quote=False, accumulate=False, cap_multiplier=0.5, cancel_all=False),
    MarketPhase.POST_CLOSE: _OUT,
    MarketPhase.PROPOSED: _OUT,
    MarketPhase.CHALLENGE_WINDOW: _OUT,
    MarketPhase.RESOLVED: _OUT,
    MarketPhase.UNKNOWN: _OUT,
}


def phase_of(hours_to_close: float | None, note: str | None = None, *, note_age_hours: float = 0.0) -> MarketPhase:
    """The phase by the last note about the market and by its hours to close; without a date it counts as resolved.

    A clarification holds for the challenge window; a proposal or a dispute holds until somebody settles it. A note that
    nobody has taught us means that we do not know where the market stands.
    """
    if note and not (note == "clarified" and note_age_hours >= CHALLENGE_HOURS):
        return _by_note(note, note_age_hours)
    return _by_hours(hours_to_close)


def _by_note(note: str, age_hours: float) -> MarketPhase:
    if note in ("clarified", "proposed") and age_hours < CHALLENGE_HOURS:
        return MarketPhase.CHALLENGE_WINDOW
    return _NOTES.get(note, MarketPhase.UNKNOWN)


_NOTES: Final = {
    "proposed": MarketPhase.PROPOSED,
    "disputed": MarketPhase.PROPOSED,
    "closed": MarketPhase.POST_CLOSE,
    "resolved": MarketPhase.RESOLVED,
}


def _by_hours(hours: float | None) -> MarketPhase:
    if hours is None:
        return MarketPhase.RESOLVED
    if hours < 0:
        return MarketPhase.POST_CLOSE
    if hours < CLOSE_WINDOW_HOURS:
        return MarketPhase.CLOSE_WINDOW
    if hours < WATCH_HOURS:
        return MarketPhase.WATCH
    # A NaN compares false with everything and must not end up as the most permissive phase.
    return MarketPhase.NORMAL if hours >= WATCH_HOURS else MarketPhase.UNKNOWN
