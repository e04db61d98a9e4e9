"""What a person wrote down about names: which entity each alias means, in which context, and what that entity implies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, unique


@unique
class Case(Enum):
    """How an alias must be written to be meant."""

    ANY = "any"
    CAPITAL = "capital"  # words that begin with a capital in the file begin with one in the question
    EXACT = "exact"  # letter by letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Words and phrases in small letters; one of them is enough. A phrase has a space on either side."""

    words: frozenset[str] = frozenset()
    phrases: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """One way to write an entity; counts where `needs` are met, when there are any, and no veto is."""

    written: tuple[str, ...]
    case: Case = Case.ANY
    needs: Guard = field(default_factory=Guard)
    vetoes: Guard = field(default_factory=Guard)

    @property
    def small(self) -> tuple[str, ...]:
        """The alias as it is looked for."""
        return tuple(map(str.lower, self.written))

    @property
    def text(self) -> str:
        """The alias for a person."""
        return " ".join(self.written)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Something in the world that markets depend on. One that is `broad` is recognised and makes no cluster."""

    name: str
    aliases: tuple[Alias, ...]
    implies: tuple[str, ...] = ()
    broad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A person's word on one market: these clusters and no others."""

    market_id: str
    clusters: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """All entities by name, and a person's word on single markets. `digest` tells two versions apart."""

    version: int
    digest: str
    entities: Mapping[str, Entity]
    overrides: Mapping[str, Override] = field(default_factory=dict)

    def implied_by(self, name: str) -> dict[str, str]:
        """Every entity that this one implies, near ones first, each with the one that implies it directly."""
        found: dict[str, str] = {}
        waiting = [name]
        for source in waiting:
            for target in self.entities[source].implies:
                if target not in found:
                    found[target] = source
                    waiting.append(target)
        return found
