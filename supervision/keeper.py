"""Start, adopt, watch, stop and replace children, each known by name and badge; a hang is no progress, not no answer."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import ray
from ray.exceptions import ActorUnschedulableError, GetTimeoutError, ObjectLostError, RayActorError, RayError

from actors import options
from actors.badge import Badge, Hello
from astra_actors.kernel.errors import AstraError
from astra_actors.kernel.rng import unit
from astra_actors.kernel.units import NS_PER_S
from astra_actors.reporting.logging import get_logger
from supervision.child_spec import ChildSpec
from supervision.placement import Placement

LOG: Final = get_logger("supervisor")
POLL_S: Final = 2.0  # how often a child that keeps us waiting is asked whether it still moves
HELLO_S: Final = 10.0  # one that lives answers in milliseconds, and in seconds where all cores are taken
GONE_S: Final = 10.0  # until Ray has let go of a name
OWNERS_PER_EPOCH: Final = 1_000_000  # starts of one Supervisor: numbers of two never meet
PROGRESS: Final = ("pid", "window", "progress")  # what a child does; a mailbox that only grows is no progress


class BudgetSpent(AstraError):
    """A child died more often than its budget allows."""

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        super().__init__(f"{name} {why}")


class ChildHung(AstraError):
    """A child made no progress within its deadline although its process lives."""


# A node that is lost may take an answer along, or be chosen for a successor in its last second.
DIED: Final = (RayActorError, ChildHung, ObjectLostError, ActorUnschedulableError)


@dataclass(slots=True)
class Child:
    """One living child."""

    spec: ChildSpec
    handle: Any
    arguments: tuple[Any, ...]
    incarnation: int
    restarts: int = 0
    adopted: bool = False  # started by an earlier Supervisor
    pid: int = 0  # of its process, once it has said so
    cause: str = ""  # of its last death
    answered: bool = False  # a process that has just begun can show no progress
    out: bool = False  # its budget is spent: nobody stands in its place

    @property
    def deadline_s(self) -> float:
        """How long it may stand still."""
        spec = self.spec
        return spec.health_deadline_s if self.answered else max(spec.start_timeout_s, spec.health_deadline_s)


class Keeper:
    """Own the children of one run. `now_ns` is handed in; waiting is this class's business."""

    def __init__(
        self, namespace: str, *, now_ns: Callable[[], int], seed: int, placement: Placement, badge: Badge
    ) -> None:
        self._namespace, self._now_ns, self._seed = namespace, now_ns, seed
        self._badge = badge  # whose name and numbers change from child to child
        self.placement = placement
        self.children: dict[str, Child] = {}
        self.epoch = 0  # of the Supervisor whose keeper this is
        self._starts = 0

    @property
    def restarts(self) -> int:
        """How often any child had to be started again."""
        return sum(child.restarts for child in self.children.values())

    # -- start and adoption -------------------------------------------------------------------------------------------

    def greet(self, specs: Sequence[ChildSpec]) -> dict[str, Hello]:
        """Which children of an earlier Supervisor live and may go on in this run; the rest has not answered as it must."""
        asked = {}
        for spec in specs:
            with contextlib.suppress(ValueError):  # nobody has that name
                asked[ray.get_actor(spec.name, namespace=self._namespace).hello.remote()] = spec.name
        found: dict[str, Hello] = {}
        answers, silent = ray.wait(list(asked), num_returns=len(asked), timeout=HELLO_S) if asked else ([], [])
        for reference in silent:
            LOG.warning("child.refused", child=asked[reference], why=f"it says nothing for {HELLO_S:.0f} s")
        for reference in answers:
            name = asked[reference]
            try:
                hello: Hello = ray.get(reference)
            except (RayError, AttributeError) as error:
                LOG.warning("child.refused", child=name, why=f"{type(error).__name__}: {error}".splitlines()[0])
                continue
            if hello.badge.same_work(self._badge_of(name)):
                found[name] = hello
            else:
                LOG.warning("child.refused", child=name, why=f"it is {hello.badge}")
        return found

    def adopt(self, spec: ChildSpec, hello: Hello, *arguments: Any) -> Any:
        """Go on with a child of an earlier Supervisor."""
        handle = ray.get_actor(spec.name, namespace=self._namespace)
        self.placement.adopt(spec.name, spec.kind, hello.node)
        self.children[spec.name] = Child(
            spec, handle, arguments, hello.badge.incarnation, adopted=True, pid=hello.pid, answered=True
        )
        return handle

    def start(self, spec: ChildSpec, *arguments: Any) -> Any:
        """Start one child; whatever still runs under its name is an orphan of an earlier Supervisor and ends first."""
        self._end(spec.name)
        child = self.children[spec.name] = Child(spec, None, arguments, 0)
        return self._launch(child)

    def restart(self, name: str, cause: str) -> Any:
        """Replace a dead or hanging child, within its budget; a lost node is not the child's own death and costs nothing."""
        child = self.children[name]
        lost = self.placement.lost(name)
        budget = child.spec.budget if lost else child.spec.budget.after_death(self._now_ns())
        child.spec, child.cause = replace(child.spec, budget=budget), cause
        self._end(name)
        child.out = budget.spent
        if child.out:
            raise BudgetSpent(name, f"died {len(budget.deaths_ns)} times within {budget.window_s} s, last by {cause}")
        if not lost:
            time.sleep(budget.backoff_s(unit(self._seed, "backoff", name, len(budget.deaths_ns))))
        child.restarts += 1
        return self._launch(child)

    def remember(self, name: str, ages_ns: Sequence[int], restarts: int) -> None:
        """Go on with the budget that an earlier Supervisor had begun to spend: how long ago each death was."""
        child = self.children[name]
        budget = child.spec.budget
        counted = [age_ns for age_ns in ages_ns if age_ns < budget.window_s * NS_PER_S]
        deaths = tuple(self._now_ns() - age_ns for age_ns in counted)
        child.spec = replace(child.spec, budget=replace(budget, deaths_ns=deaths))
        child.restarts = restarts

    def hello(self, name: str) -> Hello:
        """Hear who a child is, once it has started."""
        child = self.children[name]
        hello: Hello = self.wait(name, child.handle.hello.remote())
        child.pid = hello.pid
        return hello

    # -- watching -----------------------------------------------------------------------------------------------------

    def wait(self, name: str, reference: Any) -> Any:
        """The value of a call to a child; raises `RayActorError` when it died and `ChildHung` when it only stands still."""
        child = self.children[name]
        seen, seen_ns = None, self._now_ns()
        while True:
            try:
                answer = ray.get(reference, timeout=min(POLL_S, child.spec.health_deadline_s))
                child.answered = True
                return answer
            except GetTimeoutError:
                progress = self._progress(child)
                if progress != seen:
                    child.answered, seen, seen_ns = True, progress, self._now_ns()
                elif self._now_ns() - seen_ns > child.deadline_s * NS_PER_S:
                    raise ChildHung(f"{name} stands still at {progress}") from None

    def beat(self) -> None:
        """A sign of life to every child; nobody waits for an answer."""
        for child in list(self.children.values()):
            if child.handle is not None:
                child.handle.renew.remote(self.epoch)

    def _progress(self, child: Child) -> Any:
        try:
            answer: Mapping[str, Any] = ray.get(child.handle.progress.remote(), timeout=POLL_S)
        except GetTimeoutError:
            return None  # no answer is no progress
        return [answer.get(name) for name in PROGRESS]

    # -- the end ------------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop every child, last started first; one that does not stop in its time is killed."""
        for name in sorted(self.children, key=lambda name: -self.children[name].spec.order):
            child = self.children[name]
            with contextlib.suppress(RayError, AttributeError):
                ray.get(child.handle.end.remote(), timeout=child.spec.stop_timeout_s)
            self._end(name)

    def _end(self, name: str) -> None:
        self._kill_process(name)
        with contextlib.suppress(ValueError, RayActorError):
            ray.kill(ray.get_actor(name, namespace=self._namespace), no_restart=True)
            self._wait_until_gone(name)

    def _kill_process(self, name: str) -> None:
        """Ray asks a stopped process to end and waits six seconds for it; the kernel does not ask."""
        child = self.children.get(name)
        if child is None or not child.pid or self.placement.away(name):
            return
        with contextlib.suppress(OSError):
            if (
                b"ray::" in Path(f"/proc/{child.pid}/cmdline").read_bytes()
            ):  # the number may be another process's by now
                os.kill(child.pid, signal.SIGKILL)
        child.pid = 0

    def _wait_until_gone(self, name: str) -> None:
        """A name is free only once its actor is gone; the wait is bounded, and a name still taken fails the start."""
        deadline_ns = self._now_ns() + int(GONE_S * NS_PER_S)
        while self._now_ns() < deadline_ns:
            try:
                ray.get_actor(name, namespace=self._namespace)
            except ValueError:
                return
            time.sleep(0.02)

    def _launch(self, child: Child) -> Any:
        name, kind = child.spec.name, child.spec.kind
        self._starts += 1
        child.incarnation, child.adopted = self.epoch * OWNERS_PER_EPOCH + self._starts, False
        child.answered = False
        placed = self.placement.options(name, kind)
        child.handle = options.start(
            kind, name, self._namespace, *child.arguments, badge=self._badge_of(name, child.incarnation), placed=placed
        )
        return child.handle

    def _badge_of(self, name: str, incarnation: int = 0) -> Badge:
        return replace(self._badge, name=name, epoch=self.epoch, incarnation=incarnation)
