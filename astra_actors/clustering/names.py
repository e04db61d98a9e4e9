"""Names that no gazetteer knows: runs of capitalised words, less those that every question has."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from astra_actors.clustering.words import Words

# Capitalised in many questions and nobody's name: how questions begin, what calendars, offices and measures are called.
_COMMON: Final = """
    a an the will who what which when where how is are does do did can could should would has have if in on at by of to
    for from and or no not any more most less than before after between with without as it its above below all each every
    there this that these those some many much number total both next another other say per until during
    january february march april may june july august september october november december jan feb mar apr jun jul aug
    sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday am pm et est utc gmt
    q1 q2 q3 q4 h1 h2 up down over under yes no vs x
    president prime minister chancellor governor senator mayor ceo chair king queen secretary leader speaker
    ipo etf gdp cpi us usa uk eu un day week month year game match team round series season final finals
    best first second third largest highest lowest price bank rate rates company party state world national new
    championship cup league award awards election elections primary nominee nomination presidential democratic republican
    democrats republicans democrat republic united states government court
"""
COMMON: Final = frozenset(_COMMON.split())
_INSIDE: Final = frozenset(("of", "de", "da", "del", "la", "van", "von", "der", "al", "bin", "the"))
_GAP: Final = frozenset((" ", "-", "'", "’", ". ", "."))  # what may stand between two words of one name


def names_in(words: Words, taken: Collection[int] = ()) -> tuple[str, ...]:
    """The names in the order in which they stand, each once; words at the places `taken` belong to a known entity.

    >>> from astra_actors.clustering.words import words_of
    >>> names_in(words_of("Will Mira Talvane win the Velmora Cup before May?"))
    ('Mira Talvane', 'Velmora')
    """
    found: dict[str, None] = {}
    run: list[int] = []
    for at in range(len(words.written)):
        if _belongs(words, at, taken) and (not run or _joined(words, run[-1], at)):
            run.append(at)
            continue
        _close(words, run, found)
        run = [at] if _belongs(words, at, taken) else []
    _close(words, run, found)
    return tuple(found)


def key_of(name: str) -> str:
    """The name as a cluster spells it."""
    return "-".join(name.lower().split())


def _belongs(words: Words, at: int, taken: Collection[int]) -> bool:
    written = words.written[at]
    return at not in taken and written[0].isupper() and words.small[at] not in COMMON


def _joined(words: Words, before: int, at: int) -> bool:
    """Side by side, or with one small word of a name between them."""
    if at - before == 1:
        return words.text[words.spans[before][1] : words.spans[at][0]] in _GAP
    return at - before == 2 and words.small[before + 1] in _INSIDE


def _close(words: Words, run: list[int], found: dict[str, None]) -> None:
    if run:
        name = " ".join(words.written[run[0] : run[-1] + 1])
        if len(name) > 1:
            found[name] = None
