"""The one place where plain classes become Ray actors, and where it is said how."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import ray

from actors.badge import Badge
from actors.child import Child

# Named, not imported: a child's process loads its own room and none of the others'.
CLASSES: Final = {
    "ledger": "actors.ledger:LedgerActor",
    "research": "actors.research:ResearchActor",
    "market": "actors.market:MarketActor",
    "live_market": "actors.live_market:LiveMarketActor",
    "analyst": "actors.analyst:AnalystActor",
    "gateway": "actors.gateway:GatewayActor",
}


HEALTH: Final = ("progress", "hello", "renew")  # answered beside the work, whatever the work is at


def start(
    kind: str,
    name: str,
    namespace: str,
    *arguments: Any,
    badge: Badge,
    placed: Mapping[str, Any] = MappingProxyType({}),
) -> Any:
    """Start a child as a detached, named actor. Ray never restarts or retries it: our own budget decides.

    A class that answers some calls beside the others names them in `METHODS`, and their threads in `GROUPS`. `placed` is
    what Ray is told about where, empty where there is only one node.
    """
    module, _, name_of_class = CLASSES[kind].partition(":")
    plain: type = getattr(import_module(module), name_of_class)
    options = {
        "num_cpus": 0,  # children share the machine; where they run is said by `placed`
        "max_restarts": 0,
        "max_task_retries": 0,
        "concurrency_groups": {"health": 1, **getattr(plain, "GROUPS", {})},
        "lifetime": "detached",
        "name": name,
        "namespace": namespace,
        **placed,
    }
    return ray.remote(**options)(_child(plain)).remote(badge, *arguments)


def _child(plain: type) -> type:
    """The plain class as a child. Methods of its own are marked: marking the class's would make the plain class a Ray one."""
    whole = type(plain.__name__, (Child, plain), {"progress": _located(plain)})
    groups = {**dict.fromkeys(HEALTH, "health"), **getattr(plain, "METHODS", {})}
    marked = {name: ray.method(concurrency_group=group)(_copy(whole, name)) for name, group in groups.items()}
    return type(plain.__name__, (whole,), marked)


def _located(plain: type) -> Any:
    def progress(self: Any) -> Any:
        seen = plain.progress(self)  # type: ignore[attr-defined]
        return {**seen, "node": ray.get_runtime_context().get_node_id()}

    return progress


def _copy(whole: type, name: str) -> Any:
    def method(self: Any, *arguments: Any) -> Any:
        return getattr(whole, name)(self, *arguments)

    method.__name__ = name
    return method
