"""The words of a question, as every part of this room sees them: without accents, possessives and punctuation."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_POSSESSIVE: Final = re.compile(r"['’]s\b")
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Words:
    """A text word by word: as written, in small letters, and where each word begins and ends in `text`."""

    text: str
    written: tuple[str, ...]
    small: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def words_of(text: str) -> Words:
    """Split a text into words.

    >>> words_of("Will Péter's S&P 500 fall?").small
    ('will', 'peter', 's', 'p', '500', 'fall')
    """
    plain = _POSSESSIVE.sub("", text if text.isascii() else _without_accents(text))
    found = [(match.group(), match.span()) for match in _WORD.finditer(plain)]
    written = tuple(word for word, _ in found)
    return Words(plain, written, tuple(map(str.lower, written)), tuple(span for _, span in found))


def _without_accents(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
