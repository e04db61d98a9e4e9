"""The whole system in one process on one seed, with checkers after every window. No Ray, no network, no wall clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from astra_actors.config.load import load_settings, shipped_dir
from astra_actors.config.settings import Settings
from astra_actors.config.snapshot import settings_json
from astra_actors.engine.build import FeedSpec, open_feed, open_research, open_shard
from astra_actors.engine.market_engine import MarketEngine
from astra_actors.engine.shard import Shard
from astra_actors.kernel.units import NS_PER_S, usd_e10
from astra_actors.ledger.recovery import recover
from astra_actors.ledger.store import LedgerStore
from astra_actors.lockstep.coordinator import STOP_GRACE_NS, Coordinator
from astra_actors.lockstep.local_ports import LocalLedger, LocalShard
from astra_actors.lockstep.ports import LedgerPort, WindowCommit
from astra_actors.lockstep.recovery import load_resume
from astra_actors.lockstep.run_plan import RunPlan
from astra_actors.reporting.artifact_log import ArtifactLog
from astra_actors.risk.authority import RiskAuthority
from astra_actors.simulation.harness.auditor import AuditedMarket, Auditor, hold
from astra_actors.simulation.harness.facts_back import facts_of
from astra_actors.simulation.harness.parts import identity_of, paper_of

RUN_ID: Final = "00000000-0000-4000-8000-000000000002"

# A world in which a dozen markets trade a lot within a week: deep gates open, thin queues, many takers without information.
LIVELY: dict[str, Any] = {
    "run": {"window_s": 3_600, "days": 7.0, "markets": 12, "seed": 2},
    "world": {
        "life_days_min": 4,
        "life_days_max": 6,
        "depth_median_shares": 60,
        "noise_share": 0.35,
        "informed_share": 0.05,
        "unreadable_share": 0.1,
    },
    "paper": {},
    "gates": {
        "market": {"quoteability": {"liquidity_usd_min": 0}},
        "ev": {"threshold": 0.0, "k_spread": 0.0, "k_depth": 0.001, "depth_veto": False},
    },
    "strategies": {
        "market_making": {"half_points": 0.008, "margin_points": 0.0, "edge_points_min": 0.0, "edge_per_spread": 0.0}
    },
}


GOAL = 32  # most orders and fills fall into the first day and a half: far enough for what needs no settlement


def lively(folder: Path, *, paper: dict[str, Any] | None = None, **run: Any) -> Settings:
    """The settings of the lively world; `run` overrides fields of its run section, `paper` those of the venue."""
    flags = {
        **LIVELY,
        "run": {**LIVELY["run"], "data_dir": str(folder), **run},
        "paper": {**LIVELY["paper"], **(paper or {})},
    }
    return load_settings(files=[shipped_dir() / "feeds" / "world.yaml"], flags=flags, environ={})


class AuditedLedger:
    """A ledger port that shows every window to the auditor once the ledger has taken it."""

    def __init__(self, inner: LedgerPort, auditor: Auditor) -> None:
        self._inner, self._auditor = inner, auditor
        self.last: WindowCommit | None = None

    def begin_commit(self, commit: WindowCommit) -> None:
        """Write, then audit: what could not be written did not happen."""
        self.last = commit
        self._inner.begin_commit(commit)
        self._auditor.take(commit)

    def finish_commit(self) -> str:
        """The digest so far."""
        return self._inner.finish_commit()


class House:
    """One run: coordinator, shards, ledger and artifacts in this process, and an auditor who watches."""

    def __init__(
        self,
        settings: Settings,
        *,
        shards: int = 1,
        run_id: str = "",
        audited: bool = True,
        feed: Callable[[FeedSpec, Settings], Any] = open_feed,
    ) -> None:
        run, folder = settings.run, Path(settings.run.data_dir)
        self.settings, self._feed = settings, feed
        self.spec = FeedSpec(kind="world", seed=run.seed, days=run.days, markets=run.markets)
        self.run_id = run_id or RUN_ID
        self.store = LedgerStore.open(folder / "ledger.db")
        self.store.begin_run(
            identity_of(self.run_id, settings, self.spec.seed, feed=self.spec.kind), settings_json(settings)
        )
        self.decisions = folder / "decisions" / self.run_id
        self.artifacts = ArtifactLog(self.decisions, last_window=self.store.last_window() or 0)
        self.auditor = Auditor()
        self.audited = audited
        self.shards: list[Shard] = [self.new_shard(index) for index in range(shards)]
        self.coordinator = self._coordinator()
        self._before: dict[str, int] = {}  # by scope: what the worst cases added up to at the last barrier
        self._base_e10 = usd_e10(run.bankroll_usd)
        self._committed: dict[str, int] = {}
        if run_id:
            self._resume()

    def new_shard(self, index: int) -> Shard:
        """A shard with a feed of its own, as an actor would have."""
        return open_shard(index, self.spec, self.settings)

    def lose_shard(self, index: int) -> None:
        """A shard's process dies at a barrier, and a successor takes its place."""
        self.shards[index] = self.new_shard(index)
        self.coordinator.replace_shard(index, LocalShard(self.shards[index]))

    def crash(self) -> House:
        """Everything dies at once; what comes back knows the ledger alone."""
        self.die()
        return House(self.settings, shards=len(self.shards), run_id=self.run_id, audited=self.audited)

    def die(self) -> None:
        """SIGKILL, as far as one process can play it: nothing is flushed, nothing is said, the locks are gone."""
        self.store.close()

    def step(self) -> None:
        """One window, and every promise after it."""
        self.coordinator.step()
        if self.audited:
            self.check()

    def run_to(self, window: int) -> House:
        """Windows until `window` is written."""
        while self.coordinator.state.window < window and not self.coordinator.done:
            self.step()
        return self

    def complete(self) -> str:
        """To the end of the world; the ledger's digest."""
        while not self.coordinator.done:
            self.step()
        self.coordinator.complete()
        if self.audited:
            self.check()
            self.check_nothing_rests()
        return self.coordinator.flush()

    def stop(self) -> str:
        """What SIGTERM leads to: cancel everything in one short window."""
        self.coordinator.stop("SIGTERM", grace_ns=STOP_GRACE_NS)
        if self.audited:
            self.check()
            self.check_nothing_rests()
        return self.coordinator.flush()

    @property
    def engines(self) -> dict[str, MarketEngine]:
        """Every market that is open."""
        return {market_id: engine for shard in self.shards for market_id, engine in shard.engines.items()}

    def places_in_queue(self) -> dict[str, list[Any]]:
        """Every market's resting orders with what stands before each of them."""
        return {market_id: paper_of(engine).resting() for market_id, engine in sorted(self.engines.items())}

    # -- the checkers -------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Every promise, at one barrier."""
        auditor, coordinator = self.auditor, self.coordinator
        hold("no market is poisoned", not auditor.quarantined, str(auditor.quarantined))
        hold(
            "the caps were never passed", coordinator.journal.breaches == 0, f"{coordinator.journal.breaches} breaches"
        )
        for market_id, engine in self.engines.items():
            self._check_engine(auditor.markets[market_id], engine)
        self._check_money()
        self._check_caps()

    def _check_engine(self, books: AuditedMarket, engine: MarketEngine) -> None:
        position, market_id = engine.position, engine.market_id
        held = (position.yes_e6, position.no_e6, position.cash_e10)
        hold(
            "replay(ledger) == state",
            held == (books.yes_e6, books.no_e6, books.cash_e10),
            f"{market_id} holds {held}, the facts say {(books.yes_e6, books.no_e6, books.cash_e10)}",
        )
        ours = sorted(order.order_id for order in engine.blotter.open_orders())
        hold("replay(ledger) == state", ours == sorted(books.open_orders), f"{market_id}: orders {ours}")
        at_venue = sorted([*(order.order_id for order in paper_of(engine).resting()), *paper_of(engine)._flying])
        hold("no orphan orders", at_venue == ours, f"{market_id}: at the venue {at_venue}, known {ours}")
        report = self.coordinator.reports.get(market_id)
        if report is not None:
            told, true = report.worst_case_e10, books.worst_e10()
            hold("worst cases are reported right", told == true, f"{market_id}: {told} for {true}")
            hold("open orders are reported right", report.open_orders == len(ours), market_id)

    def _check_money(self) -> None:
        mark, books = self.auditor.equity, self.auditor.markets
        assert mark is not None
        marks = {}
        for market_id, engine in self.engines.items():
            mid = engine.book.mid_e4 if engine.book.mid_e4 is not None else engine.last_mid_e4
            twice = 10_000 if mid is None else round(2 * mid)
            held = books[market_id]
            marks[market_id] = (held.yes_e6 * twice + held.no_e6 * (20_000 - twice)) // 2
        cash = usd_e10(self.settings.run.bankroll_usd) + sum(market.cash_e10 for market in books.values())
        true = cash + sum(marks.values())
        hold("money is conserved", mark.equity_e10 == true, f"{mark.equity_e10} for {true}")
        hold("money is conserved", mark.equity_e10 == mark.cash_e10 + mark.mark_mid_e10, "cash and marks")

    def _check_caps(self) -> None:
        """Against the equity of the barrier before: a cap that shrank under what stands is no breach, more of it is."""
        limits, markets = self.settings.risk, self.auditor.markets
        assert self.auditor.equity is not None and self.coordinator.last is not None
        now_base = max(0, min(usd_e10(self.settings.run.bankroll_usd), self.auditor.equity.equity_e10))
        leases = {lease.market_id: lease.limit_e10 for lease in self.coordinator.last.leases}
        worst: dict[str, int] = {}
        committed: dict[str, int] = {}
        shares: dict[str, float] = {}
        for market_id, books in markets.items():
            loss = books.worst_e10()
            scopes = {
                f"market:{market_id}": float(limits.market_cap),
                "aggregate": float(limits.aggregate_cap),
                **{f"cluster:{name}": float(limits.cluster_cap) for name in books.listed.clusters},
            }
            shares |= scopes
            for scope in scopes:
                worst[scope] = worst.get(scope, 0) + loss
                committed[scope] = committed.get(scope, 0) + max(loss, leases.get(market_id, 0))
        for scope, share in shares.items():
            allowed = max(int(share * self._base_e10), self._before.get(scope, 0))
            hold("worst cases stay within caps", worst[scope] <= allowed, f"{scope}: {worst[scope]} of {allowed}")
            allowed = max(int(share * now_base), worst[scope], self._committed.get(scope, 0))
            hold("grants stay within caps", committed[scope] <= allowed, f"{scope}: {committed[scope]} of {allowed}")
        self._before, self._committed, self._base_e10 = worst, committed, now_base

    def check_nothing_rests(self) -> None:
        """After a stop: no order of ours is open, by the engines, by the facts, and by the ledger."""
        self.coordinator.flush()
        ours = [order.order_id for engine in self.engines.values() for order in engine.blotter.open_orders()]
        by_facts = [order_id for books in self.auditor.markets.values() for order_id in books.open_orders]
        by_ledger = recover(self.store.connection, self.store.lineage).open_orders
        hold("no orphan orders", not ours and not by_facts and not by_ledger, f"{ours} {by_facts} {by_ledger}")

    # -- inside -------------------------------------------------------------------------------------------------------

    def _coordinator(self) -> Coordinator:
        settings, (feed, _) = self.settings, self._feed(self.spec, self.settings)
        plan = RunPlan(
            listings=tuple(sorted(feed.listings(), key=lambda listing: (listing.open_ns, listing.market_id))),
            start_ns=feed.start_ns,
            end_ns=feed.end_ns,
            window_ns=settings.run.window_s * NS_PER_S,
            unattended=True,
            burn_in_windows=settings.supervision.burn_in_cycles,
        )
        return Coordinator(
            plan,
            shards=[LocalShard(shard) for shard in self.shards],
            ledger=AuditedLedger(LocalLedger(self.store, self.artifacts), self.auditor),
            research=open_research(settings),
            authority=RiskAuthority(settings.risk, usd_e10(settings.run.bankroll_usd), plan.start_ns),
        )

    def _resume(self) -> None:
        self.auditor.replay(facts_of(self.store))
        resume = load_resume(self.store.path, self.run_id, self.coordinator.plan)
        if resume is not None:
            self.coordinator.resume(resume.saved, resume.commands, resume.leases)
