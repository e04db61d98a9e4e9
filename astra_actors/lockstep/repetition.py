"""A run lived through again from its own settings, window by window, beside the digests that its ledger was sealed with.

A window's digest is taken over every order, fill, estimate and decision up to it, so equal digests are equal fills. What
a person said during the run is not in its seed: the repetition ends before the first such word.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from astra_actors.config.restore import settings_from
from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec, open_feed, open_research, open_shard
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_S, usd_e10
from astra_actors.ledger.digest import GENESIS, window_digest
from astra_actors.ledger.runs import OF_LINEAGE
from astra_actors.lockstep.coordinator import Coordinator
from astra_actors.lockstep.local_ports import LocalShard
from astra_actors.lockstep.ports import WindowCommit
from astra_actors.lockstep.run_plan import RunPlan
from astra_actors.lockstep.unattended import UNATTENDED
from astra_actors.risk.authority import RiskAuthority

OURSELVES: Final = ("authority", "market", "supervisor", UNATTENDED)  # whatever another author did is not in the seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """How far a repetition went, and the first window in which it said something else."""

    windows: int
    days: float
    orders: int
    fills: int
    differs_at: int | None

    @property
    def same(self) -> bool | None:
        """Whether every window was the same; None when no fill was among what was compared."""
        if self.differs_at is not None:
            return False
        return True if self.fills else None

    @property
    def said(self) -> str:
        """The repetition in one sentence."""
        if not self.windows:
            return "nothing to compare: the run was spoken to before its first window was over"
        what = f"{self.days:g} days in {self.windows} windows, {self.orders} orders and {self.fills} fills"
        if self.differs_at is not None:
            return f"{what}: another result in window {self.differs_at}"
        return f"{what}: the same again" + ("" if self.fills else ", and too little to count; repeat more days")


def repeat(connection: sqlite3.Connection, run_id: str, *, days: float) -> Repetition:
    """Repeat the first `days` of a run in this process. Raises `BadInput` for a run that only the world itself can repeat."""
    settings = settings_from(_settings_text(connection, run_id))
    start_ns, coordinator, again = _begun(settings)
    windows, differs_at, now_ns = 0, None, start_ns
    sealed = _sealed(connection, run_id)
    for window, end_ns, digest in takewhile(lambda row: row[1] <= start_ns + days * NS_PER_DAY, sealed):
        coordinator.step()
        windows, now_ns = windows + 1, end_ns
        if again.digest != digest:
            differs_at = window
            break
    return Repetition(
        windows=windows,
        days=(now_ns - start_ns) / NS_PER_DAY,
        orders=_count(connection, run_id, "orders", windows),
        fills=_count(connection, run_id, "fills", windows),
        differs_at=differs_at,
    )


class _Sealing:
    """A ledger that keeps nothing but the digest."""

    def __init__(self) -> None:
        self.digest = GENESIS

    def begin_commit(self, commit: WindowCommit) -> None:
        """Seal the window at once."""
        facts = [fact for part in commit.records for fact in part.facts]
        self.digest = window_digest(self.digest, [*facts, *commit.decided])

    def finish_commit(self) -> str:
        """The digest so far."""
        return self.digest


def _begun(settings: Settings) -> tuple[int, Coordinator, _Sealing]:
    run = settings.run
    spec = FeedSpec(kind=run.feed, seed=run.seed, days=run.days, markets=run.markets, tapes=run.tape_paths)
    feed, _ = open_feed(spec, settings)
    plan = RunPlan(
        listings=tuple(sorted(feed.listings(), key=lambda listing: (listing.open_ns, listing.market_id))),
        start_ns=feed.start_ns,
        end_ns=feed.end_ns,
        window_ns=run.window_s * NS_PER_S,
        unattended=True,
        burn_in_windows=settings.supervision.burn_in_cycles,
        burn_in_failures_max=settings.supervision.burn_in_failures_max,
    )
    again = _Sealing()
    coordinator = Coordinator(
        plan,
        shards=[LocalShard(open_shard(0, spec, settings))],
        ledger=again,
        research=open_research(settings),
        authority=RiskAuthority(settings.risk, usd_e10(run.bankroll_usd), plan.start_ns),
    )
    return plan.start_ns, coordinator, again


def _settings_text(connection: sqlite3.Connection, run_id: str) -> str:
    row = connection.execute(
        "SELECT runs.feed, runs.lineage, config_json FROM runs JOIN config_snapshots USING (run_id) WHERE run_id = ?",
        (run_id,),
    ).fetchone()
    if row is None:
        raise BadInput("run", run_id, "the ledger holds no such run; `astra report` names the one it tells of")
    feed, lineage, text = row
    if feed not in ("world", "tape"):
        raise BadInput("feed", feed, "only a world or a tape can be lived through again")
    if lineage != run_id:
        raise BadInput("run", run_id, f"it goes on from {lineage}, whose first window is not its own")
    return str(text)


def _sealed(connection: sqlite3.Connection, run_id: str) -> list[tuple[int, int, str]]:
    """The windows that nobody but the seed had a say in."""
    where = {"lineage": run_id}
    ours = ", ".join(f"'{author}'" for author in OURSELVES)
    spoken = connection.execute(
        f'SELECT MIN("window") FROM risk_events WHERE author NOT IN ({ours}) AND {OF_LINEAGE}', where
    ).fetchone()[0]
    rows = connection.execute(
        f'SELECT "window", end_ns, digest FROM windows WHERE {OF_LINEAGE} ORDER BY "window"', where
    )
    return [row for row in rows if spoken is None or row[0] < spoken]


def _count(connection: sqlite3.Connection, run_id: str, table: str, windows: int) -> int:
    row = connection.execute(
        f'SELECT COUNT(*) FROM {table} WHERE "window" <= :windows AND {OF_LINEAGE}',
        {"windows": windows, "lineage": run_id},
    ).fetchone()
    return int(row[0])
