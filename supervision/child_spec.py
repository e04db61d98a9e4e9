"""Children as data: who is started, in which order, how long each may be silent, and what its death costs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from supervision.restart_budget import RestartBudget


@unique
class Restart(Enum):
    """What follows when a child ends."""

    PERMANENT = "always started again"
    TRANSIENT = "started again only after a failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """One child of the Supervisor. Start runs from low `order` to high, stop from high to low."""

    name: str
    kind: str  # the factory's key in `actors.options`
    order: int
    restart: Restart
    health_deadline_s: float  # no progress for this long, although the process lives: a hang
    stop_timeout_s: float
    budget: RestartBudget
    takes_down: tuple[str, ...] = ()  # what cannot go on without it


def children(
    shards: int, *, hang_s: float, deaths_max: int, window_s: int, market_kind: str = "market"
) -> tuple[ChildSpec, ...]:
    """The tree of one run: ledger, research, market shards, analyst."""

    def spec(name: str, kind: str, order: int, *, takes_down: tuple[str, ...] = ()) -> ChildSpec:
        return ChildSpec(
            name=name,
            kind=kind,
            order=order,
            restart=Restart.PERMANENT,
            health_deadline_s=hang_s,
            stop_timeout_s=5.0,
            budget=RestartBudget(deaths_max, window_s),
            takes_down=takes_down,
        )

    markets = tuple(f"market-{index}" for index in range(shards))
    return (
        spec("ledger", "ledger", 0, takes_down=markets),
        spec("research", "research", 1),
        *(spec(name, market_kind, 2) for name in markets),
        spec("analyst", "analyst", 3),
    )
