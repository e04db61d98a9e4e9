"""What many assignments say together: who shares a cluster, what changed since an earlier look, how much is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from astra_actors.clustering.assign import Assignment


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One market whose clusters are others than before."""

    market_id: str
    joined: tuple[str, ...]
    left: tuple[str, ...]


def members(assignments: Iterable[Assignment]) -> dict[str, tuple[str, ...]]:
    """The markets of each cluster, the largest cluster first, then by name."""
    found: dict[str, list[str]] = {}
    for one in assignments:
        for cluster in one.clusters:
            found.setdefault(cluster, []).append(one.market_id)
    by_size = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return {cluster: tuple(markets) for cluster, markets in by_size}


def changes(before: Mapping[str, Sequence[str]], now: Iterable[Assignment]) -> list[Change]:
    """Markets that were assigned before and now join or leave a cluster."""
    found = []
    for one in now:
        earlier = before.get(one.market_id)
        if earlier is None or tuple(earlier) == one.clusters:
            continue
        joined = tuple(cluster for cluster in one.clusters if cluster not in earlier)
        left = tuple(cluster for cluster in earlier if cluster not in one.clusters)
        if joined or left:
            found.append(Change(market_id=one.market_id, joined=joined, left=left))
    return found


def unseen_entity_rate(assignments: Sequence[Assignment]) -> float | None:
    """The share of markets of which the gazetteer knows nothing; None without markets."""
    return sum(one.unseen for one in assignments) / len(assignments) if assignments else None
