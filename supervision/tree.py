"""The running tree as plain values: what the driver writes to the status file, and what `astra status` draws from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from astra_actors.kernel.units import usd
from astra_actors.reporting.logging import get_logger
from supervision.pulse import Pulse

if TYPE_CHECKING:
    from astra_actors.lockstep.coordinator import Coordinator
    from supervision.keeper import Child, Keeper


LOG: Final = get_logger("supervisor")


class Tree:
    """Look at the Supervisor's own state and at its children. Times are of the clock on the wall unless they say otherwise."""

    def __init__(self, *, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._pulse = Pulse(now_ns=now_ns)
        self._window, self._moved_ns = -1, now_ns()
        self._last: dict[str, Any] = {
            "progress_ns": self._moved_ns,
            "trading": None,
            "caps": [],
            "quarantined": [],
            "children": [],
        }

    def seen(self, coordinator: Coordinator, keeper: Keeper, notes: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """Everything about the tree that the status adds to the run's own figures; never raises, the last look stays."""
        try:
            self._last = self._look(coordinator, keeper, notes)
        except Exception as error:  # what a person is shown may be old, but it stops nothing
            LOG.error("tree.unseen", why=f"{type(error).__name__}: {error}")
        return self._last

    def _look(self, coordinator: Coordinator, keeper: Keeper, notes: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        self._pulse.look({name: child.handle for name, child in keeper.children.items() if child.handle is not None})
        if coordinator.state.window != self._window:
            self._window, self._moved_ns = coordinator.state.window, self._now_ns()
        shards = _shards(coordinator)
        causes = {note["child"]: note["why"] for note in notes}
        return {
            "progress_ns": self._moved_ns,
            "trading": _trading(coordinator),
            "caps": _caps(coordinator),
            "quarantined": sorted(coordinator.state.quarantined),
            "children": [
                self._child(name, child, keeper, causes.get(name), shards.get(name))
                for name, child in keeper.children.items()
            ],
        }

    def _child(
        self, name: str, child: Child, keeper: Keeper, cause: str | None, shard: dict[str, Any] | None
    ) -> dict[str, Any]:
        beat = self._pulse.beats.get(name)
        answer = beat.answer if beat else {}
        return {
            "name": name,
            "kind": child.spec.kind,
            "state": "out" if child.out else self._pulse.state(name),
            "incarnation": child.incarnation,
            "adopted": child.adopted,
            "node": keeper.placement.address_of(name),
            "pid": answer.get("pid"),
            "progress": answer.get("progress", answer.get("window")),
            "progress_ns": beat.moved_ns if beat else None,
            "restarts": child.restarts,
            "cause": (cause or child.cause) if child.cause else None,
            "feed_ns": answer.get("feed_ns"),
            "mailbox": answer.get("mailbox"),
            **(shard or {}),
        }


def _trading(coordinator: Coordinator) -> dict[str, Any]:
    state = coordinator.authority.state
    return {
        "state": state.mode.name,
        "trigger": state.trigger.name,
        "since_ns": state.since_ns,  # of the run's own time: virtual in a world
        "author": state.author,
        "detail": state.detail,
    }


def _caps(coordinator: Coordinator) -> list[dict[str, Any]]:
    return [
        {
            "scope": one.scope,
            "name": one.name,
            "cap_usd": usd(one.cap_e10),
            "exposure_usd": usd(one.exposure_e10),
            "granted_usd": usd(one.granted_e10),
            "use": one.use,
        }
        for one in coordinator.authority.scopes()
    ]


def _shards(coordinator: Coordinator) -> dict[str, dict[str, Any]]:
    """What the portfolio knows of each shard: its markets as they reported, and the leases they hold."""
    leases = {lease.market_id: lease.limit_e10 for lease in coordinator.last.leases} if coordinator.last else {}
    found: dict[str, dict[str, Any]] = {}
    for market_id, report in coordinator.reports.items():
        shard = found.setdefault(
            f"market-{coordinator.state.shard_of[market_id]}",
            {"markets": 0, "open_orders": 0, "granted_usd": 0.0, "used_usd": 0.0},
        )
        shard["markets"] += 1
        shard["open_orders"] += report.open_orders
        shard["granted_usd"] += usd(leases.get(market_id, 0))
        shard["used_usd"] += usd(report.worst_case_e10)
    return found
