"""A coin against a price level, read from the text alone: what, which level, which side, when, by whose print."""

from __future__ import annotations

import re
from typing import Any, Final

from astra_actors.definitions.lint import THRESHOLD_CATEGORY
from astra_actors.definitions.parse_text import deciding_statements, dollar_levels, has_dollar_amount
from astra_actors.definitions.parse_times import times_in
from astra_actors.definitions.reasons import UnclearError, Unread
from astra_actors.market.instrument import Category, MarketListing

# Names in any case, tickers in capitals, both as whole words: "MegaETH" and "Ethereal" are other things.
_COINS: Final = {
    "BTC": re.compile(r"\b(?:BTC|(?i:bitcoin))\b"),
    "ETH": re.compile(r"\b(?:ETH|(?i:ethereum))\b"),
    "SOL": re.compile(r"\b(?:SOL|(?i:solana))\b"),
    "XRP": re.compile(r"\bXRP\b"),
    "BNB": re.compile(r"\bBNB\b"),
    "DOGE": re.compile(r"\b(?:DOGE|(?i:dogecoin))\b"),
}
_FALSE_FRIENDS: Final = re.compile(r"\b(?:ethena|susde|usde|wbtc|renbtc|steth|seth|reth|cbeth)\b", re.I)
_TOUCH: Final = re.compile(r"\b(?:hit|hits|reach|reaches|touch|touches|dip|dips|fall|falls)\b", re.I)
_DOWNWARD: Final = re.compile(r"\b(?:dip|dips|fall|falls)\b", re.I)
_ANY_TIME: Final = re.compile(r"\b(?:at any time|at any point|any [\w ]*candle)\b", re.I)
_AT_ONE_TIME: Final = re.compile(r"\b(?:close|closes|closing)\b|\bat (?=\d)|\bon (?=[A-Z][a-z]+ \d)", re.I)
_PRICED: Final = re.compile(r"\b(?:price|above|below|higher|lower)\b", re.I)

# The first that matches is taken out of the text, so that "at or above" is not read again as "above".
_COMPARISONS: Final = (
    (">=", re.compile(r"\b(?:at or above|at least|or higher|or above|or more|or greater|above or equal to"
                      r"|equal to or (?:above|(?:great|high)er than)|(?:greater|higher) than or equal to)\b", re.I)),
    ("<=", re.compile(r"\b(?:at or below|at most|or lower|or below|or less|below or equal to"
                      r"|equal to or (?:below|less than|lower than)|(?:less|lower) than or equal to)\b", re.I)),
    (">", re.compile(r"\b(?:above|(?:greater|higher|more) than)\b", re.I)),
    ("<", re.compile(r"\b(?:below|under|(?:less|lower) than)\b", re.I)),
)  # fmt: skip
_ROUNDINGS: Final = (
    ("floor_int", re.compile(r"\brounded down to (?:a|the|the next|the nearest) (?:whole )?dollar\b", re.I)),
    ("round_int", re.compile(r"\brounded to (?:a|the) (?:nearest )?(?:whole )?dollar\b", re.I)),
    ("ceil_int", re.compile(r"\brounded up to (?:a|the|the next|the nearest) (?:whole )?dollar\b", re.I)),
    ("floor_cent", re.compile(r"\brounded down to (?:a|the|the next|the nearest) (?:whole )?cent\b", re.I)),
    ("round_cent", re.compile(r"\brounded to (?:a|the) (?:nearest )?(?:whole )?cent\b", re.I)),
)
_ACCORDING: Final = re.compile(r",? according to\b", re.I)  # the pair of a feed says nothing about what is asked
_FINALITY: Final = re.compile(r"\bfinal (\d+) (second|minute|hour)s? after\b", re.I)
_FEED: Final = r"(?P<feed>[A-Z]{2,10}/[A-Z]{3,5})"
_SOURCES: Final = (
    re.compile(rf"\baccording to (?:the )?(?P<source>[^,.;]+?) {_FEED}"),
    re.compile(rf"\bresolution source (?:for this market )?(?:is|will be) (?:information from )?(?:the )?"
               rf"(?P<source>[^,.;]+?),? specifically (?:the )?{_FEED}"),
)  # fmt: skip


def looks_like_threshold(listing: MarketListing, question: str, rules: str) -> bool:
    """Whether the text sets a price level for a coin, readable or not: then it is read as that and as nothing else."""
    said = " ".join((question, *deciding_statements(rules, listing.outcomes[0])))
    if not has_dollar_amount(said) or not (_TOUCH.search(said) or _PRICED.search(said)):
        return False
    return listing.category is Category.CRYPTO or any(coin.search(said) for coin in _COINS.values())


