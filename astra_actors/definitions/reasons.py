"""Why no contract could be read from a market: a closed list, and the value that carries it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique


@unique
class Unread(Enum):
    """What the market's own words do not say; the value is what the operator reads. Names stand in ledgers."""

    NOT_BINARY = "the market does not have exactly two outcomes"
    NO_RULES = "the listing has no rules text"
    NO_CLOSE_DATE = "the listing gives no closing date"
    FALSE_POSITIVE_TOKEN = "the text names a token that only looks like a supported one"
    UNSUPPORTED_UNDERLYING = "no supported underlying is named"
    AMBIGUOUS = "the text says two different things about one field"
    LEVEL_AT_WINDOW_START = "the level is a price that is only known when the window opens"
    NO_CONDITION = "no sentence says when the first outcome wins"
    NO_LEVEL = "no price level in dollars is stated"
    LEVEL_NOT_INTEGRAL = "the price level is not a whole number of dollars"
    NO_RESOLUTION_TYPE = "the text says neither touch nor a measurement at one time"
    NO_DIRECTION = "the text does not say from which side the level counts"
    NO_CUTOFF = "no time with a zone says until when, or when, the price counts"
    DATES_DISAGREE = "the listing closes days after the time its own rules name"
    NO_ORACLE = "no source is named"
    NO_ROUNDING = "the text does not say how the price is rounded before it is compared"
    NO_FINALITY = "the text does not say when a print is final"
    LINT_FAILED = "what was read does not pass lint"


@dataclass(frozen=True, slots=True)
class NotReadable:
    """No contract, with the reason and the words that gave it."""

    reason: Unread
    detail: str = ""


class UnclearError(Exception):
    """Leaves a reader in the middle of a text; `read_definition` turns it into `NotReadable`."""

    def __init__(self, reason: Unread, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(reason.name, detail)
