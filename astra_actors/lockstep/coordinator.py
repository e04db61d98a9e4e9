"""One window of time after another: hand out permission, let every shard run, decide, write it down.

The coordinator is a plain object: `astra replay` drives it over shards in the same process, the Supervisor actor over
shards behind Ray. What it decides depends on reports sorted by market, never on which shard answered first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from astra_actors.engine.messages import MarketHistory, OpenMarket, Reading, ShardCounters, WindowCommand, WindowResult
from astra_actors.kernel.facts import RiskRaised
from astra_actors.kernel.units import NS_PER_S
from astra_actors.lockstep import succession
from astra_actors.lockstep.journal import Journal
from astra_actors.lockstep.ports import LedgerPort, ResearchPort, ShardPort, WindowCommit
from astra_actors.lockstep.run_plan import BurnInError, RunPlan
from astra_actors.lockstep.run_state import RunState, SavedState, add_counters, flows_of, subtract_counters
from astra_actors.lockstep.scoping import scope_of
from astra_actors.lockstep.unattended import stand_in
from astra_actors.market.instrument import MarketListing
from astra_actors.reporting.alerts import Alert
from astra_actors.risk.authority import RiskAuthority
from astra_actors.risk.authority_state import AuthorityDecision
from astra_actors.risk.lease import Lease
from astra_actors.risk.report import MarketReport
from astra_actors.risk.veto import Veto

STOP_GRACE_NS = 10 * NS_PER_S  # cancels take 50 ms on average; none takes this long


class Coordinator:
    """Drive shards through windows; hold the portfolio's one view while doing so."""

    def __init__(
        self,
        plan: RunPlan,
        *,
        shards: Sequence[ShardPort],
        ledger: LedgerPort,
        research: ResearchPort,
        authority: RiskAuthority,
        carry: Callable[[tuple[MarketHistory, ...]], tuple[MarketHistory, ...]] | None = None,
    ) -> None:
        self.plan = plan
        self._carry = carry  # what a market holds, read back from the ledger
        self.state = RunState(now_ns=plan.start_ns)
        self.authority = authority
        self.journal = Journal(whole_past=not plan.live)
        self.reports: dict[str, MarketReport] = {}
        self.last: AuthorityDecision | None = None
        self.alerts: list[Alert] = []  # from shards, for whoever tells people; empty it
        self.digest = ""
        self.shards = list(shards)
        self._ledger = ledger
        self._research = research
        self._committing = False
        self._counters = [ShardCounters() for _ in self.shards]

    @property
    def done(self) -> bool:
        """Whether the last window has been run."""
        return self.state.now_ns >= self.plan.end_ns

    @property
    def counters(self) -> ShardCounters:
        """Everything the shards counted, what was counted before a restart included."""
        return add_counters(self.state.counted_before, *self._counters)

    def step(self) -> None:
        """Run one window to its barrier."""
        self._run_window(min(self.state.now_ns + self.plan.window_ns, self.plan.end_ns), veto=self._veto())

    def step_to(self, now_ns: int) -> None:
        """Run a window that ends now: how a live feed is driven, where time is not ours to move."""
        self._run_window(max(now_ns, self.state.now_ns + 1), veto=self._veto())

    def reconsider(self) -> None:
        """Take up what was said to the authority since the barrier: what that revokes leaves with the next window."""
        self.last = self.authority.reconsider(self.plan.granted_until_ns(self.state.now_ns))
        self.journal.raised(self.state.now_ns, self.last)

    def stop(self, reason: str, *, grace_ns: int) -> None:
        """Cancel everything and let the venue confirm: one short window in which nothing new may rest."""
        self.journal.note(RiskRaised, self.state.now_ns, kind="stop", scope="account", author="operator", detail=reason)
        self._run_window(self.state.now_ns + grace_ns, veto=Veto.HALTED, cancel_all=True)
        self.flush()

    def complete(self) -> None:
        """At the end of the feed, cancel what still rests; a run that was stopped went past its end already."""
        if self.state.now_ns <= self.plan.end_ns:
            self.stop("end of feed", grace_ns=STOP_GRACE_NS)

    def flush(self) -> str:
        """Wait until every window handed to the ledger is durable; the ledger's digest."""
        if self._committing:
            self.digest = self._ledger.finish_commit()
            self._committing = False
        return self.digest

    def admit(self, listings: Sequence[MarketListing]) -> int:
        """Take markets up that came into view during a live run; those known stay as they are. How many were new."""
        known = {listing.market_id: listing for listing in self.plan.listings}
        new = [listing for listing in listings if listing.market_id not in known]
        opened = self.state.opened
        waiting = sorted((*self.plan.listings[opened:], *new), key=lambda one: (one.open_ns, one.market_id))
        self.plan = replace(self.plan, listings=(*self.plan.listings[:opened], *waiting))
        return len(new)

    def histories_of(self, index: int) -> tuple[MarketHistory, ...]:
        """What the owner of shard `index` needs to rebuild its open markets."""
        histories = tuple(self.journal.history(market_id) for market_id in self.markets_of(index))
        return self.carried(histories) if self.plan.live else histories

    def carried(self, histories: tuple[MarketHistory, ...]) -> tuple[MarketHistory, ...]:
        """The histories with what each market holds by the ledger, where there is one to ask."""
        if self._carry is None:
            return histories
        self.flush()  # the ledger is asked, so everything must be in it
        return self._carry(histories)

    def replace_shard(self, index: int, shard: ShardPort) -> None:
        """Put a successor in a dead shard's place; what it rebuilds must be what stood at the last barrier."""
        self.keep_counts(index)
        self.shards[index] = shard
        self.succeeded(index)
        for report in shard.recover(self.histories_of(index)):
            known = self.reports.get(report.market_id)
            assert self.plan.live or known == report, (
                f"{report.market_id} was rebuilt differently: {known} became {report}"
            )

    def succeeded(self, index: int) -> None:
        """A shard has another owner: on a live feed, what the old one was granted stays spent until it has reported."""
        succession.succeeded(self, index)

    def take_out(self, market_id: str, why: str) -> None:
        """Nobody serves the market from here on: its process died of it, or its shard is given up."""
        succession.take_out(self, market_id, why)

    def counted_by(self, index: int, counters: ShardCounters) -> None:
        """A shard that lived on has counted so much of what is already counted in all."""
        before = subtract_counters(self.state.counted_before, flows_of(counters))
        self.state = replace(self.state, counted_before=before)
        self._counters[index] = counters

    def incarnation_of(self, market_id: str) -> int:
        """Its owner's on a live feed. Where an owner is rebuilt exactly, its leases are its successor's: they stay the same."""
        owner = self.shards[self.state.shard_of[market_id]]
        return owner.incarnation if self.plan.live else self.state.incarnation

    def markets_of(self, index: int) -> list[str]:
        """The open markets of one shard, in the order in which they came."""
        return [m for m, owner in self.state.shard_of.items() if owner == index and self.journal.knows(m)]

    def keep_counts(self, index: int) -> None:
        """A shard is about to count from zero again: keep what it had counted."""
        counted = add_counters(self.state.counted_before, flows_of(self._counters[index]))
        self.state = replace(self.state, counted_before=counted)
        self._counters[index] = ShardCounters()

    def resume(
        self,
        saved: SavedState,
        commands: Mapping[int, WindowCommand],
        leases: Mapping[int, Sequence[Lease]],
        adopted: Mapping[int, ShardCounters] | None = None,
    ) -> None:
        """Take a run up where its ledger ends; every shard rebuilds, but those that lived on and say what they counted."""
        succession.resume(self, saved, commands, leases, adopted or {})

    def _run_window(self, to_ns: int, *, veto: Veto | None, cancel_all: bool = False) -> None:
        number, from_ns = self.state.window + 1, self.state.now_ns
        opens = self.open_until(to_ns)
        leases = tuple(self.journal.changed_leases(self.last.leases)) if self.last else ()
        command = WindowCommand(
            window=number,
            from_ns=from_ns,
            to_ns=to_ns,
            lease_until_ns=self.plan.renewed_until_ns(from_ns, to_ns),
            leases=leases,
            opens=opens,
            veto=veto,
            cancel_all=cancel_all,
        )
        self.journal.window(number, command)
        for index, shard in enumerate(self.shards):
            shard.begin(command.share(self.state.shard_of, index))
        answers = [shard.finish() for shard in self.shards]
        results = [result for result, _ in answers]
        self.state = replace(self.state, window=number, now_ns=self._ended_ns(command, results))
        self._decide(results)
        self._commit([records for _, records in answers])

    def _ended_ns(self, command: WindowCommand, results: Sequence[WindowResult]) -> int:
        """When a window was over: on a live feed the last one ends with the last order, not with the patience for it."""
        if not (self.plan.live and command.cancel_all):
            return command.to_ns
        said = [report.at_ns for result in results for report in result.reports]
        return min(command.to_ns, max([command.from_ns + 1, *said])) if said else command.to_ns

    def open_until(self, to_ns: int, *, register: bool = True) -> tuple[OpenMarket, ...]:
        """The markets that come into view before `to_ns`, each with an owner."""
        listings, first = self.plan.listings, self.state.opened
        last = first
        while last < len(listings) and listings[last].open_ns < to_ns:
            self.state.shard_of[listings[last].market_id] = last % len(self.shards)
            last += 1
        if last == first:
            return ()
        self.state = replace(self.state, opened=last)
        readings = self._research.read(listings[first:last])
        return tuple(self._admit(*pair, register=register) for pair in zip(listings[first:last], readings, strict=True))

    def _admit(self, listing: MarketListing, reading: Reading, *, register: bool) -> OpenMarket:
        incarnation = self.incarnation_of(listing.market_id)
        if register:
            self.authority.register_market(scope_of(listing, reading))
            self.authority.set_incarnation(listing.market_id, incarnation)
        opened = OpenMarket(
            listing=listing,
            definition=reading.definition,
            definition_reason=reading.reason,
            clusters=reading.clusters,
            incarnation=incarnation,
        )
        self.journal.opened(opened, reading, self.state.window + 1, self.state.now_ns)
        return opened

    def _decide(self, results: Sequence[WindowResult]) -> None:
        for index, result in enumerate(results):
            self._counters[index] = result.counters
            self.alerts += result.alerts
            for market_id, error in result.poisoned:
                self.quarantine(market_id, error)
        self._burn_in(sum(len(result.poisoned) for result in results))
        reports = sorted((r for result in results for r in result.reports), key=lambda r: r.market_id)
        self.reports.update((report.market_id, report) for report in reports)
        self._choose_active(reports)
        active = self.state.active
        heard = [r if r.market_id in active else msgspec.structs.replace(r, wanted_e10=0) for r in reports]
        self.last = self.authority.on_window(self.state.now_ns, heard, self.plan.granted_until_ns(self.state.now_ns))
        self.journal.decided(self.state.now_ns, self.last)
        if self.plan.unattended:
            stand_in(self.authority, self.last)

    def quarantine(self, market_id: str, error: str) -> None:
        """Its engine raised, or its process died of it. What it holds stays counted until a person looks."""
        self.journal.quarantined(self.state.now_ns, market_id, error)
        self.journal.forget(market_id)
        self.state = replace(self.state, quarantined=self.state.quarantined | {market_id})
        if known := self.reports.get(market_id):
            self.reports[market_id] = msgspec.structs.replace(known, open_orders=0)

    def _choose_active(self, reports: Sequence[MarketReport]) -> None:
        window = self.state.window
        if window > self.plan.burn_in_windows and window % self.plan.active_every:
            return
        scores = [(r.market_id, self.journal.cluster_of(r.market_id), r.score) for r in reports if not r.done]
        self.state = replace(self.state, active=frozenset(self._research.choose_active(scores)))

    def _commit(self, records: Sequence[Any]) -> None:
        self.flush()
        for market_id in [market_id for market_id, report in self.reports.items() if report.done]:
            del self.reports[market_id]
            self.journal.forget(market_id)
        self._ledger.begin_commit(
            WindowCommit(
                window=self.state.window,
                end_ns=self.state.now_ns,
                records=tuple(records),
                decided=self.journal.drain(),
                state=succession.saved_of(self).encode(),
            )
        )
        self._committing = True

    def _burn_in(self, failed: int) -> None:
        """Count clean windows in a row until there were enough; too many failures before that stop the run."""
        state, plan = self.state, self.plan
        if state.clean >= plan.burn_in_windows:
            return
        self.state = replace(state, clean=0 if failed else state.clean + 1, failures=state.failures + failed)
        if self.state.failures >= plan.burn_in_failures_max:
            raise BurnInError(
                f"{self.state.failures} markets failed before {plan.burn_in_windows} windows in a row were clean"
            )

    def _veto(self) -> Veto | None:
        if self.state.clean < self.plan.burn_in_windows or self.last is None:
            return Veto.BURN_IN
        return self.last.state.veto
