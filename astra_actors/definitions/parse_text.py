"""Words of a market's rules: plain quotes, sentences, the sentence that decides, and dollar levels."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from astra_actors.definitions.reasons import UnclearError, Unread

_QUOTES: Final = str.maketrans({"“": '"', "”": '"', "„": '"', "’": "'", "‘": "'", "\u00a0": " "})
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[A-Z\"(])")
_ABBREVIATION: Final = re.compile(r"(?:\b[A-Z]|\b(?:St|Mr|Mrs|Ms|Dr|Inc|Jr|Sr|vs|No|Corp|Co|Gov|Sen|Rep|a\.m|p\.m))\.$")
_LEVEL: Final = re.compile(
    r"\$\s?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\d,]*\d)([A-Za-z]*)(\s+(?:thousand|[mbtz]illion|trillion)\b)?",
    re.I,
)
_SUFFIX: Final = {"": 1, "K": 1_000, "M": 1_000_000}


def normal(text: str) -> str:
    """One kind of quote, one kind of blank: what the readers below compare with."""
    return re.sub(r"\s+", " ", text.translate(_QUOTES)).strip()


def sentences(text: str) -> list[str]:
    """The sentences of a normal text; `U.S.` and a web address do not end one."""
    found: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        piece = text[start : end.start()]
        if _ABBREVIATION.search(piece):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]


def deciding_statements(rules: str, outcome: str) -> list[str]:
    """What must be true for `outcome` to win, each different statement once, in the order of the text."""
    name = re.escape(outcome)
    after = re.compile(rf"\bresolves?(?: immediately)? to \"{name}[.,]?\"[.,]? (?:if|when) (?P<what>.+)$", re.I)
    before = re.compile(
        rf"^If (?P<what>.+?),? (?:then )?(?:this|the) market will(?: immediately)? resolve to \"{name}[.,]?\"", re.I
    )
    found = [match["what"] for text in sentences(rules) if (match := after.search(text) or before.search(text))]
    return list(dict.fromkeys(statement.rstrip(". ") for statement in found))


def dollar_levels(text: str) -> list[int]:
    """Every different `$` amount as whole dollars, in order; K and M count, other units and cents are refused."""
    levels: list[int] = []
    for number, suffix, word in _LEVEL.findall(text):
        if word or suffix.upper() not in _SUFFIX:
            raise UnclearError(Unread.NO_LEVEL, f"${number}{suffix}{word} is not a price of a coin")
        amount = Decimal(number.replace(",", "")) * _SUFFIX[suffix.upper()]
        if amount != amount.to_integral_value():
            raise UnclearError(Unread.LEVEL_NOT_INTEGRAL, f"${number}{suffix}")
        if int(amount) not in levels:
            levels.append(int(amount))
    return levels


def has_dollar_amount(text: str) -> bool:
    """Whether any `$` amount occurs, readable as a level or not."""
    return bool(re.search(r"\$\s?\d", text))
