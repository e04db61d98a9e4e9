"""What follows a death: a run taken up where its ledger ends, a shard's next owner, a market that nobody may serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from astra_actors.engine.messages import ShardCounters, WindowCommand
from astra_actors.engine.quarantine import Sealed, last_words
from astra_actors.lockstep.run_state import SavedState, flows_of
from astra_actors.risk.lease import Lease

if TYPE_CHECKING:
    from astra_actors.lockstep.coordinator import Coordinator


def saved_of(coordinator: Coordinator) -> SavedState:
    """Where the run stands at this barrier, as `resume` wants it."""
    state, journal = coordinator.state, coordinator.journal
    return SavedState(
        window=state.window,
        now_ns=state.now_ns,
        opened=state.opened,
        incarnation=state.incarnation,
        journal_seq=journal.seq,
        breaches=journal.breaches,
        active=tuple(sorted(state.active)),
        counters=coordinator.counters,
        authority=coordinator.authority.snapshot(),
        reports=tuple(coordinator.reports[market_id] for market_id in sorted(coordinator.reports)),
        quarantined=tuple(sorted(state.quarantined)),
        clean=state.clean,
        failures=state.failures,
    )


def resume(
    coordinator: Coordinator,
    saved: SavedState,
    commands: Mapping[int, WindowCommand],
    leases: Mapping[int, Sequence[Lease]],
    adopted: Mapping[int, ShardCounters],
) -> None:
    """The same openings and leases again, then every shard rebuilds that did not live on."""
    journal, plan = coordinator.journal, coordinator.plan
    coordinator.authority.restore(saved.authority)
    # what was listed later is opened by the window that follows, whatever its opening time at the venue says
    coordinator.plan = replace(plan, listings=plan.listings[: saved.opened])
    for number in sorted(commands):
        command = commands[number]
        coordinator.state = replace(coordinator.state, window=number - 1, now_ns=command.from_ns)
        coordinator.open_until(command.to_ns, register=False)
        changed = tuple(leases.get(number, ()))
        journal.restore_leases(changed)
        journal.window(number, replace(command, leases=changed))
    journal.drain()
    coordinator.plan = plan
    coordinator.reports = {report.market_id: report for report in saved.reports}
    # a live market whose owner has been silent since it opened was never reported, and is not over for that
    open_now = {**coordinator.reports, **(saved.authority["accounts"] if coordinator.plan.live else {})}
    for market_id in [m for m in coordinator.state.shard_of if m not in open_now or m in saved.quarantined]:
        journal.forget(market_id)
    coordinator.state = replace(
        coordinator.state,
        window=saved.window,
        now_ns=saved.now_ns,
        active=frozenset(saved.active),
        counted_before=flows_of(saved.counters),
        quarantined=frozenset(saved.quarantined),
        clean=saved.clean,
        failures=saved.failures,
    )
    journal.resume(saved.journal_seq, saved.breaches)
    coordinator.last = coordinator.authority.last
    for index, counters in adopted.items():
        coordinator.counted_by(index, counters)
        if coordinator.plan.live:
            journal.forget_leases(coordinator.markets_of(index))  # it may hold newer ones than the ledger knows of
            succeeded(coordinator, index)  # and be of a newer incarnation, whose reports would be refused for ever
    for index, shard in enumerate(coordinator.shards):
        if index not in adopted:
            coordinator.replace_shard(index, shard)


def succeeded(coordinator: Coordinator, index: int) -> None:
    """Another owner speaks for the markets of this shard. One that rebuilds exactly takes its predecessor's leases over."""
    if not coordinator.plan.live:
        return
    incarnation = coordinator.shards[index].incarnation
    for market_id in coordinator.markets_of(index):
        coordinator.journal.owned_by(market_id, incarnation)
        coordinator.authority.set_incarnation(market_id, incarnation)


def take_out(coordinator: Coordinator, market_id: str, why: str) -> None:
    """Quarantine a market whose owner cannot speak for it: what rested on paper ended with the process."""
    journal, at_ns = coordinator.journal, coordinator.state.now_ns
    carried = coordinator.carried((journal.history(market_id),))[0].carried
    if carried is not None:
        sealed = Sealed(carried.seq, carried.resting)
        journal.add(last_words(market_id, sealed, at_ns, why, gone=not coordinator.plan.elsewhere))
    coordinator.quarantine(market_id, why)
