"""The wire between the actors of a simulated house: one mailbox of messages, delivered one at a time, with its faults.

A message may be lost, doubled, held back until after the next time-out, or swapped with the next; its recipient may die
before or after it is handled; the supervisor, or everything, may die instead. Which one, the list of faults says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from astra_actors.simulation.harness.faults import Fault
from astra_actors.simulation.harness.watch import Watch

QUEUED: Final = ("command", "report", "recover", "recovered", "commit", "durable")
SUPERVISOR: Final = -1


class Died(BaseException):
    """An actor's process ended in the middle of what it did; like an interrupt, nothing in the core may catch it."""


class SupervisorDied(Died):
    """The supervisor is gone, and with it its children: what comes back knows the ledger alone. `how` is the fault's kind."""

    def __init__(self, how: str) -> None:
        self.how = how
        super().__init__(how)


@dataclass(slots=True)
class Message:
    """One message on its way. `take` hands it to its recipient, `kill` ends the recipient's process."""

    kind: str
    owner: int  # which shard it concerns, -1 for the supervisor and the ledger
    take: Callable[[], None]
    kill: Callable[[], None]
    held_until: int = 0


@dataclass(slots=True)
class Wire:
    """Deliver messages in order unless a fault says otherwise; counts what fired."""

    watch: Watch
    faults: Sequence[Fault]
    fired: dict[Fault, None]
    waiting: list[Message] = field(default_factory=list)
    held: list[Message] = field(default_factory=list)
    _next: int = 0
    _dying: str = ""  # what the commit that is being handled dies of
    _doomed: str = ""  # the supervisor dies as soon as this message is handled

    def post(self, message: Message) -> None:
        """Put a message into the mailbox."""
        self.waiting.append(message)

    def deliver(self) -> bool:
        """Deliver one message; False when nothing is on its way but what is held back."""
        if not self.waiting:
            return False
        message = self.waiting.pop(0)
        number = self.watch.step(message.kind, message.owner)
        fault = self._due(number, message)
        self._hand_over(message, fault)
        self.watch.all_caps()
        self._release(number)
        if self._doomed:
            how, self._doomed = self._doomed, ""
            raise SupervisorDied(how)
        return True

    def time_out(self) -> None:
        """Somebody has waited for too long: what was held back comes now, late."""
        self.waiting += self.held
        self.held.clear()

    def clear(self, *kinds: str) -> None:
        """Some processes are gone, and every message to them with it; without a kind, all of them."""
        self._doomed = ""
        self.waiting = [message for message in self.waiting if kinds and message.kind not in kinds]
        self.held = [message for message in self.held if kinds and message.kind not in kinds]

    def deliver_now(self, kind: str) -> None:
        """What is on its way to whoever takes this kind arrives before anything else happens."""
        due = [message for message in self.waiting if message.kind == kind]
        self.waiting = [message for message in self.waiting if message.kind != kind]
        for message in due:
            self.watch.step(message.kind, message.owner)
            message.take()

    def at_step(self, kind: str, owner: int) -> None:
        """A message passes inside an actor (an order, an answer of the venue): whoever holds it may die of it."""
        if kind in QUEUED or self.watch.calm:
            return
        fault = self._peek(self.watch.steps)
        if fault is None:
            return
        if fault.kind == "crash.supervisor":
            self._take(fault)
            self._doomed = fault.kind  # whoever holds the message lives on, and finishes what it does
        elif fault.kind.startswith("crash."):
            self._take(fault)
            raise SupervisorDied(fault.kind)
        elif fault.kind.startswith("message.crash"):
            self._take(fault)
            raise Died(fault.kind)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _peek(self, number: int) -> Fault | None:
        if self.watch.calm or self._next >= len(self.faults):
            return None
        fault = self.faults[self._next]
        return fault if fault.nth <= number else None

    def _take(self, fault: Fault) -> Fault:
        self._next += 1
        self.fired[fault] = None
        return fault

    def _due(self, number: int, message: Message) -> Fault | None:
        fault = self._peek(number)
        if fault is None or (fault.kind.startswith("ledger.") and message.kind != "commit"):
            return None
        return self._take(fault)

    def _hand_over(self, message: Message, fault: Fault | None) -> None:
        kind = "" if fault is None else fault.kind.removeprefix("message.")
        if fault is not None and kind.startswith("crash."):
            raise SupervisorDied(kind)
        if kind == "drop":
            return
        if fault is not None and kind == "delay":
            message.held_until = self.watch.steps + fault.amount
            self.held.append(message)
            return
        if kind == "reorder" and self.waiting:
            self.waiting.insert(1, message)
            return
        if kind == "crash_before":
            message.kill()
            return
        if kind.startswith("ledger."):
            self._dying = kind
        before = len(self.waiting)
        message.take()
        if kind == "crash_after":
            del self.waiting[before:]
            message.kill()
        elif kind == "duplicate":
            self.waiting.append(message)

    def ledger_fault(self) -> str:
        """What happens to the commit that is being handled; asked once."""
        kind, self._dying = self._dying, ""
        return kind

    def _release(self, number: int) -> None:
        for message in [message for message in self.held if message.held_until <= number]:
            self.held.remove(message)
            self.waiting.append(message)
