"""The ledger: the one writer of everything that happened, a window of facts a commit.

A call that returns is on disk. Windows of a lineage only go forward; the same window handed in again with the same
facts is recognised by its digest and written once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from types import TracebackType

from astra_actors.kernel.errors import LedgerError
from astra_actors.kernel.facts import Fact, MarketSettled, TradeClosed
from astra_actors.learning.records import Fit
from astra_actors.ledger import backup, runs, schema
from astra_actors.ledger.account import write_account
from astra_actors.ledger.alert_rows import AlertRow, write_alert_rows
from astra_actors.ledger.calibration_rows import write_calibrations
from astra_actors.ledger.connection import claim, open_writer, transaction
from astra_actors.ledger.digest import GENESIS, chained, in_order
from astra_actors.ledger.fencing import GATEWAY, Fences, Owner, SupervisionEvent, write_event
from astra_actors.ledger.migrations import migrate, pending, version_of
from astra_actors.ledger.runs import OF_LINEAGE, RunIdentity
from astra_actors.venues.clob.account_rows import AccountRow


class LedgerStore:
    """Own the ledger file read-write. `open`, then `begin_run`, then `commit` window after window."""

    __slots__ = ("_connection", "_digest", "_fences", "_lineage", "_lock", "_pending", "_run_id", "_window", "path")

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: object) -> None:
        self.path = path
        self._connection = connection
        self._lock = lock  # held for as long as this object lives
        self._run_id = ""
        self._lineage = ""
        self._window: int | None = None
        self._digest = GENESIS
        self._pending: list[Fact] = []
        self._fences = Fences(connection)

    @classmethod
    def open(cls, path: Path | str, *, create: bool = True) -> LedgerStore:
        """Open the ledger, check it, and bring its schema forward after a backup; what cannot be is a `LedgerError`."""
        path = Path(path)
        if not path.exists():
            if not create:
                raise LedgerError(f"there is no ledger at {path}; a run writes one")
            path.parent.mkdir(parents=True, exist_ok=True)
        lock = claim(path)
        try:
            connection = open_writer(path)
        except BaseException:
            lock.close()
            raise
        try:
            if version_of(connection) and pending(connection):
                backup.rotate(connection, path)
            migrate(connection)
        except BaseException:
            connection.close()
            lock.close()
            raise
        return cls(path, connection, lock)

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection, for the queries of `ledger.recovery` in the writer's own process."""
        return self._connection

    @property
    def lineage(self) -> str:
        """The lineage of the run that is open, which recovery asks for."""
        return self._lineage

    def begin_run(self, run: RunIdentity, settings_json: str) -> None:
        """Enter a run, or enter it again after a restart; a run that continues another takes up its windows."""
        with transaction(self._connection, self.path):
            self._lineage = runs.record_run(self._connection, run, settings_json)
        self._run_id = run.run_id
        self._window, self._digest = runs.chain_head(self._connection, self._lineage, GENESIS)
        self._fences = Fences(self._connection, self._lineage)
        self._pending.clear()

    def end_run(self, ended_at: str, exit_reason: str) -> None:
        """Record when and why the run ended."""
        with transaction(self._connection, self.path):
            runs.record_end(self._connection, self._run_id, ended_at, exit_reason)

    def take_epoch(self) -> int:
        """Put another Supervisor in charge: what the one before it sends from now on is refused."""
        with transaction(self._connection, self.path):
            return self._fences.take_epoch(self._window or 0)

    def record_event(self, event: SupervisionEvent, *, owns: bool = False) -> None:
        """Put on record what was done to the tree; `owns` makes the child's incarnation the only one that may write."""
        self._fences.admit(event.epoch, event.window, ())
        with transaction(self._connection, self.path):
            write_event(self._connection, self._run_id, event)
            if owns:
                self._fences.own(event.child, event.incarnation, event.window)

    def commit(
        self,
        window: int,
        end_ns: int,
        facts: Sequence[Fact],
        *,
        state: bytes = b"",
        epoch: int = 0,
        owners: Sequence[Owner] = (),
    ) -> str:
        """Write one window in one transaction and return the digest of everything up to it.

        `state` is what a run needs to go on from here; the next window's replaces it, and it is no part of the digest.
        Raises `Fenced` for an `epoch` that is over, or for one of the `owners` whose successor has the window.
        """
        if not self._run_id:
            raise LedgerError("no run has begun: facts need the run they belong to")
        self._fences.admit(epoch, window, owners)
        ordered, encoded = in_order(facts)
        if self._window is not None and window <= self._window:
            return self._recognise(window, encoded)
        digest = chained(self._digest, encoded)
        with transaction(self._connection, self.path):
            self._insert(ordered, window)
            self._settle(ordered)
            self._connection.execute(
                'INSERT INTO windows ("window", end_ns, facts, digest, run_id) VALUES (?, ?, ?, ?, ?)',
                (window, end_ns, len(ordered), digest, self._run_id),
            )
            if state:
                self._connection.execute(
                    'INSERT OR REPLACE INTO run_states (lineage, "window", state) VALUES (?, ?, ?)',
                    (self._lineage, window, state),
                )
        self._window, self._digest = window, digest
        return digest

    def record_alerts(self, rows: Sequence[AlertRow]) -> None:
        """Write what people were told, or its newer state; beside the windows, so no digest changes."""
        with transaction(self._connection, self.path):
            write_alert_rows(self._connection, rows)

    def record_account(self, rows: Sequence[AccountRow], incarnation: int) -> None:
        """Write what happened at the account, or write it again; beside the windows, so no digest changes.

        Raises `Fenced` for a holder of the account whose successor has begun; a successor begins with its first rows.
        """
        if not self._run_id:
            raise LedgerError("no run has begun: rows of the account need the run they belong to")
        self._fences.admit_holder(Owner(GATEWAY, incarnation))
        with transaction(self._connection, self.path):
            self._fences.own(GATEWAY, incarnation, self._window or 0)
            write_account(self._connection, self._run_id, rows)

    def record_calibrations(self, run_id: str, fits: Sequence[Fit]) -> None:
        """Write what was learned from a run's outcomes, or write it again; beside the windows, so no digest changes."""
        with transaction(self._connection, self.path):
            write_calibrations(self._connection, run_id, fits)

    def append(self, facts: Iterable[Fact]) -> int:
        """Keep facts for the next `flush` and return how many wait; none of them is durable yet."""
        self._pending.extend(facts)
        return len(self._pending)

    def flush(self, end_ns: int) -> str:
        """Write what waits as the next window: one commit for all whose messages came meanwhile."""
        if not self._pending:
            return self._digest
        digest = self.commit(0 if self._window is None else self._window + 1, end_ns, self._pending)
        self._pending.clear()
        return digest

    def last_window(self) -> int | None:
        """The last window of this lineage, or None before the first."""
        return self._window

    def digest(self) -> str:
        """The digest of everything this lineage wrote."""
        return self._digest

    def backup(self) -> Path:
        """Copy the ledger beside itself as bak1, the older ones moving down; safe while it is written."""
        return backup.rotate(self._connection, self.path)

    def close(self) -> None:
        """Let go of the file; what still waits for a flush is not written."""
        self._connection.close()
        close_lock = getattr(self._lock, "close", None)
        if close_lock is not None:
            close_lock()

    def __enter__(self) -> LedgerStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _recognise(self, window: int, encoded: Sequence[bytes]) -> str:
        """The digest of a window that is already written with these very facts; anything else is refused."""
        rows = self._connection.execute(
            f'SELECT "window", digest FROM windows WHERE {OF_LINEAGE} AND "window" <= :window'
            ' ORDER BY "window" DESC LIMIT 2',
            {"lineage": self._lineage, "window": window},
        ).fetchall()
        before = rows[1][1] if len(rows) == 2 else GENESIS
        if rows and rows[0][0] == window and rows[0][1] == chained(before, encoded):
            return str(rows[0][1])
        raise LedgerError(f"window {window} comes after window {self._window} was written, with other facts")

    def _insert(self, ordered: Sequence[Fact], window: int) -> None:
        by_class = sorted(ordered, key=lambda fact: fact.table)  # stable: each table keeps the ledger's order
        for _, group in groupby(by_class, key=lambda fact: fact.table):
            same = list(group)
            rows = schema.rows_of(type(same[0]), same, self._run_id, window)
            self._connection.executemany(schema.insert_sql(type(same[0])), rows)

    def _settle(self, ordered: Sequence[Fact]) -> None:
        """Give every trade the outcome of its market, whichever of the two facts came first."""
        settled = {fact.market_id: fact.outcome for fact in ordered if isinstance(fact, MarketSettled)}
        self._connection.executemany(
            f"UPDATE trades SET resolution_outcome = :outcome WHERE market_id = :market_id AND {OF_LINEAGE}",
            [{"market_id": m, "outcome": outcome, "lineage": self._lineage} for m, outcome in settled.items()],
        )
        closed = {
            fact.market_id: None for fact in ordered if isinstance(fact, TradeClosed) and fact.market_id not in settled
        }
        self._connection.executemany(
            "UPDATE trades SET resolution_outcome = r.outcome FROM resolutions AS r"
            " WHERE trades.market_id = :market_id AND r.market_id = :market_id AND trades.resolution_outcome IS NULL"
            f" AND trades.{OF_LINEAGE} AND r.{OF_LINEAGE}",
            [{"market_id": market_id, "lineage": self._lineage} for market_id in closed],
        )
