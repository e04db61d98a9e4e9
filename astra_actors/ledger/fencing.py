"""Who may write: the epoch of the Supervisor in charge, and the incarnation of each shard's owner, kept in the ledger itself.

Each start of a Supervisor takes the next epoch here, so two never share one, whatever died between them. An owner that was
replaced may still have written the windows before its successor's first; nothing after.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from typing import Final

from astra_actors.kernel.errors import Fenced

SUPERVISOR: Final = "supervisor"
GATEWAY: Final = "gateway"  # the holder of the account


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionEvent:
    """One thing the keeper of the tree did; `at_ns` is the clock on the wall."""

    at_ns: int
    epoch: int
    window: int
    kind: str
    child: str
    incarnation: int
    author: str
    why: str


_NAMES: Final = tuple(field.name for field in fields(SupervisionEvent))
_INSERT: Final = (
    "INSERT INTO supervision_events (run_id, "
    + ", ".join(f'"{name}"' for name in _NAMES)
    + f") VALUES ({', '.join('?' * (len(_NAMES) + 1))})"
)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who wrote records: a shard by name, and its owner's number."""

    scope: str
    incarnation: int


class Fences:
    """The highest numbers one lineage has seen. Every method runs inside the caller's transaction, if it writes."""

    def __init__(self, connection: sqlite3.Connection, lineage: str = "") -> None:
        self._connection, self._lineage = connection, lineage
        self._seen: dict[str, tuple[int, int]] = {}
        if lineage:
            rows = connection.execute("SELECT scope, number, from_window FROM fences WHERE lineage = ?", (lineage,))
            self._seen = {scope: (number, window) for scope, number, window in rows}

    @property
    def epoch(self) -> int:
        """The epoch in charge; 0 as long as no Supervisor took one."""
        return self._seen.get(SUPERVISOR, (0, 0))[0]

    def take_epoch(self, window: int) -> int:
        """The next epoch, in charge from now on."""
        self._raise(SUPERVISOR, self.epoch + 1, window)
        return self.epoch

    def admit(self, epoch: int, window: int, owners: Iterable[Owner]) -> None:
        """Refuse a Supervisor that is over, and what a superseded owner wrote, as `Fenced`."""
        if epoch < self.epoch:
            raise Fenced(f"epoch {epoch} wants to write where epoch {self.epoch} is in charge")
        for owner in owners:
            number, from_window = self._seen.get(owner.scope, (0, 0))
            if owner.incarnation < number and window >= from_window:
                raise Fenced(
                    f"incarnation {owner.incarnation} of {owner.scope} wrote window {window},"
                    f" which incarnation {number} owns"
                )

    def admit_holder(self, holder: Owner) -> None:
        """Refuse one who holds something that is in no window, once a successor is known, as `Fenced`."""
        number, _ = self._seen.get(holder.scope, (0, 0))
        if holder.incarnation < number:
            raise Fenced(f"incarnation {holder.incarnation} of {holder.scope} writes, which incarnation {number} holds")

    def own(self, scope: str, incarnation: int, from_window: int) -> None:
        """A new owner: what an older one writes from this window on is refused. A smaller number changes nothing."""
        if incarnation > self._seen.get(scope, (0, 0))[0]:
            self._raise(scope, incarnation, from_window)

    def _raise(self, scope: str, number: int, from_window: int) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO fences (lineage, scope, number, from_window) VALUES (?, ?, ?, ?)",
            (self._lineage, scope, number, from_window),
        )
        self._seen[scope] = (number, from_window)


def write_event(connection: sqlite3.Connection, run_id: str, event: SupervisionEvent) -> None:
    """Put one thing on record; inside the caller's transaction."""
    connection.execute(_INSERT, (run_id, *astuple(event)))


def read_events(connection: sqlite3.Connection, run_id: str) -> list[SupervisionEvent]:
    """Everything the keeper did in a run, the oldest first."""
    columns = ", ".join(f'"{name}"' for name in _NAMES)
    rows = connection.execute(
        f"SELECT {columns} FROM supervision_events WHERE run_id = ? ORDER BY at_ns, rowid", (run_id,)
    )
    return [SupervisionEvent(**dict(zip(_NAMES, row, strict=True))) for row in rows]
