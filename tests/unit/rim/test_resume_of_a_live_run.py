"""A live run is taken up again: markets that were listed after its last window are not lost, and its age costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from astra_actors.engine.messages import (
    MarketHistory,
    Reading,
    ShardCounters,
    WindowCommand,
    WindowRecords,
    WindowResult,
)
from astra_actors.kernel.units import NS_PER_S, usd_e10
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from astra_actors.lockstep.coordinator import Coordinator
from astra_actors.lockstep.local_ports import LocalLedger
from astra_actors.lockstep.recovery import Resume, load_resume
from astra_actors.lockstep.run_plan import RunPlan
from astra_actors.market.instrument import Category, Instrument, MarketListing
from astra_actors.reporting.artifact_log import ArtifactLog
from astra_actors.risk.authority import RiskAuthority
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.report import MarketReport

T0 = 1_795_000_000 * NS_PER_S
RUN = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"


def listing(name: str, open_ns: int) -> MarketListing:
    return MarketListing(
        instrument=Instrument(market_id=name, yes_asset=f"{name}1", no_asset=f"{name}2"),
        question="?", rules="", category=Category.OTHER, event_id="e", open_ns=open_ns, close_ns=T0 + 10**15,
    )  # fmt: skip


OLD, LATE = listing("old", T0 - 5), listing("late", T0 - 1)  # both were open at the venue before the run began


class Owner:
    """A live shard that wants a lease for everything it was told to open."""

    incarnation = 0

    def __init__(self) -> None:
        self.told: list[WindowCommand] = []
        self.open: list[str] = []

    def begin(self, command: WindowCommand) -> None:
        self.told.append(command)
        self.open += [opened.listing.market_id for opened in command.opens]

    def finish(self) -> tuple[WindowResult, WindowRecords]:
        at_ns, number = self.told[-1].to_ns, self.told[-1].window
        reports = tuple(
            MarketReport(
                market_id=name, incarnation=0, at_ns=at_ns, worst_case_e10=0, wanted_e10=usd_e10(number % 5 + 1)
            )
            for name in self.open
        )
        result = WindowResult(window=number, shard=0, reports=reports, counters=ShardCounters())
        return result, WindowRecords(window=number, facts=[], artifacts=[])

    def recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        self.open = [history.opened.listing.market_id for history in histories]
        self.histories = list(histories)
        return ()


class Reader:
    """Research that makes nothing of anything and is active everywhere."""

    def read(self, listings: Sequence[MarketListing]) -> list[Reading]:
        return [
            Reading(market_id=one.market_id, definition=None, reason="none", clusters=("e",), strategy="")
            for one in listings
        ]

    def choose_active(self, scores: Sequence[Any]) -> tuple[str, ...]:
        return tuple(score[0] for score in scores)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    identity = RunIdentity(
        run_id=RUN, git_sha="0", started_at="t", python_version="3", config_hash="a" * 64, prompt_bundle_hash="b" * 64,
        paper_mode=True, feed="polymarket", venue="paper", seed=7,
    )  # fmt: skip
    with LedgerStore.open(tmp_path / "ledger.db") as opened:
        opened.begin_run(identity, "{}")
        yield opened


def house(store: LedgerStore, tmp_path: Path, *listings: MarketListing) -> Coordinator:
    plan = RunPlan(
        listings=listings, start_ns=T0, end_ns=T0 + 10**15, window_ns=NS_PER_S, live=True, lease_ns=30 * NS_PER_S,
        burn_in_windows=0,
    )  # fmt: skip
    return Coordinator(
        plan,
        shards=[Owner()],
        ledger=LocalLedger(store, ArtifactLog(tmp_path / "decisions")),
        research=Reader(),
        authority=RiskAuthority(RiskLimits(), usd_e10(5_000), T0),
    )


def windows(coordinator: Coordinator, count: int) -> None:
    for _ in range(count):
        coordinator.step_to(coordinator.state.now_ns + NS_PER_S)
    coordinator.flush()


def taken_up(store: LedgerStore, coordinator: Coordinator) -> Resume:
    found = load_resume(store.path, RUN, coordinator.plan)
    assert found is not None
    coordinator.resume(found.saved, found.commands, found.leases)
    return found


def test_a_market_that_was_listed_but_not_opened_when_the_supervisor_died_is_opened_by_the_next(
    store: LedgerStore, tmp_path: Path
) -> None:
    windows(house(store, tmp_path, OLD), 3)
    successor = house(store, tmp_path, OLD, LATE)  # it was found, put on file, and its window never reached the ledger
    taken_up(store, successor)
    assert successor.state.opened == 1
    windows(successor, 8)
    owner: Any = successor.shards[0]
    assert [opened.listing.market_id for command in owner.told for opened in command.opens] == ["late"]
    assert sorted(successor.reports) == ["late", "old"]


def test_the_length_of_a_live_run_costs_its_successor_nothing(store: LedgerStore, tmp_path: Path) -> None:
    first = house(store, tmp_path, OLD, LATE)
    windows(first, 40)
    successor = house(store, tmp_path, OLD, LATE)
    found = taken_up(store, successor)
    assert sorted(found.commands) == [39, 40]
    owner, before = successor.shards[0], first.shards[0]
    assert isinstance(owner, Owner) and isinstance(before, Owner)
    for history in owner.histories:
        name = history.opened.listing.market_id
        kept = first.journal.history(name)
        assert [command.window for command in history.commands] == [command.window for command in kept.commands]
        assert history.commands[-1].to_ns == kept.commands[-1].to_ns
        assert [c.lease_until_ns for c in history.commands] == [c.lease_until_ns for c in kept.commands]
        newest = [lease.lease_id for command in history.commands for lease in command.leases][-1:]
        assert newest == [lease.lease_id for command in kept.commands for lease in command.leases][-1:]
        assert history.commands[-1].veto is kept.commands[-1].veto
    changed = successor.journal.changed_leases(successor.last.leases if successor.last else ())
    assert len(list(changed)) <= 2
