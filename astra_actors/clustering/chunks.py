"""Many markets clustered in pieces that may run anywhere: the result is the same however they were cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from astra_actors.clustering.assign import Assignment, Clusterer, MarketWords
from astra_actors.clustering.gazetteer import Gazetteer

CHUNK: Final = 20_000  # markets in one piece: about a second of one core, many times what handing it out costs


def chunks_of(total: int, size: int = CHUNK) -> list[tuple[int, int]]:
    """Pieces of a list: where each begins, and where the next one does."""
    return [(start, min(total, start + size)) for start in range(0, total, size)]


def cluster_markets(
    gazetteer: Gazetteer, markets: Sequence[MarketWords], start: int, stop: int
) -> tuple[int, list[Assignment]]:
    """Assign one piece of the list; the work of a remote task."""
    clusterer = Clusterer(gazetteer)
    return start, [clusterer.assign(market) for market in markets[start:stop]]


def merged(results: Iterable[tuple[int, list[Assignment]]], total: int) -> list[Assignment]:
    """The assignments in the order of the list, in whatever order the pieces came; each piece counts once."""
    pieces = dict(results)
    found = [one for start in sorted(pieces) for one in pieces[start]]
    assert len(found) == total, f"{len(found)} of {total} markets came back"
    return found
