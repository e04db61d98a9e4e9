"""The one place where plain classes become Ray actors, and where it is said how."""

from __future__ import annotations

from typing import Any, Final

import ray

from actors.analyst import AnalystActor
from actors.ledger import LedgerActor
from actors.market import MarketActor
from actors.research import ResearchActor

# One thread of arithmetic a process: two cores shared by many BLAS threads cost six times the CPU.
ENVIRONMENT: Final = {"env_vars": {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}}

CLASSES: Final[dict[str, type]] = {
    "ledger": LedgerActor,
    "research": ResearchActor,
    "market": MarketActor,
    "analyst": AnalystActor,
}


def start(kind: str, name: str, namespace: str, *arguments: Any) -> Any:
    """Start a child as a detached, named actor. Ray never restarts or retries it: our own budget decides."""
    plain = CLASSES[kind]
    beside = type(plain.__name__, (plain,), {"progress": ray.method(concurrency_group="health")(_copy(plain))})
    options = {
        "num_cpus": 0,  # children share the machine; where they run is decided by resources of the cluster page
        "max_restarts": 0,
        "max_task_retries": 0,
        "concurrency_groups": {"health": 1},
        "lifetime": "detached",
        "name": name,
        "namespace": namespace,
        "runtime_env": ENVIRONMENT,
    }
    return ray.remote(**options)(beside).remote(*arguments)


def _copy(plain: type) -> Any:
    """A method of its own to mark: marking the class's would make the plain class a Ray one."""

    def progress(self: Any) -> Any:
        return plain.progress(self)  # type: ignore[attr-defined]

    return progress
