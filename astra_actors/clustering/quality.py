"""How well clusters agree with the truth, pair by pair (methods §15; Hubert & Arabie 1985)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCounts:
    """Pairs by what truth and prediction say of them."""

    both: int
    predicted_only: int
    true_only: int
    neither: int

    @property
    def precision(self) -> float | None:
        """Of the pairs joined, the share that belongs together; None when none was joined."""
        return _ratio(self.both, self.both + self.predicted_only)

    @property
    def recall(self) -> float | None:
        """Of the pairs that belong together, the share that was joined; None when there is none."""
        return _ratio(self.both, self.both + self.true_only)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; None when no pair is true and none was joined."""
        return _ratio(2 * self.both, 2 * self.both + self.predicted_only + self.true_only)

    @property
    def rand(self) -> float | None:
        """The share of pairs on which truth and prediction agree."""
        return _ratio(self.both + self.neither, self.pairs)

    @property
    def ari(self) -> float | None:
        """Agreement beyond chance; 1 is perfect, 0 is what chance gives."""
        if not self.pairs:
            return None
        predicted, true = self.both + self.predicted_only, self.both + self.true_only
        by_chance = predicted * true / self.pairs
        return _ratio(self.both - by_chance, (predicted + true) / 2 - by_chance)

    @property
    def pairs(self) -> int:
        """All pairs."""
        return self.both + self.predicted_only + self.true_only + self.neither


def count_pairs(truth: Sequence[Collection[str]], predicted: Sequence[Collection[str]]) -> PairCounts:
    """Compare two assignments of the same markets; a pair is together when it shares any group."""
    both = predicted_only = true_only = neither = 0
    for one, other in combinations(range(len(truth)), 2):
        related = not set(truth[one]).isdisjoint(truth[other])
        joined = not set(predicted[one]).isdisjoint(predicted[other])
        both += related and joined
        predicted_only += joined and not related
        true_only += related and not joined
        neither += not related and not joined
    return PairCounts(both=both, predicted_only=predicted_only, true_only=true_only, neither=neither)


def linked(pairs: Iterable[tuple[int, int]], predicted: Sequence[Collection[str]]) -> tuple[int, int]:
    """How many of the pairs are joined, and how many there are: for must-link and never-link lists."""
    shared = [not set(predicted[one]).isdisjoint(predicted[other]) for one, other in pairs]
    return sum(shared), len(shared)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
