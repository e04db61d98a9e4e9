"""An outcome that a named source reports: statement, source, time, and the whole rule it stands in."""

from __future__ import annotations

import re
from typing import Any, Final

from astra_actors.definitions.lint import EVENT_CATEGORY
from astra_actors.definitions.parse_text import deciding_statements, sentences
from astra_actors.definitions.parse_times import as_cutoff, times_in
from astra_actors.definitions.reasons import UnclearError, Unread
from astra_actors.market.instrument import MarketListing

_ACCORDING: Final = re.compile(r",? (?:according to|as reported (?:by|in)|as confirmed by) (?:the )?(?P<source>[^,;]+)")
_SOURCE: Final = re.compile(
    r"\bresolution sources? (?:for this market )?(?:is|are|will be) (?:the |a )?(?P<source>.+?)"
    r"(?=[,;] (?:however|but)\b|\.?$)",
    re.I,
)
_REPORTED: Final = re.compile(r"\bresolves?\b.*,? as reported (?:by|in) (?:the )?(?P<source>[^,;]+)", re.I)
_ONE_OF_MANY: Final = re.compile(r"\bresolves? (?:according )?to the\b", re.I)
_SOURCE_LENGTH_MAX: Final = 300


def read_event(listing: MarketListing, question: str, rules: str) -> dict[str, Any]:
    """All fields of an outcome contract but the market's id; the first that the text lacks raises `UnclearError`."""
    statements = deciding_statements(rules, listing.outcomes[0])
    condition = statements[0] if statements else _leg_of_many(listing, question, rules)
    assert listing.close_ns is not None, "read_definition refuses a listing without a date"
    times = times_in(condition)
    return {
        "category": EVENT_CATEGORY,
        "resolution_type": "event",
        "underlying": "",
        "quote_ccy": "",
        "cutoff_ts_utc": times[-1] if times else as_cutoff(listing.close_ns),
        "oracle_source": _source(condition, rules),
        "oracle_details": {"rule": rules},  # whole, so that a clarification changes the hash
        "condition": {"outcome": _ACCORDING.split(condition)[0].strip(" ,")},
    }


def _leg_of_many(listing: MarketListing, question: str, rules: str) -> str:
    """One leg of a one-winner event: the rules are shared and name no leg, the question alone does."""
    if listing.instrument.neg_risk and _ONE_OF_MANY.search(rules):
        return question.rstrip("? ")
    raise UnclearError(Unread.NO_CONDITION, f'no sentence says when it resolves to "{listing.outcomes[0]}"')


def _source(condition: str, rules: str) -> str:
    match = _ACCORDING.search(condition)
    if match:
        return match["source"].strip(" .")[:_SOURCE_LENGTH_MAX]
    for sentence in sentences(rules):
        match = _SOURCE.search(sentence) or _REPORTED.search(sentence)
        if match:
            return match["source"].strip(" .")[:_SOURCE_LENGTH_MAX]
    raise UnclearError(Unread.NO_ORACLE, "no sentence names the source")
