"""What a shard answered to its last windows, so that the same question always gets the same answer.

A window asked for again is answered from here and changes nothing: a message may be lost, doubled or sent again by a
Supervisor that came back. What can be answered neither from here nor by running on is `OutOfStep`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from astra_actors.engine.messages import ShardCounters, WindowCommand, WindowRecords, WindowResult
from astra_actors.kernel.errors import Fenced, OutOfStep

WINDOWS_KEPT: Final = 2  # while one window runs, the one before it may still be on its way to the ledger


@dataclass(frozen=True, slots=True)
class Answered:
    """One window as it was answered, and what the shard had counted before it."""

    command: WindowCommand
    result: WindowResult
    records: WindowRecords
    before: ShardCounters


class WindowMemory:
    """The last answers of one shard, whose commands it takes, and as whom."""

    def __init__(self) -> None:
        self.window: int | None = None  # the last one run or lived through; None: whatever comes first is taken
        self.epoch = 0
        self.incarnation = 0
        self.told = ShardCounters()  # what the last answer counted
        self._torn: int | None = None  # a window that began and never ended
        self._kept: list[Answered] = []

    def recall(self, command: WindowCommand) -> tuple[WindowResult, WindowRecords] | None:
        """The answer already given, None when the window is the next one; raises `Fenced` and `OutOfStep`."""
        self.heed(command.epoch, command.incarnation)
        if self._torn is not None:
            raise OutOfStep(f"window {self._torn} ended in the middle")
        if self.window is None or command.window == self.window + 1:
            self._torn = command.window
            return None
        known = next((kept for kept in self._kept if kept.command.window == command.window), None)
        if known is None:
            raise OutOfStep(f"window {command.window} was asked for where window {self.window} is the last one")
        if known.command != command:
            raise OutOfStep(f"window {command.window} was run with another command: {_difference(known, command)}")
        return addressed(known.result, known.records, command)

    def heed(self, epoch: int, incarnation: int) -> None:
        """Take a word of this epoch for this incarnation of the owner; an older Supervisor, or another owner, is `Fenced`."""
        if epoch < self.epoch:
            raise Fenced(f"a word of epoch {epoch} comes where epoch {self.epoch} rules")
        if incarnation != self.incarnation:
            raise Fenced(f"a word for incarnation {incarnation} reached incarnation {self.incarnation}")
        self.epoch = epoch

    def keep(
        self, command: WindowCommand, answer: tuple[WindowResult, WindowRecords]
    ) -> tuple[WindowResult, WindowRecords]:
        """Remember an answer before it leaves."""
        self._kept = [*self._kept[1 - WINDOWS_KEPT :], Answered(command, *answer, self.told)]
        self.window, self.told, self._torn = command.window, answer[0].counters, None
        return answer

    def since(self, window: int) -> list[Answered]:
        """What was answered after `window`; raises `OutOfStep` where that is more, or less, than is known here."""
        later = [kept for kept in self._kept if kept.command.window > window]
        if self._torn is not None or (self.window or 0) - len(later) != window:
            raise OutOfStep(f"window {window} is the last one on record, and {self.window} the last one run here")
        return later

    def begin_at(self, window: int | None, told: ShardCounters | None = None) -> None:
        """Forget every answer: `window` was the last one, and `told` is what had been counted by then."""
        self.window, self.told, self._torn, self._kept = window, told or ShardCounters(), None, []


def addressed(
    result: WindowResult, records: WindowRecords, command: WindowCommand
) -> tuple[WindowResult, WindowRecords]:
    """The answer to whoever asks now: the same content, in the name of the same owner, for this epoch."""
    if (result.epoch, result.incarnation) == (command.epoch, command.incarnation):
        return result, records
    return (
        msgspec.structs.replace(result, epoch=command.epoch, incarnation=command.incarnation),
        msgspec.structs.replace(records, epoch=command.epoch, incarnation=command.incarnation),
    )


def _difference(known: Answered, command: WindowCommand) -> str:
    names = ("from_ns", "to_ns", "lease_until_ns", "leases", "opens", "veto", "cancel_all")
    return ", ".join(name for name in names if getattr(known.command, name) != getattr(command, name))
