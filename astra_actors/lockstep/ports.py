"""What the coordinator needs of the others, whether they live in this process or behind Ray."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from astra_actors.engine.messages import MarketHistory, Reading, WindowCommand, WindowResult
from astra_actors.kernel.facts import Fact
from astra_actors.market.instrument import MarketListing
from astra_actors.risk.report import MarketReport


class ShardPort(Protocol):
    """One owner of markets."""

    @property
    def incarnation(self) -> int:
        """The owner's number: each start of it has a higher one."""
        ...

    def begin(self, command: WindowCommand) -> None:
        """Hand the command over; does not wait."""
        ...

    def finish(self) -> tuple[WindowResult, Any]:
        """Wait for the window; the second value is the window's records, or a reference to them."""
        ...

    def recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        """Rebuild markets from what they were given; returns their reports at the last barrier."""
        ...


class LedgerPort(Protocol):
    """The one writer."""

    def begin_commit(self, commit: WindowCommit) -> None:
        """Hand one window over; does not wait."""
        ...

    def finish_commit(self) -> str:
        """Wait until what was handed over is durable; returns the digest so far."""
        ...


class ResearchPort(Protocol):
    """What reads rules and chooses where to be active."""

    def read(self, listings: Sequence[MarketListing]) -> Sequence[Reading]:
        """The contract of each listing, or why there is none, and its clusters."""
        ...

    def choose_active(self, scores: Sequence[tuple[str, str, float]]) -> tuple[str, ...]:
        """The markets worth a lease, from (market id, cluster, score)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCommit:
    """Everything one window leaves: the shards' records, the portfolio's own facts, and the state to resume from."""

    window: int
    end_ns: int
    records: tuple[Any, ...]
    decided: tuple[Fact, ...]
    state: bytes
