"""Start, watch, stop and replace children. A child is known by its name; a hang is no progress, not no answer."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayActorError

from actors import options
from astra_actors.kernel.errors import AstraError
from astra_actors.kernel.rng import unit
from supervision.child_spec import ChildSpec

POLL_S = 2.0  # how often a child that keeps us waiting is asked whether it still moves


class BudgetSpent(AstraError):
    """A child died more often than its budget allows."""


class ChildHung(AstraError):
    """A child made no progress within its deadline although its process lives."""


@dataclass(slots=True)
class Child:
    """One living child."""

    spec: ChildSpec
    handle: Any
    arguments: tuple[Any, ...]
    restarts: int = 0


class Keeper:
    """Own the children of one run. `now_ns` is handed in; waiting is this class's business."""

    def __init__(self, namespace: str, *, now_ns: Callable[[], int], seed: int) -> None:
        self._namespace, self._now_ns, self._seed = namespace, now_ns, seed
        self.children: dict[str, Child] = {}

    @property
    def restarts(self) -> int:
        """How often any child had to be started again."""
        return sum(child.restarts for child in self.children.values())

    def start(self, spec: ChildSpec, *arguments: Any) -> Any:
        """Start one child; whatever still runs under its name is an orphan of an earlier Supervisor and ends first."""
        self._end(spec.name)
        handle = options.start(spec.kind, spec.name, self._namespace, *arguments)
        self.children[spec.name] = Child(spec, handle, arguments)
        return handle

    def restart(self, name: str, cause: str) -> Any:
        """Replace a dead or hanging child, within its budget."""
        child = self.children[name]
        budget = child.spec.budget.after_death(self._now_ns())
        child.spec = replace(child.spec, budget=budget)
        if budget.spent:
            raise BudgetSpent(f"{name} died {len(budget.deaths_ns)} times within {budget.window_s} s, last by {cause}")
        self._end(name)
        time.sleep(budget.backoff_s(unit(self._seed, "backoff", name, len(budget.deaths_ns))))
        child.handle = options.start(child.spec.kind, name, self._namespace, *child.arguments)
        child.restarts += 1
        return child.handle

    def wait(self, name: str, reference: Any) -> Any:
        """The value of a call to a child; raises `RayActorError` when it died and `ChildHung` when it only stands still."""
        child = self.children[name]
        seen, seen_ns = None, self._now_ns()
        while True:
            try:
                return ray.get(reference, timeout=POLL_S)
            except GetTimeoutError:
                progress = self._progress(child)
                if progress != seen:
                    seen, seen_ns = progress, self._now_ns()
                elif self._now_ns() - seen_ns > child.spec.health_deadline_s * 1e9:
                    raise ChildHung(f"{name} stands still at {progress}") from None

    def stop(self) -> None:
        """Stop every child, last started first."""
        for name in sorted(self.children, key=lambda name: -self.children[name].spec.order):
            self._end(name)

    def _progress(self, child: Child) -> Any:
        try:
            return ray.get(child.handle.progress.remote(), timeout=POLL_S)
        except GetTimeoutError:
            return None  # no answer is no progress

    def _end(self, name: str) -> None:
        with contextlib.suppress(ValueError, RayActorError):
            ray.kill(ray.get_actor(name, namespace=self._namespace), no_restart=True)
            self._wait_until_gone(name)

    def _wait_until_gone(self, name: str) -> None:
        """A name is free only once its actor is gone; the wait is bounded, and a name still taken fails the start."""
        deadline_ns = self._now_ns() + 10 * 1_000_000_000
        while self._now_ns() < deadline_ns:
            try:
                ray.get_actor(name, namespace=self._namespace)
            except ValueError:
                return
            time.sleep(0.02)