def read_threshold(question: str, rules: str, outcome: str) -> dict[str, Any]:
    """All fields of a threshold contract but the market's id; the first that the text lacks raises `UnclearError`."""
    statements = deciding_statements(rules, outcome)
    if len(statements) != 1:
        raise UnclearError(Unread.AMBIGUOUS if statements else Unread.NO_CONDITION, " | ".join(statements))
    condition = statements[0]
    underlying = _underlying(f"{question} {_ACCORDING.split(condition)[0]}")
    level = _level(question, condition)
    touch = _is_touch(question, condition)
    op = _op(question, condition, touch=touch)
    cutoff = _cutoff(condition)
    source, feed = _source(rules, underlying)
    details = {"feed": feed, "rounding": _rounding(rules)}
    said: dict[str, Any] = {"op": op, "level": level, "window": "any_time" if touch else "at_close"}
    if touch:
        details["finality"] = _finality(rules)
    else:
        said["measurement_time"] = cutoff
    return {
        "category": THRESHOLD_CATEGORY,
        "resolution_type": "touch" if touch else "close",
        "underlying": underlying,
        "quote_ccy": feed.partition("/")[2],
        "cutoff_ts_utc": cutoff,
        "oracle_source": source,
        "oracle_details": details,
        "condition": said,
    }


def _underlying(text: str) -> str:
    friend = _FALSE_FRIENDS.search(text)
    if friend:
        raise UnclearError(Unread.FALSE_POSITIVE_TOKEN, friend[0])
    named = [coin for coin, word in _COINS.items() if word.search(text)]
    if not named:
        raise UnclearError(Unread.UNSUPPORTED_UNDERLYING, text)
    if len(named) > 1:
        raise UnclearError(Unread.AMBIGUOUS, f"underlyings {', '.join(named)}")
    return named[0]


def _level(question: str, condition: str) -> int:
    asked, decided = dollar_levels(question), dollar_levels(condition)
    if not decided and "title" in condition:  # "the price specified in the title"
        decided = asked
    if not decided:
        raise UnclearError(Unread.NO_LEVEL, condition)
    if len(decided) > 1:
        raise UnclearError(Unread.AMBIGUOUS, f"levels {decided}")
    if asked and asked != decided:
        raise UnclearError(Unread.AMBIGUOUS, f"the question says {asked}, the rules {decided}")
    return decided[0]


def _is_touch(question: str, condition: str) -> bool:
    touch = bool(_TOUCH.search(condition)) or (bool(_TOUCH.search(question)) and bool(_ANY_TIME.search(condition)))
    at_one_time = bool(_AT_ONE_TIME.search(condition)) and not _ANY_TIME.search(condition)
    if touch and at_one_time:
        raise UnclearError(Unread.AMBIGUOUS, "both touch and close are said")
    if touch or at_one_time:
        return touch
    raise UnclearError(Unread.NO_RESOLUTION_TYPE, condition)


def _op(question: str, condition: str, *, touch: bool) -> str:
    rest, found = condition, []
    for op, words in _COMPARISONS:
        if words.search(rest):
            found.append(op)
            rest = words.sub(" ", rest)
    downward = touch and bool(_DOWNWARD.search(f"{question} {condition}"))
    if len(found) > 1 or (downward and found and found[0] in (">", ">=")):
        raise UnclearError(Unread.AMBIGUOUS, f"directions in: {condition}")
    if found:
        return found[0]
    if downward:
        return "<="
    raise UnclearError(Unread.NO_DIRECTION, condition)


def _cutoff(condition: str) -> str:
    times = times_in(condition)
    if not times:
        raise UnclearError(Unread.NO_CUTOFF, condition)
    return times[-1]  # "between … and …": the later one ends it


def _source(rules: str, underlying: str) -> tuple[str, str]:
    for pattern in _SOURCES:
        match = pattern.search(rules)
        if match:
            if match["feed"].partition("/")[0] != underlying:
                raise UnclearError(Unread.AMBIGUOUS, f"the feed {match['feed']} is not one of {underlying}")
            return match["source"].strip(), match["feed"]
    raise UnclearError(Unread.NO_ORACLE, "no source with its feed, such as BTC/USD")


def _rounding(rules: str) -> str:
    found = [name for name, words in _ROUNDINGS if words.search(rules)]
    if len(found) != 1:
        raise UnclearError(Unread.AMBIGUOUS if found else Unread.NO_ROUNDING, ", ".join(found))
    return found[0]


def _finality(rules: str) -> str:
    found = {f"{number}{unit[0].lower()}": None for number, unit in _FINALITY.findall(rules)}
    if len(found) != 1:
        raise UnclearError(Unread.AMBIGUOUS if found else Unread.NO_FINALITY, ", ".join(found))
    return next(iter(found))
