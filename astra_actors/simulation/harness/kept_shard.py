"""The port of one shard: it waits, calls a silent owner dead, rebuilds a successor, and hears nobody else.

It does what the supervisor's port does: an owner that may live on where nobody reaches it is waited out, one whose process has
ended is replaced at once, one that is only out of step is rebuilt where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from astra_actors.engine.messages import (
    MarketHistory,
    ShardCounters,
    WindowCommand,
    WindowRecords,
    WindowResult,
)
from astra_actors.engine.shard import Shard
from astra_actors.kernel.errors import OutOfStep
from astra_actors.kernel.units import NS_PER_S
from astra_actors.risk.report import MarketReport
from astra_actors.simulation.harness.auditor import hold
from astra_actors.simulation.harness.shard_actor import Answer, Refusal, ShardActor
from astra_actors.simulation.harness.wire import Message, SupervisorDied, Wire

FENCED: Final = "stale owners are fenced off"
OWNERS_PER_EPOCH: Final = 1_000  # numbers of owners go on rising across supervisors
MARGIN_NS: Final = 5 * NS_PER_S  # beyond a lease, until a successor may begin: clocks differ, and quotes take a moment
PATIENCE: Final = 8  # successors of one owner within one window before the harness itself is at fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What a shard's port asks of the house that keeps it."""

    spawn: Callable[[int], Shard]
    histories: Callable[[int], Sequence[MarketHistory]]
    lost: Callable[[int], None]  # what its owner did since the barrier is gone
    owns: Callable[[int, int], None]  # a new owner, and its number
    succeeded: Callable[[int], None]  # another owner speaks for the markets
    actor: Callable[[Shard], ShardActor]  # a process around a shard
    live: bool  # owners act by themselves between windows


