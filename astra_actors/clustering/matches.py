"""The match or meeting that a question is about: two names on either side of a "vs"."""

from __future__ import annotations

from typing import Final

from astra_actors.clustering.words import Words

_BETWEEN: Final = frozenset(("vs", "v", "versus", "x"))
_SMALL: Final = "will who what which when the a an in is are can does did on at for if"
_OPENERS: Final = frozenset(_SMALL.split())
_GAP: Final = frozenset((" ", "-", "'", "’", ". ", "."))


def match_of(words: Words) -> str:
    """Both sides in the order of the alphabet, joined by `-vs-`; empty where there is no match.

    >>> from astra_actors.clustering.words import words_of
    >>> match_of(words_of("Will the total in POR vs. CONN be more than 177.5?"))
    'conn-vs-por'
    """
    for at, word in enumerate(words.small):
        if word in _BETWEEN and not words.written[at][0].isupper():
            left, right = _side(words, at, -1), _side(words, at, 1)
            if left and right:
                return "-vs-".join(sorted(("-".join(left), "-".join(right))))
    return ""


def _side(words: Words, middle: int, step: int) -> list[str]:
    """The capitalised words next to the middle, in reading order."""
    found: list[str] = []
    at = middle + step
    while 0 <= at < len(words.written) and words.written[at][0].isupper() and words.small[at] not in _OPENERS:
        first, second = min(at, at - step), max(at, at - step)
        if words.text[words.spans[first][1] : words.spans[second][0]] not in _GAP:
            break
        found.append(words.small[at])
        at += step
    return found if step > 0 else found[::-1]
