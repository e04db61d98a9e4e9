"""A question without its dates and numbers: rungs of one ladder read the same."""

from __future__ import annotations

import re
from typing import Final

from astra_actors.clustering.words import Words

_CALENDAR: Final = (
    "january february march april may june july august september october november december"
    " jan feb mar apr jun jul aug sep sept oct nov dec"
    " monday tuesday wednesday thursday friday saturday sunday"
)
_SMALL: Final = "am pm et utc by before in on at end of the a an"
_LEFT_OUT: Final = frozenset(f"{_CALENDAR} {_SMALL}".split())
_NUMBER: Final = re.compile(r"[0-9]+[a-z]{0,4}")  # 50, 50k, 2026, 3rd, 25bps
WORDS_MIN: Final = 3  # what is left of "Up or down on Friday?" holds nothing together


def ladder_of(words: Words) -> str:
    """What is left of the question, or nothing where that says too little.

    >>> from astra_actors.clustering.words import words_of
    >>> ladder_of(words_of("Will Sarnby report 3 floods by May 4, 2026?"))
    'will-sarnby-report-floods'
    """
    left = [word for word in words.small if word not in _LEFT_OUT and not _NUMBER.fullmatch(word)]
    said = [word for word in left if word not in ("will", "be", "there", "is", "least", "or", "more", "than")]
    return "-".join(left) if len(said) >= WORDS_MIN else ""
