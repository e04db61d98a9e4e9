"""Where a run stands at a barrier, as one small record that the ledger keeps beside the window it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from astra_actors.engine.messages import ShardCounters
from astra_actors.risk.report import MarketReport


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """The window count, virtual now, who owns what, and which markets are worth a lease."""

    window: int = 0
    now_ns: int = 0
    opened: int = 0
    incarnation: int = 1
    active: frozenset[str] = frozenset()
    shard_of: dict[str, int] = field(default_factory=dict)
    counted_before: ShardCounters = field(default_factory=ShardCounters)
    clean: int = 0  # windows without a failure in a row, counted until the burn-in is over
    failures: int = 0  # of markets, during the burn-in
    quarantined: frozenset[str] = frozenset()  # markets whose engine raised: nobody serves them any more


class SavedState(msgspec.Struct, kw_only=True):
    """The part of a run's state that no table gives back; everything else is rebuilt from facts."""

    window: int
    now_ns: int
    opened: int
    incarnation: int
    journal_seq: int
    breaches: int
    active: tuple[str, ...]
    counters: ShardCounters
    authority: dict[str, Any]
    reports: tuple[MarketReport, ...]
    quarantined: tuple[str, ...] = ()
    clean: int = 0
    failures: int = 0

    def encode(self) -> bytes:
        """JSON bytes, as the ledger stores them."""
        return msgspec.json.encode(self)


def decode_state(raw: bytes) -> SavedState:
    """Read a record that `SavedState.encode` wrote."""
    return msgspec.json.decode(raw, type=SavedState)


def add_counters(*parts: ShardCounters) -> ShardCounters:
    """The sum of what several shards counted. Markets live and orders open are sums too: each has one owner."""
    total = ShardCounters()
    for part in parts:
        for name in ShardCounters.__struct_fields__:
            if name != "vetoes":
                setattr(total, name, getattr(total, name) + getattr(part, name))
        for veto, count in part.vetoes.items():
            total.vetoes[veto] = total.vetoes.get(veto, 0) + count
    return total


def subtract_counters(total: ShardCounters, part: ShardCounters) -> ShardCounters:
    """What is left of a sum without one of its parts."""
    less = msgspec.structs.replace(part, vetoes={veto: -count for veto, count in part.vetoes.items()})
    for name in ShardCounters.__struct_fields__:
        if name != "vetoes":
            setattr(less, name, -getattr(less, name))
    return add_counters(total, less)


def flows_of(counters: ShardCounters) -> ShardCounters:
    """The part of the counts that adds up over time; what is open or alive now is counted by whoever owns it now."""
    return msgspec.structs.replace(counters, open_orders=0, live_markets=0)
