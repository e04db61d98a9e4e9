"""The one place where plain classes become Ray actors, and where it is said how."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import ray

# Named, not imported: a child's process loads its own room and none of the others'.
CLASSES: Final = {
    "ledger": "actors.ledger:LedgerActor",
    "research": "actors.research:ResearchActor",
    "market": "actors.market:MarketActor",
    "live_market": "actors.live_market:LiveMarketActor",
    "analyst": "actors.analyst:AnalystActor",
}


def start(kind: str, name: str, namespace: str, *arguments: Any) -> Any:
    """Start a child as a detached, named actor. Ray never restarts or retries it: our own budget decides."""
    module, _, name_of_class = CLASSES[kind].partition(":")
    plain: type = getattr(import_module(module), name_of_class)
    beside = type(plain.__name__, (plain,), {"progress": ray.method(concurrency_group="health")(_copy(plain))})
    options = {
        "num_cpus": 0,  # children share the machine; where they run is decided by resources of the cluster page
        "max_restarts": 0,
        "max_task_retries": 0,
        "concurrency_groups": {"health": 1},
        "lifetime": "detached",
        "name": name,
        "namespace": namespace,
    }
    return ray.remote(**options)(beside).remote(*arguments)


def _copy(plain: type) -> Any:
    """A method of its own to mark: marking the class's would make the plain class a Ray one."""

    def progress(self: Any) -> Any:
        return plain.progress(self)  # type: ignore[attr-defined]

    return progress
