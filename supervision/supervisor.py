"""The Supervisor: the one portfolio view, and the keeper of the tree. Started again by Ray, it recovers from the ledger."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ray

from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec, open_feed
from astra_actors.engine.messages import MarketHistory
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_S, usd, usd_e10
from astra_actors.ledger.runs import RunIdentity
from astra_actors.lockstep.carrying import LedgerCarrier
from astra_actors.lockstep.coordinator import STOP_GRACE_NS, Coordinator
from astra_actors.lockstep.recovery import load_resume
from astra_actors.lockstep.run_plan import RunPlan
from astra_actors.reporting.logging import configure_logging, get_logger
from astra_actors.risk.authority import RiskAuthority
from astra_actors.risk.trading_state import TradingMode, TradingState
from astra_actors.risk.veto import Refused
from supervision.child_spec import children
from supervision.control import KILL, PAUSE, Word
from supervision.keeper import Keeper
from supervision.live_run import ListingFile, live_plan, wall_clock
from supervision.pace import LockStep, Pace
from supervision.ray_ports import RayLedger, RayResearch, RayShard, ask

LOG: Final = get_logger("supervisor")
NOTES_KEPT: Final = 50  # the last of them stand in the status file


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """Everything a Supervisor needs to start a run, or to take one up."""

    namespace: str
    feed: FeedSpec
    settings: Settings
    settings_json: str
    identity: RunIdentity
    ledger: Path
    artifacts: Path
    reports: Path
    shards: int


class Supervisor:
    """Own the risk authority and the children of one run.

    `advance` that returned has moved the run to a barrier whose window is at least on its way to the ledger; one that raised
    may be called again on a successor, which starts from the last window the ledger holds.
    """

    def __init__(self, spec: RunSpec) -> None:
        self._spec = spec
        self._keeper = Keeper(spec.namespace, now_ns=time.monotonic_ns, seed=spec.identity.seed)
        self._pace: Pace = LockStep(now_ns=time.monotonic_ns, sleep=time.sleep, speed=spec.settings.run.speed)
        self._notes: list[dict[str, str]] = []
        self._said: TradingState | None = None
        configure_logging(
            "supervisor", spec.ledger.parent, now_ns=time.time_ns, console=None, run_id=spec.identity.run_id
        )
        self._started = False
        self._coordinator = self._start()
        self._started = True
        self._day = self._coordinator.state.now_ns // NS_PER_DAY

    def __repr__(self) -> str:
        state = self._coordinator.state
        return f"Supervisor(window={state.window}, open={len(self._coordinator.reports)})"

    def advance(self, budget_s: float) -> dict[str, Any]:
        """Run windows for about `budget_s` seconds of real time, or to the end; says where the run stands."""
        until = time.monotonic() + budget_s
        coordinator = self._coordinator
        while not coordinator.done:
            self._pace.turn(coordinator, until - time.monotonic())
            self._close_day()
            self._say_state()
            if time.monotonic() >= until:
                break
        if coordinator.done:
            coordinator.complete()
            coordinator.flush()
        return self.status()

    def stop(self, reason: str) -> dict[str, Any]:
        """Cancel everything, prove it, write the last window; children go on until `close`."""
        if not self._coordinator.done:
            self._coordinator.stop(reason, grace_ns=STOP_GRACE_NS)
        self._coordinator.flush()
        return self.status()

    def hear(self, word: Word) -> str:
        """Take up an operator's word; what came of it, in one sentence that the status shows."""
        authority = self._coordinator.authority
        if word.action == PAUSE:
            authority.pause(word.author, word.why)
        elif word.action == KILL:
            authority.kill(word.author, word.why)
        else:
            authority.acknowledge(word.author)
            if authority.state.mode is TradingMode.KILLED:
                authority.revive(word.author, word.why)
            else:
                answer = authority.resume(word.author)
                if isinstance(answer, Refused):
                    self._notes = [*self._notes, {"child": "resume", "why": f"refused: {answer.veto.value}"}]
        return authority.state.mode.name

    def report(self, label: str, extra: dict[str, Any]) -> dict[str, Any]:
        """The truth report over what the ledger holds now."""
        self._coordinator.flush()
        run_id = self._spec.identity.run_id
        answer: dict[str, Any] = ask(self._keeper, self._noted, "analyst", "on_report", run_id, label, extra)
        return answer

    def close(self, ended_at: str, exit_reason: str) -> str:
        """End the run: the ledger is closed with its backup, the children stop from right to left."""
        digest: str = ask(self._keeper, self._noted, "ledger", "on_end", ended_at, exit_reason)
        self._keeper.stop()
        return digest

    def status(self) -> dict[str, Any]:
        """Where the run stands, for the screen, the heartbeat and `astra status`."""
        coordinator = self._coordinator
        state, counters, point = coordinator.state, coordinator.counters, None
        if coordinator.last is not None:
            point = coordinator.last.equity
        return {
            "pid": os.getpid(),
            "done": coordinator.done,
            "window": state.window,
            "now_ns": state.now_ns,
            "start_ns": coordinator.plan.start_ns,
            "end_ns": coordinator.plan.end_ns,
            "opened": state.opened,
            "live_markets": len(coordinator.reports),
            "equity_usd": usd(point.equity_e10) if point else None,
            "drawdown": point.drawdown if point else None,
            "exposure_usd": usd(point.exposure_e10) if point else None,
            "granted_usd": usd(point.granted_e10) if point else None,
            "trading_state": coordinator.last.state.mode.name if coordinator.last else "STARTING",
            "open_orders": sum(report.open_orders for report in coordinator.reports.values()),
            "events": counters.events,
            "decisions": counters.decisions,
            "orders": counters.orders,
            "fills": counters.fills,
            "rejects": counters.rejects,
            "resyncs": counters.resyncs,
            "feed_uptime": 1 - counters.feed_down_ns / counters.feed_open_ns if counters.feed_open_ns else None,
            "vetoes": dict(sorted(counters.vetoes.items(), key=lambda item: -item[1])),
            "cap_breaches": coordinator.journal.breaches,
            "restarts": self._keeper.restarts,
            "digest": coordinator.digest,
            "children": self._children(),
            "notes": self._notes,
        }

    def _children(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "kind": child.spec.kind, "restarts": child.restarts}
            for name, child in self._keeper.children.items()
        ]

    def _start(self) -> Coordinator:
        spec, settings = self._spec, self._spec.settings
        supervision = settings.supervision
        tree = children(
            spec.shards,
            hang_s=supervision.hang_s,
            deaths_max=supervision.restart_deaths_max,
            window_s=int(supervision.restart_window_s),
            market_kind="live_market" if spec.feed.live else "market",
        )
        arguments: dict[str, tuple[Any, ...]] = {
            "ledger": (spec.ledger, spec.identity, spec.settings_json, spec.artifacts),
            "research": (settings,),
            "analyst": (spec.ledger, spec.reports),
        }
        for child in tree:
            index = int(child.name.removeprefix("market-")) if child.name.startswith("market-") else 0
            self._keeper.start(child, *arguments.get(child.kind, (index, spec.feed, settings)))
        plan = self._live_plan() if spec.feed.live else self._replay_plan()
        coordinator = Coordinator(
            plan,
            shards=[self._shard(index) for index in range(spec.shards)],
            ledger=RayLedger(self._keeper, "ledger", noted=self._noted),
            research=RayResearch(self._keeper, "research", noted=self._noted),
            authority=RiskAuthority(settings.risk, usd_e10(settings.run.bankroll_usd), plan.start_ns),
            carry=LedgerCarrier(spec.ledger, spec.identity.run_id) if plan.live else None,
        )
        ray.get(
            self._keeper.children["ledger"].handle.progress.remote()
        )  # the ledger is open, or this raises its reason
        resume = load_resume(spec.ledger, spec.identity.run_id, plan)
        if resume is not None:
            coordinator.resume(resume.saved, resume.commands, resume.leases)
        return coordinator

    def _replay_plan(self) -> RunPlan:
        spec, settings = self._spec, self._spec.settings
        feed, _ = open_feed(spec.feed, settings)
        return RunPlan(
            listings=tuple(sorted(feed.listings(), key=lambda listing: (listing.open_ns, listing.market_id))),
            start_ns=feed.start_ns,
            end_ns=feed.end_ns,
            window_ns=settings.run.window_s * NS_PER_S,
            unattended=spec.feed.kind in ("world", "tape"),
            burn_in_windows=settings.supervision.burn_in_cycles,
            burn_in_failures_max=settings.supervision.burn_in_failures_max,
        )

    def _live_plan(self) -> RunPlan:
        spec, settings = self._spec, self._spec.settings
        file = ListingFile(spec.ledger.with_name(f"listings-{spec.identity.run_id}.json"))
        plan = live_plan(spec.feed, settings, file, now_ns=time.time_ns())
        self._pace = wall_clock(
            spec.feed,
            settings,
            file,
            now_ns=time.time_ns,
            sleep=time.sleep,
            failed=lambda why: self._noted("discovery", why),
        )
        return plan

    def _say_state(self) -> None:
        """A change of the trading state is a line of the log, with its cause."""
        if self._coordinator.last is not None and self._coordinator.last.state != self._said:
            self._said = state = self._coordinator.last.state
            LOG.warning(
                "trading.state",
                mode=state.mode.name,
                trigger=state.trigger.name,
                author=state.author,
                why=state.detail,
                virtual_ns=self._coordinator.state.now_ns,
            )

    def _close_day(self) -> None:
        """Have the truth of a day written once its last window is on disk; nobody waits for it."""
        plan, state = self._coordinator.plan, self._coordinator.state
        day = (state.now_ns - plan.window_ns) // NS_PER_DAY
        if day > self._day:
            self._keeper.children["analyst"].handle.on_day.remote(self._spec.identity.run_id, self._day)
            self._day = day

    def _shard(self, index: int) -> RayShard:
        def histories() -> Sequence[MarketHistory]:
            return self._coordinator.histories_of(index)

        return RayShard(self._keeper, f"market-{index}", histories=histories, noted=self._noted)

    def _noted(self, name: str, why: str) -> None:
        """A child was replaced or something failed beside the run: for the screen, never a part of what is decided."""
        LOG.warning("child.failed", child=name, why=why, window=self._coordinator.state.window if self._started else 0)
        self._notes = [*self._notes, {"child": name, "why": why}][-NOTES_KEPT:]
        index = name.removeprefix("market-")
        if index != name and self._started:
            self._coordinator.keep_counts(int(index))