class KeptShard:
    """A shard port over the wire: what was asked is asked again of a successor, whatever became of the first owner."""

    def __init__(
        self, index: int, wire: Wire, keeping: Keeping, *, epoch: int, actor: ShardActor | None = None
    ) -> None:
        self.index, self.epoch = index, epoch
        self._wire, self._keeping = wire, keeping
        self.incarnation = epoch * OWNERS_PER_EPOCH
        self.replaced = 0
        self.refused = 0  # answers of owners that had been replaced, or to questions of another supervisor
        self._last: WindowCommand | None = None  # what the coordinator wants answered
        self._command: WindowCommand | None = None  # the same, as this owner was asked it
        self._answer: Answer | None = None
        self._failed: Exception | None = None
        self._reports: tuple[MarketReport, ...] | None = None
        self._vacant_until_ns = 0
        self.leased_until_ns = 0  # the longest lease its owner may have heard of
        if actor is None:
            self.actor = self._start()
        else:
            self.actor, self.incarnation = actor, actor.shard.memory.incarnation

    # -- windows ------------------------------------------------------------------------------------------------------

    def begin(self, command: WindowCommand) -> None:
        """Send the window."""
        self._last = command
        if self._vacant_until_ns and not self._succeed(command):
            self._answer, self._failed = silence(command.window, self.index), None
            return
        self._send(command)

    def _send(self, command: WindowCommand) -> None:
        self._command = asked = replace(command, epoch=self.epoch, incarnation=self.incarnation)
        self._answer, self._failed = None, None
        self.leased_until_ns = max(self.leased_until_ns, command.lease_until_ns)
        actor, reply = self.actor, self._replier(self.actor)
        self._wire.post(Message("command", self.index, lambda: actor.on_window(asked, reply), actor.die))

    def finish(self) -> Answer:
        """Wait for it."""
        for _ in range(PATIENCE):
            while not self._told and self._wire.deliver():
                pass
            if (answer := self._answer) is not None:
                return answer
            if self.is_cut_off:
                return self._stand_vacant()
            self._replace()
        raise AssertionError(f"shard {self.index} died {PATIENCE} times in one window")

    @property
    def _told(self) -> bool:
        return self._answer is not None or self._failed is not None

    def hears(self, answer: Answer) -> bool:
        """Whether this is the answer of the owner that was asked, to what was asked, by whom it was asked."""
        result, asked = answer[0], self._command
        return asked is not None and (result.window, result.epoch, result.incarnation) == (
            asked.window,
            asked.epoch,
            asked.incarnation,
        )

    # -- succession ---------------------------------------------------------------------------------------------------

    def adopt(self, window: int) -> ShardCounters | None:
        """Take over an owner that lived on; what it had counted by `window`, None where it has to be rebuilt."""
        self._wire.watch.step("adopt", self.index)
        try:
            return self.actor.shard.adopt(self.epoch, window)
        except OutOfStep:
            self.actor.shard.start_over()
            return None

    def recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        """Have the markets rebuilt."""
        if not histories:
            return ()
        for _ in range(PATIENCE):
            self._forget_reports()
            actor, reply = self.actor, self._recovered(self.actor)
            self._wire.post(_question("recover", self.index, actor, histories, reply))
            while self._reports is None and self._wire.deliver():
                pass
            if self._reports is not None:
                return self._reports
            self.actor.superseded = True
            self.actor = self._start()
            self._keeping.succeeded(self.index)
            histories = self._past()  # for this owner, as the coordinator has them now
        raise AssertionError(f"shard {self.index} died {PATIENCE} times while it was rebuilt")

    def _forget_reports(self) -> None:
        self._reports = None

    @property
    def vacant(self) -> bool:
        """Whether nobody owns the markets now."""
        return self._vacant_until_ns > 0

    @property
    def is_cut_off(self) -> bool:
        """Whether the owner that does not answer may live on, and act by itself: its successor waits for its lease."""
        return self._keeping.live and self.actor.alive and not isinstance(self._failed, OutOfStep)

    def _stand_vacant(self) -> Answer:
        command = self._last
        assert command is not None, "a shard is waited for only after it was given a window"
        self._keeping.lost(self.index)
        self.actor.superseded = True
        self._command = None
        self.incarnation += 1  # nobody's yet; what the old owner was granted stays spent until a successor has spoken
        self._vacant_until_ns = self.leased_until_ns + MARGIN_NS
        self._keeping.succeeded(self.index)
        self._wire.time_out()
        return silence(command.window, self.index)

    def _succeed(self, command: WindowCommand) -> bool:
        """Put a successor in a vacant place once the lease of the one before it is over for certain."""
        if command.to_ns < self._vacant_until_ns and not command.cancel_all:
            return False
        self._vacant_until_ns = self.leased_until_ns = 0
        self._command = None
        self._put_successor()
        return True

    # -- inside -------------------------------------------------------------------------------------------------------

    def _start(self) -> ShardActor:
        self.incarnation += 1
        shard = self._keeping.spawn(self.index)
        shard.memory.heed(self.epoch, 0)
        shard.memory.incarnation = self.incarnation
        self._keeping.owns(self.index, self.incarnation)
        return self._keeping.actor(shard)

    def _replier(self, actor: ShardActor) -> Callable[[Answer | Refusal], None]:
        def reply(answer: Answer | Refusal) -> None:
            self._wire.post(Message("report", self.index, lambda: self._take(actor, answer), supervisor_dies))

        return reply

    def _take(self, actor: ShardActor, answer: Answer | Refusal) -> None:
        if isinstance(answer, Exception):
            self._failed = self._failed or (answer if actor is self.actor else None)
        elif not self.hears(answer):
            self.refused += 1
        elif self._answer is None:
            hold(FENCED, actor is self.actor, f"shard {self.index} is heard through an owner that was replaced")
            self._answer = answer
            self._wire.watch.poisoned.update(answer[0].poisoned)

    def _recovered(self, actor: ShardActor) -> Callable[[tuple[MarketReport, ...]], None]:
        def take(reports: tuple[MarketReport, ...]) -> None:
            if actor is self.actor:
                self._reports = reports

        def reply(reports: tuple[MarketReport, ...]) -> None:
            self._wire.post(Message("recovered", self.index, lambda: take(reports), supervisor_dies))

        return reply

    def _replace(self) -> None:
        """A successor lives through everything up to the lost window, and is then given that window again."""
        assert self._command is not None, "a shard is waited for only after it was given a window"
        command, self._command = self._command, None
        self._keeping.lost(self.index)
        if isinstance(self._failed, OutOfStep) and self.actor.alive:
            self.actor.shard.start_over()  # the process is sound, only its markets are not where they should be
            self._rebuild()
        else:
            self._put_successor()
        self._send(command)

    def _put_successor(self) -> None:
        self.actor.superseded = True
        self.actor = self._start()
        self._rebuild()

    def _rebuild(self) -> None:
        """Everything up to this window is lived through again."""
        self.replaced += 1
        self._keeping.succeeded(self.index)
        self._wire.time_out()
        self.recover(self._past())

    def _past(self) -> Sequence[MarketHistory]:
        """What its markets were told before the window under way; one that opens in it needs no past."""
        histories, last = self._keeping.histories(self.index), self._last
        if last is None:
            return histories
        return [
            replace(history, commands=tuple(c for c in history.commands if c.window < last.window))
            for history in histories
            if history.commands[0].window < last.window
        ]


def _question(
    kind: str,
    index: int,
    actor: ShardActor,
    histories: Sequence[MarketHistory],
    reply: Callable[[tuple[MarketReport, ...]], None],
) -> Message:
    return Message(kind, index, lambda: actor.on_recover(histories, reply), actor.die)


def silence(window: int, index: int) -> Answer:
    """What a shard says that nobody owns: its grants stay spent."""
    return (
        WindowResult(window=window, shard=index, reports=(), counters=ShardCounters()),
        WindowRecords(window=window, facts=[], artifacts=[], shard=index),
    )


def supervisor_dies() -> None:
    """The recipient of this message is the supervisor."""
    raise SupervisorDied("crash.supervisor")
