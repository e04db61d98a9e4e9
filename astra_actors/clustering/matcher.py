"""Every alias of a gazetteer looked for in one pass: a tree of words, the longest alias first, guards last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from astra_actors.clustering.gazetteer import Alias, Case, Gazetteer, Guard
from astra_actors.clustering.names import COMMON
from astra_actors.clustering.words import Words


@dataclass(frozen=True, slots=True)
class Hit:
    """An entity found in a question: by which alias, and which words of the question are it."""

    entity: str
    alias: Alias
    first: int
    last: int  # the word after the last one


@dataclass(slots=True)
class _Node:
    below: dict[str, _Node] = field(default_factory=dict)
    ends: list[tuple[str, Alias]] = field(default_factory=list)


class Matcher:
    """Find entities in questions; building it reads the gazetteer once."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._root = _Node()
        for entity in gazetteer.entities.values():
            for alias in entity.aliases:
                node = self._root
                for word in alias.small:
                    node = node.below.setdefault(word, _Node())
                node.ends.append((entity.name, alias))

    def hits(self, words: Words, context: Iterable[str] = ()) -> list[Hit]:
        """The entities in the order in which they stand; `context` are more words that guards may look at."""
        small = words.small
        found: list[Hit] = []
        around: _Around | None = None
        at, count, tree = 0, len(small), self._root.below
        while at < count:
            node = tree.get(small[at])
            if node is None:
                at += 1
                continue
            ends: list[tuple[int, _Node]] = []
            place = at + 1
            while node is not None:
                if node.ends:
                    ends.append((place, node))
                node = node.below.get(small[place]) if place < count else None
                place += 1
            if ends and around is None:
                around = _Around(words, context)
            last = at + 1
            for end, reached in reversed(ends):
                assert around is not None, "an alias ended, so its surroundings were read"
                meant = [one for one in reached.ends if _meant(one[1], words.written[at:end], around)]
                if any(alias.needs for _, alias in meant) and _inside_a_name(words, at, found):
                    meant = [one for one in meant if not one[1].needs]
                if meant:
                    found += [Hit(name, alias, at, end) for name, alias in meant]
                    last = end
                    break
            at = last
        return found


class _Around:
    """The words a guard may look at: those of the question, and behind a border those of its tags."""

    __slots__ = ("in_small_letters", "joined", "words")

    def __init__(self, words: Words, context: Iterable[str]) -> None:
        more = list(context)
        self.words = frozenset((*words.small, *more))
        self.joined = f" {' '.join(words.small)} | {' '.join(more)} "
        self.in_small_letters = words.written == words.small  # typed without capitals: letters then tell nothing

    def has(self, guard: Guard) -> bool:
        return not guard.words.isdisjoint(self.words) or any(phrase in self.joined for phrase in guard.phrases)

    def has_beside(self, guard: Guard, own: tuple[str, ...]) -> bool:
        """The same, but the alias's own words are no context of it: a list of clubs holds the club itself."""
        beside = guard.words & self.words
        return any(word not in own for word in beside) or any(phrase in self.joined for phrase in guard.phrases)


def _meant(alias: Alias, written: tuple[str, ...], around: _Around) -> bool:
    if not around.in_small_letters and not _written_as(alias, written):
        return False
    if alias.vetoes and around.has(alias.vetoes):
        return False
    return not alias.needs or around.has_beside(alias.needs, alias.small)


def _inside_a_name(words: Words, at: int, found: list[Hit]) -> bool:
    """Whether an unknown capitalised word stands right before it: the Velmora Giants are none of the clubs in the file."""
    if not at or words.text[words.spans[at - 1][1] : words.spans[at][0]] != " " or (found and found[-1].last == at):
        return False
    before = words.written[at - 1]
    in_sentence = sum(word[0].islower() for word in words.written) > 1  # a headline capitalises every word
    return in_sentence and before[0].isupper() and words.small[at - 1] not in COMMON


def _written_as(alias: Alias, written: tuple[str, ...]) -> bool:
    if alias.case is Case.EXACT:
        return written == alias.written
    if alias.case is Case.CAPITAL:
        pairs = zip(alias.written, written, strict=True)
        return all(not one[0].isupper() or other[0].isupper() for one, other in pairs)
    return True
