"""From a market's own words to a contract, or to the one thing those words do not say; nothing is filled in.

Two kinds are read: a price level of a coin (`crypto_threshold`) and an outcome that a named source reports
(`event_outcome`). A text that looks like a level but misses one of its fields is not demoted to an outcome.
"""

from __future__ import annotations

from typing import Any, Final

from astra_actors.definitions.contract import DefinitionContract, from_dict
from astra_actors.definitions.parse_event import read_event
from astra_actors.definitions.parse_text import normal
from astra_actors.definitions.parse_threshold import looks_like_threshold, read_threshold
from astra_actors.definitions.reasons import NotReadable, UnclearError, Unread
from astra_actors.kernel.clock import ns_from_text, utc_text
from astra_actors.kernel.errors import DefinitionError
from astra_actors.kernel.units import NS_PER_HOUR
from astra_actors.market.instrument import MarketListing

RULES_VERSION: Final = "polymarket_v2"
WORLD_RULES_VERSION: Final = "astra_world_v1"
CLOSE_LAG_NS_MAX: Final = 48 * NS_PER_HOUR  # later, the market's phase would still say "normal" when all is decided

__all__ = ["NotReadable", "Unread", "read_definition"]


def read_definition(listing: MarketListing) -> DefinitionContract | NotReadable:
    """Read every field from the listing's question, rules and dates; the first that cannot be read is the answer."""
    try:
        return from_dict(_read(listing))
    except UnclearError as unclear:
        return NotReadable(unclear.reason, unclear.detail)
    except DefinitionError as error:
        return NotReadable(Unread.LINT_FAILED, str(error))


def _read(listing: MarketListing) -> dict[str, Any]:
    if len(listing.outcomes) != 2:
        raise UnclearError(Unread.NOT_BINARY, ", ".join(listing.outcomes))
    question, rules = normal(listing.question), normal(listing.rules)
    if not rules:
        raise UnclearError(Unread.NO_RULES)
    if listing.close_ns is None:
        raise UnclearError(Unread.NO_CLOSE_DATE)
    if "up or down" in question.lower() and listing.outcomes[0].lower() == "up":
        raise UnclearError(Unread.LEVEL_AT_WINDOW_START, question)
    if looks_like_threshold(listing, question, rules):
        content = read_threshold(question, rules, listing.outcomes[0])
    else:
        content = read_event(listing, question, rules)
    cutoff_ns = ns_from_text(content["cutoff_ts_utc"])
    if listing.close_ns > cutoff_ns + CLOSE_LAG_NS_MAX:
        raise UnclearError(
            Unread.DATES_DISAGREE, f"closes {utc_text(listing.close_ns)}, rules say {content['cutoff_ts_utc']}"
        )
    version = WORLD_RULES_VERSION if listing.synthetic else RULES_VERSION
    return {"market_id": listing.market_id, "venue_rules_version": version, **content}
