"""The Supervisor: the one portfolio view, and the keeper of the tree. Started again by Ray, it recovers from the ledger."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from actors.analyst import AnalystActor
from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec, open_feed
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_S, usd
from astra_actors.ledger.alert_rows import AlertRow
from astra_actors.ledger.runs import RunIdentity
from astra_actors.lockstep.coordinator import Coordinator
from astra_actors.lockstep.run_plan import RunPlan
from astra_actors.reporting.alerts import Alert
from astra_actors.reporting.logging import configure_logging, get_logger
from astra_actors.risk.trading_state import TradingState
from supervision.alert_post import AlertPost
from supervision.control import Answer, Word
from supervision.desk import open_orders, take_up
from supervision.gauges import Gauges
from supervision.household import Household
from supervision.keeper import DIED, BudgetSpent
from supervision.live_override import note_override
from supervision.live_run import listing_file, live_plan, stop_grace_ns, wall_clock
from supervision.pace import LockStep, Pace
from supervision.ray_ports import ask, replace_child
from supervision.tree import Tree

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
    key_socket: Path | None = None  # where the Gateway fetches the account's keys; None on paper


class Supervisor:
    """Own the risk authority and the children of one run.

    `advance` that returned has moved the run to a barrier whose window is at least on its way to the ledger; one that raised
    may be called again on a successor, which starts from the last window the ledger holds.
    """

    def __init__(self, spec: RunSpec) -> None:
        self._spec = spec
        self._pace: Pace = LockStep(now_ns=time.monotonic_ns, sleep=time.sleep, speed=spec.settings.run.speed)
        self._tree, self._gauges = Tree(now_ns=time.time_ns), Gauges()
        self._notes: list[dict[str, str]] = []
        self._said: TradingState | None = None
        self._halted = False
        self._clearing_s = 0.0
        self._cleared: dict[str, Any] | None = None  # what the Gateway proved at the end
        configure_logging(
            "supervisor", spec.ledger.parent, now_ns=time.time_ns, console=None, run_id=spec.identity.run_id
        )
        self._post = AlertPost(spec.settings.alerts, ask_again=self._ask_day_again)
        self._analyst: Any = None  # the process that was asked for a day
        self._house = Household(spec, noted=self._noted)
        self._keeper = self._house.keeper
        self._coordinator = self._house.open(self._live_plan if spec.feed.live else self._replay_plan)
        self._post.begin(self._coordinator)
        note_override(self._coordinator, spec.settings)
        self._day = self._asked_day = self._coordinator.state.now_ns // NS_PER_DAY

    def __repr__(self) -> str:
        feed, state = self._spec.feed.kind, self._coordinator.state
        return f"Supervisor(feed={feed}, shards={self._spec.shards}, started at window {state.window})"  # Ray reads it once

    def advance(self, budget_s: float) -> dict[str, Any]:
        """Run windows for about `budget_s` seconds of real time, or to the end; says where the run stands."""
        until = time.monotonic() + budget_s
        coordinator = self._coordinator
        while not coordinator.done and not self._house.given_up:
            self._pace.turn(coordinator, until - time.monotonic())
            if self._house.gateway is not None:
                self._house.gateway.look()
            self._close_day()
            self._say_state()
            self._post.look()
            if time.monotonic() >= until:
                break
        if self._house.given_up:
            self._halt()
        elif coordinator.done:
            self._begin_clearing()
            coordinator.complete()
            coordinator.flush()
            self._prove_clear()
            self._post.look()
        return self.status()

    def stop(self, reason: str) -> dict[str, Any]:
        """Cancel everything, prove it, write the last window; children go on until `close`."""
        self._begin_clearing()
        if not self._coordinator.done:
            self._coordinator.stop(reason, grace_ns=stop_grace_ns(self._spec.settings))
        self._coordinator.flush()
        self._prove_clear()
        self._post.look()
        return self.status()

    def _begin_clearing(self) -> None:
        """At a venue elsewhere, have everything taken off while the shards say the same of their own orders."""
        if self._house.gateway is not None and self._cleared is None:
            self._clearing_s = time.monotonic()
            self._house.gateway.begin_stop(self._spec.settings.live.cancel_timeout_s)

    def _prove_clear(self) -> None:
        """Wait for the proof that nothing of ours rests there; what is not proven is listed."""
        if self._house.gateway is not None and self._cleared is None:
            proof = self._house.gateway.finish_stop()
            self._cleared = {**proof, "seconds": round(time.monotonic() - self._clearing_s, 3)}

    def _halt(self) -> None:
        """Something is lost without which nothing can go on: cancel everything, once, with what is left."""
        if not self._halted:
            self._halted = True
            self._begin_clearing()
            self._coordinator.stop(self._house.given_up, grace_ns=stop_grace_ns(self._spec.settings))
            self._prove_clear()
            self._post.look()

    def hear(self, word: Word) -> Answer:
        """Take up an operator's word: when this returns, what it stops has stopped, and the ledger has the word."""
        answer = take_up(word, self._coordinator, self._pace)
        self._say_state()
        self._post.look()
        return answer

    def exchange_alerts(self, rows: Sequence[AlertRow]) -> list[Alert]:
        """Write what people were told, and give what they should be told now."""
        if rows:
            ask(self._keeper, self._house.care, "ledger", "on_alerts", rows)
        return self._post.take()

    def report(self, label: str, extra: dict[str, Any]) -> dict[str, Any]:
        """The truth report over what the ledger holds now."""
        self._coordinator.flush()
        run_id = self._spec.identity.run_id
        try:
            answer: dict[str, Any] = ask(self._keeper, self._house.care, "analyst", "on_report", run_id, label, extra)
        except BudgetSpent:  # the last word on a run is worth more than a process of its own
            answer = AnalystActor(self._spec.ledger, self._spec.reports).on_report(run_id, label, extra)
        return answer

    def close(self, ended_at: str, exit_reason: str) -> str:
        """End the run: the ledger is closed with its backup, the children stop from right to left."""
        self._house.chronicle.settle(self._spec.settings.supervision.stop_timeout_s)
        digest = self._coordinator.digest
        with contextlib.suppress(BudgetSpent):  # a ledger that was given up is closed
            digest = ask(self._keeper, self._house.care, "ledger", "on_end", ended_at, exit_reason)
        self._house.close()
        return digest

    def status(self) -> dict[str, Any]:
        """Where the run stands, for the screen, the heartbeat and `astra status`."""
        coordinator = self._coordinator
        state, counters, point = coordinator.state, coordinator.counters, None
        if coordinator.last is not None:
            point = coordinator.last.equity
        status = {
            "pid": os.getpid(),
            "done": coordinator.done,
            "window": state.window,
            "now_ns": state.now_ns,
            "start_ns": coordinator.plan.start_ns,
            "end_ns": coordinator.plan.end_ns,
            "opened": state.opened,
            "live_markets": len(coordinator.reports),
            "equity_usd": usd(point.equity_e10) if point else None,
            "peak_usd": usd(point.peak_e10) if point else None,
            "drawdown": point.drawdown if point else None,
            "exposure_usd": usd(point.exposure_e10) if point else None,
            "reserved_usd": usd(
                sum(max(0, r.worst_case_e10 - r.positions_worst_e10) for r in coordinator.reports.values())
            ),
            "granted_usd": usd(point.granted_e10) if point else None,
            "trading_state": coordinator.last.state.mode.name if coordinator.last else "STARTING",
            "holds": [trigger.name for trigger in coordinator.authority.holds],
            "open_orders": open_orders(coordinator),
            "events": counters.events,
            "decisions": counters.decisions,
            "orders": counters.orders,
            "fills": counters.fills,
            "rejects": counters.rejects,
            "resyncs": counters.resyncs,
            "feed_connected": _feed_connected(coordinator),
            "feed_uptime": 1 - counters.feed_down_ns / counters.feed_open_ns if counters.feed_open_ns else None,
            "vetoes": dict(sorted(counters.vetoes.items(), key=lambda item: -item[1])),
            "cap_breaches": coordinator.journal.breaches,
            "unseen_entity_rate": coordinator.journal.unseen_entity_rate,
            "restarts": self._keeper.restarts,
            "digest": coordinator.digest,
            "given_up": self._house.given_up,
            "epoch": self._keeper.epoch,
            "notes": self._notes,
            "alerts_waiting": self._post.waiting,
            "gateway": self._house.gateway.seen if self._house.gateway is not None else None,
            "cleared": self._cleared,
            **self._tree.seen(coordinator, self._keeper, self._notes),
        }
        self._gauges.tell(status, time.time_ns())
        return status

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
        file = listing_file(spec.ledger, spec.identity.run_id)
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
            self._asked_day, self._day = self._day, day
            self._post.day(self._ask_day())

    def _ask_day(self) -> Any:
        about = (self._spec.identity.run_id, self._asked_day, self._keeper.restarts, self._spec.feed.live)
        self._analyst = self._keeper.children["analyst"].handle
        return self._analyst.on_day.remote(*about)

    def _ask_day_again(self, error: Exception) -> Any:
        """Nobody waits for the Analyst, so nobody else sees it die; its successor is asked. None: the day stays unwritten."""
        if not isinstance(error, DIED):
            return None
        try:
            if self._keeper.children["analyst"].handle is self._analyst:
                replace_child(self._keeper, self._house.care, "analyst", error)
        except BudgetSpent:
            return None
        return self._ask_day()

    def _noted(self, name: str, why: str) -> None:
        """A child was replaced or something failed beside the run: for the screen, never a part of what is decided."""
        LOG.warning("child.failed", child=name, why=why)
        self._notes = [*self._notes, {"child": name, "why": why}][-NOTES_KEPT:]
        self._post.failed(name, why, child=name in self._house.keeper.children)


def _feed_connected(coordinator: Coordinator) -> bool | None:
    """Whether any market's book can be trusted, as it reported last; None before there was one."""
    quarantined = coordinator.state.quarantined
    downs = [report.feed_down_ns for name, report in coordinator.reports.items() if name not in quarantined]
    known = [down_ns for down_ns in downs if down_ns is not None]
    return min(known) == 0 if known else None
