"""A whole run in one process, without Ray: the same coordinator, shards and ledger, called directly."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from astra_actors.config.settings import Settings
from astra_actors.config.snapshot import settings_json
from astra_actors.engine.build import FeedSpec, engine_params, open_research
from astra_actors.engine.shadow_book import VARIANTS
from astra_actors.engine.shard import Shard
from astra_actors.feeds.port import ReplayableFeed, SpotSource
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_S, usd, usd_e10
from astra_actors.ledger.store import LedgerStore
from astra_actors.lockstep.coordinator import Coordinator
from astra_actors.lockstep.local_ports import LocalLedger, LocalShard
from astra_actors.lockstep.run_plan import RunPlan
from astra_actors.reporting.artifact_log import ArtifactLog
from astra_actors.risk.authority import RiskAuthority
from astra_actors.strategies.registry import load_strategies
from supervision.identity import run_identity
from supervision.workspace import Workspace

SAY_EVERY_S: Final = 2.0


class LocalRun:
    """One run over a feed that is already open; use as a context manager, it holds the data directory and the ledger."""

    def __init__(
        self,
        settings: Settings,
        spec: FeedSpec,
        *,
        feed: ReplayableFeed,
        spot: SpotSource | None = None,
        only: list[str] | None = None,
    ) -> None:
        if only:
            settings = settings.model_copy(update={"strategies": {name: _of(settings, name) for name in only}})
        self._settings, self._spec, self._feed, self._spot = settings, spec, feed, spot

    def __enter__(self) -> LocalRun:
        workspace = Workspace(Path(self._settings.run.data_dir))
        self._lock = workspace.claim()
        self._store = LedgerStore.open(workspace.ledger)
        run_id = str(uuid.uuid4())
        self._store.begin_run(run_identity(run_id, self._settings, self._spec), settings_json(self._settings))
        self._artifacts = ArtifactLog(workspace.decisions(run_id))
        self._workspace, self.run_id = workspace, run_id
        self._shard = Shard(
            0,
            feed=self._feed,
            spot=self._spot,
            params=engine_params(self._settings, self._spec.seed),
            strategies=load_strategies(self._settings.strategies),
        )
        self.coordinator = self._coordinator()
        return self

    def __exit__(self, *_: object) -> None:
        self._artifacts.close()
        self._store.close()
        self._lock.close()

    def complete(self) -> dict[str, Any]:
        """Run to the end of the feed, cancel what still rests, and say what came of it."""
        coordinator = self.coordinator
        spoken = time.monotonic()
        while not coordinator.done:
            coordinator.step()
            if time.monotonic() - spoken > SAY_EVERY_S:
                spoken = time.monotonic()
                self._say()
        coordinator.complete()
        digest = coordinator.flush()
        self._store.end_run(datetime.now(UTC).isoformat(timespec="milliseconds"), "replayed")
        counters, point = coordinator.counters, coordinator.last
        assert point is not None, "a run has at least the window of its stop"
        engines = list(self._shard.engines.values())
        bands = {name: sum(e.shadow.marked_pnl_e10(name, e.last_mid_e4) for e in engines) for name in VARIANTS}
        return {
            "run_id": self.run_id,
            "decisions": counters.decisions,
            "orders": counters.orders,
            "fills": counters.fills,
            "fills_band": {
                "pessimistic": sum(e.shadow.fills["pessimistic"] for e in engines),
                "base": counters.fills,
                "optimistic": sum(e.shadow.fills["optimistic"] for e in engines),
            },
            "pnl_usd": usd(point.equity.equity_e10) - float(self._settings.run.bankroll_usd),
            "pnl_band": {
                "pessimistic": usd(bands["pessimistic"]),
                "base": round(usd(point.equity.equity_e10) - float(self._settings.run.bankroll_usd), 6),
                "optimistic": usd(bands["optimistic"]),
            },
            "equity_usd": usd(point.equity.equity_e10),
            "open_orders": sum(report.open_orders for report in coordinator.reports.values()),
            "cap_breaches": coordinator.journal.breaches,
            "vetoes": dict(sorted(counters.vetoes.items(), key=lambda item: -item[1])),
            "ledger_digest": digest,
            "ledger_path": str(self._workspace.ledger),
        }

    def _coordinator(self) -> Coordinator:
        settings, feed = self._settings, self._feed
        plan = RunPlan(
            listings=tuple(sorted(feed.listings(), key=lambda listing: (listing.open_ns, listing.market_id))),
            start_ns=feed.start_ns,
            end_ns=feed.end_ns,
            window_ns=settings.run.window_s * NS_PER_S,
            unattended=True,
            burn_in_windows=settings.supervision.burn_in_cycles,
            burn_in_failures_max=settings.supervision.burn_in_failures_max,
        )
        return Coordinator(
            plan,
            shards=[LocalShard(self._shard)],
            ledger=LocalLedger(self._store, self._artifacts),
            research=open_research(settings),
            authority=RiskAuthority(settings.risk, usd_e10(settings.run.bankroll_usd), plan.start_ns),
        )

    def _say(self) -> None:
        import sys

        state, plan = self.coordinator.state, self.coordinator.plan
        share = (state.now_ns - plan.start_ns) / (plan.end_ns - plan.start_ns)
        print(f"astra: {share:4.0%} replayed, fills {self.coordinator.counters.fills}", file=sys.stderr)


def _of(settings: Settings, name: str) -> Any:
    if name not in settings.strategies:
        raise BadInput("--strategy", name, f"the settings know {', '.join(settings.strategies)}")
    return settings.strategies[name]
