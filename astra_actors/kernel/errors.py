"""Every failure Astra raises on purpose, as one tree.

    AstraError
    ├── BadInput              what a person or the network handed in is wrong; names field, value, remedy
    │   ├── ConfigError       a settings file, an environment override, a flag
    │   ├── DefinitionError   a definition contract that does not pass lint
    │   ├── TapeError         a tape that is truncated, foreign, or out of order
    │   └── WireError         one frame of a stream; it costs that frame and nothing else
    ├── LedgerError           the ledger cannot be trusted or used
    │   ├── LedgerHeld        another process is writing it
    │   ├── LedgerNewer       written by a newer Astra
    │   └── LedgerCorrupt     fails its integrity check and no backup restores it
    ├── Fenced                a message of a superseded incarnation
    ├── OutOfStep             a window that an owner can neither run next nor answer from memory
    ├── PromiseBroken         one of our own promises does not hold: checked in production, and trading halts
    ├── ClockWentBack         time handed in is earlier than time already seen
    └── IllegalTransition     a lifecycle table has no row for (state, event)

A refusal to trade is not here: it is a value (`risk.veto.Refused`). A bug is an assertion.
"""

from __future__ import annotations

from typing import Any


class AstraError(Exception):
    """Any failure that Astra raises on purpose."""


class BadInput(AstraError):
    """Something handed in is wrong: says which field, what it held, and what to do about it."""

    def __init__(self, field: str, value: Any, remedy: str) -> None:
        self.field, self.value, self.remedy = field, value, remedy
        super().__init__(field, value, remedy)

    def __str__(self) -> str:
        return f"{self.field}: {_short(self.value)} is not usable; {self.remedy}"


class ConfigError(BadInput):
    """A settings file, an environment override or a flag is wrong."""


class DefinitionError(BadInput):
    """A definition contract does not pass lint."""


class TapeError(BadInput):
    """A tape is truncated, foreign, or out of order."""


class WireError(BadInput):
    """One frame of a stream cannot be read."""


class LedgerError(AstraError):
    """The ledger cannot be trusted or used."""


class LedgerHeld(LedgerError):
    """Another process is writing the ledger."""


class LedgerNewer(LedgerError):
    """The ledger was written by a newer Astra."""


class LedgerCorrupt(LedgerError):
    """The ledger fails its integrity check."""


class Fenced(AstraError):
    """A message came from a superseded incarnation."""


class OutOfStep(AstraError):
    """A window was asked for that its owner can neither run next nor answer from memory: it has to be rebuilt."""


class PromiseBroken(AstraError):
    """One of our own promises does not hold; says which, what was found, and what had been promised."""

    def __init__(self, promise: str, observed: float, limit: float) -> None:
        self.promise, self.observed, self.limit = promise, observed, limit
        super().__init__(promise, observed, limit)

    def __str__(self) -> str:
        return f"{self.promise}: {self.observed} where {self.limit} had been promised"


class ClockWentBack(AstraError):
    """Time handed in is earlier than time already seen."""


class IllegalTransition(AstraError):
    """A lifecycle table has no row for this state and event."""


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."
