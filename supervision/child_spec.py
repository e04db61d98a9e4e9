"""Children as data: who is started, in which order, how long each may be silent, and what its death costs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from astra_actors.config.sections import SupervisionSettings
from supervision.restart_budget import RestartBudget


@unique
class Spent(Enum):
    """What follows when a child has died more often than its budget allows."""

    OUT = "it stays out, the account only reduces; the second one out halts it"
    HALT = "nothing can go on without it: the account is halted and the run ends"
    WITHOUT = "the run goes on without it"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """One child of the Supervisor. Start runs from low `order` to high, stop from high to low."""

    name: str
    kind: str  # the factory's key in `actors.options`
    order: int
    when_spent: Spent
    health_deadline_s: float  # no progress for this long, although the process lives: a hang
    start_timeout_s: float  # until a process that has just begun answers: it can show no progress before
    stop_timeout_s: float  # one that has not stopped by then is killed
    budget: RestartBudget


def children(
    shards: int, settings: SupervisionSettings, *, market_kind: str = "market", gateway: bool = False
) -> tuple[ChildSpec, ...]:
    """The tree of one run: ledger, research, the gateway where orders go elsewhere, market shards, analyst."""

    def spec(name: str, kind: str, order: int, when_spent: Spent) -> ChildSpec:
        return ChildSpec(
            name=name,
            kind=kind,
            order=order,
            when_spent=when_spent,
            health_deadline_s=settings.hang_s,
            start_timeout_s=settings.start_timeout_s,
            stop_timeout_s=settings.stop_timeout_s,
            budget=RestartBudget(settings.restart_deaths_max, int(settings.restart_window_s)),
        )

    return (
        spec("ledger", "ledger", 0, Spent.HALT),
        spec("research", "research", 1, Spent.HALT),
        *((spec("gateway", "gateway", 2, Spent.HALT),) if gateway else ()),
        *(spec(shard_name(index), market_kind, 3, Spent.OUT) for index in range(shards)),
        spec("analyst", "analyst", 4, Spent.WITHOUT),
    )


def shard_name(index: int) -> str:
    """The name of the actor that owns a shard."""
    return f"market-{index}"
