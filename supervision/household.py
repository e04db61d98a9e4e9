"""The tree of one run: its children, set up or taken over, and what follows when one is lost for good.

Start is recover. A Supervisor that comes back finds the children of the one before it by name, goes on with those that live and
stand where the ledger ends, and replaces only the rest.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import ray

from actors.badge import Badge, Hello
from actors.child import LOOKS
from astra_actors.engine.messages import ShardCounters
from astra_actors.kernel.units import usd_e10
from astra_actors.ledger.fencing import read_events
from astra_actors.lockstep.carrying import LedgerCarrier
from astra_actors.lockstep.coordinator import Coordinator
from astra_actors.lockstep.recovery import load_resume, read_only
from astra_actors.lockstep.run_plan import RunPlan
from astra_actors.reporting.logging import get_logger
from astra_actors.risk.authority import RiskAuthority
from supervision.care import DEATHS, LOST_NODE, Care, sentence
from supervision.child_spec import ChildSpec, children, shard_name
from supervision.chronicle import AUTHOR, Chronicle
from supervision.gateway_watch import GatewayWatch
from supervision.keeper import Keeper
from supervision.node_check import code_digest, place_beside_us
from supervision.ray_ports import RayLedger, RayResearch, ask
from supervision.ray_shard import Markets, RayShard
from supervision.vacancy import Vacancy

if TYPE_CHECKING:
    from supervision.supervisor import RunSpec

LOG: Final = get_logger("supervisor")
Noted = Callable[[str, str], None]


class Household:
    """Own the keeper and the coordinator of one run. `given_up` says why it cannot go on, once it cannot."""

    coordinator: Coordinator

    def __init__(self, spec: RunSpec, *, noted: Noted) -> None:
        self._spec, self._noted = spec, noted
        settings, identity = spec.settings.supervision, spec.identity
        self.keeper = Keeper(
            spec.namespace,
            now_ns=time.monotonic_ns,
            seed=identity.seed,
            placement=place_beside_us(spec.feed.tapes, settings.start_timeout_s),
            badge=Badge(
                name="",
                run_id=identity.run_id,
                config_hash=identity.config_hash,
                code=code_digest(),
                epoch=0,
                incarnation=0,
                pulse_timeout_s=settings.pulse_timeout_s,
            ),
        )
        self.care = Care(noted=self._cared, owned=self._owned, spent=self._give_up)
        self.chronicle = Chronicle(self.keeper, window=self._window)
        self.given_up = ""
        self.gateway: GatewayWatch | None = None
        if spec.settings.run.venue == "clob":
            self.gateway = GatewayWatch(self.keeper, self.care)
        self._out: list[int] = []

    def open(self, make_plan: Callable[[], RunPlan]) -> Coordinator:
        """Adopt or start every child, read the ledger, and stand where it ends."""
        living = self._open_ledger()
        threading.Thread(target=self._beat, name="pulse", daemon=True).start()
        for child in self._tree()[1:]:
            self._take(child, living)
        self._remember()
        plan, spec = make_plan(), self._spec
        shards = [self._shard(index, live=plan.live) for index in range(spec.shards)]
        self.coordinator = Coordinator(
            plan,
            shards=shards,
            ledger=RayLedger(self.keeper, "ledger", care=self.care),
            research=RayResearch(self.keeper, "research", care=self.care),
            authority=RiskAuthority(spec.settings.risk, usd_e10(spec.settings.run.bankroll_usd), plan.start_ns),
            carry=LedgerCarrier(spec.ledger, spec.identity.run_id),
        )
        resume = load_resume(spec.ledger, spec.identity.run_id, plan)
        if resume is not None:
            self._wait_for_the_cut_off(shards, living, plan)
        adopted = self._adopt(shards, living, resume.saved.window if resume else 0)
        if resume is not None:
            self.coordinator.resume(resume.saved, resume.commands, resume.leases, adopted)
        self._say_began(living)
        return self.coordinator

    def close(self) -> None:
        """Stop the children from right to left."""
        self.keeper.stop()

    # -- start and adoption -------------------------------------------------------------------------------------------

    def _tree(self) -> tuple[ChildSpec, ...]:
        spec = self._spec
        kind = "live_market" if spec.feed.live else "market"
        elsewhere = spec.settings.run.venue == "clob"
        return children(spec.shards, spec.settings.supervision, market_kind=kind, gateway=elsewhere)

    def _open_ledger(self) -> dict[str, Hello]:
        """Who lives; and from here on, nothing that an earlier Supervisor sends is written."""
        tree = self._tree()
        living = self.keeper.greet(tree)
        ledger = self._take(tree[0], living)
        ray.get(ledger.progress.remote())  # the ledger is open, or this raises its reason
        self.keeper.epoch, _ = ask(self.keeper, self.care, "ledger", "on_epoch")
        return living

    def _take(self, child: ChildSpec, living: Mapping[str, Hello]) -> Any:
        spec = self._spec
        arguments: dict[str, tuple[Any, ...]] = {
            "ledger": (spec.ledger, spec.identity, spec.settings_json, spec.artifacts),
            "research": (spec.settings,),
            "analyst": (spec.ledger, spec.reports),
            "gateway": (spec.settings, spec.ledger, spec.identity.run_id, spec.namespace, spec.key_socket),
        }
        index = int(child.name.rpartition("-")[2]) if child.kind not in arguments else 0
        given = arguments.get(child.kind, (index, spec.feed, spec.settings))
        if child.name in living:
            return self.keeper.adopt(child, living[child.name], *given)
        return self.keeper.start(child, *given)

    def _adopt(self, shards: list[RayShard], living: Mapping[str, Hello], window: int) -> dict[int, ShardCounters]:
        adopted = {}
        for index, shard in enumerate(shards):
            if shard_name(index) in living and (counters := shard.adopt(window)) is not None:
                adopted[index] = counters
        return adopted

    def _remember(self) -> None:
        """A child that dies again and again gets no fresh budget because the Supervisor died as well."""
        with read_only(self._spec.ledger) as connection:
            events = read_events(connection, self._spec.identity.run_id)
        for name in self.keeper.children:
            replaced = [event for event in events if event.child == name and event.kind in (*DEATHS, LOST_NODE)]
            ages_ns = [time.time_ns() - event.at_ns for event in replaced if event.kind in DEATHS]
            self.keeper.remember(name, ages_ns, len(replaced))

    def _say_began(self, living: Mapping[str, Hello]) -> None:
        started = [name for name in self.keeper.children if name not in living]
        for name in started:
            self.chronicle.write("started", name, f"epoch {self.keeper.epoch} began", owns=True)
        if living:
            why = f"took over {', '.join(living)}" + (f"; started anew: {', '.join(started)}" if started else "")
            self._cared("adopted", "supervisor", why)

    def _shard(self, index: int, *, live: bool) -> RayShard:
        markets = Markets(
            histories=lambda: self.coordinator.histories_of(index),
            succeeded=lambda: self._succeeded(index),
            take_out=self._take_out,
            out=lambda why: self._shard_out(index, why),
        )
        return RayShard(self.keeper, index, markets=markets, care=self.care, vacancy=self._vacancy() if live else None)

    def _vacancy(self) -> Vacancy:
        margin_s = self._spec.settings.supervision.takeover_margin_s
        return Vacancy(margin_s=margin_s, now_ns=time.time_ns, sleep=time.sleep)

    def _wait_for_the_cut_off(self, shards: list[RayShard], living: Mapping[str, Hello], plan: RunPlan) -> None:
        """Where a node is out of reach, an owner that did not answer may live on there, until its last lease lapses."""
        if plan.live and self.keeper.placement.out_of_reach():
            for index, shard in enumerate(shards):
                if shard_name(index) not in living:
                    shard.stand_vacant(time.time_ns() + plan.lease_ns)

    def _beat(self) -> None:
        every_s = self._spec.settings.supervision.pulse_timeout_s / LOOKS
        while True:
            try:
                self.keeper.beat()
            except Exception as error:  # without this thread every child would end itself
                LOG.warning("pulse.unsent", why=sentence(error))
            time.sleep(every_s)

    # -- what follows a death -----------------------------------------------------------------------------------------

    def _succeeded(self, index: int) -> None:
        self.coordinator.keep_counts(index)
        self.coordinator.succeeded(index)

    def _take_out(self, market_id: str, why: str) -> None:
        if self.coordinator.journal.knows(market_id):
            self.coordinator.take_out(market_id, why)
            if self.gateway is not None:
                self.gateway.clear_market(market_id, why)

    def _shard_out(self, index: int, why: str) -> None:
        """Its markets' grants stay spent and the account only reduces; the second one, or the last one, halts it."""
        coordinator = self.coordinator
        self._out.append(index)
        self._cared("out", shard_name(index), why)
        coordinator.keep_counts(index)
        for market_id in coordinator.markets_of(index):
            self._take_out(market_id, f"shard {index} is out: {why}")
        if len(self._out) > 1 or self._spec.shards == 1:
            self._give_up(shard_name(index), why)
        else:
            coordinator.authority.reduce(AUTHOR, why)

    def _give_up(self, name: str, why: str) -> None:
        """Nothing can go on without this child: the account is halted, and the run ends at the next turn."""
        if not self.given_up:
            self.given_up = why
            self.coordinator.authority.halt(AUTHOR, why)
            self._cared("halted", name, why)

    def _cared(self, kind: str, name: str, why: str) -> None:
        self.chronicle.write(kind, name, why)
        self._noted(name, why if kind in DEATHS else f"{kind}: {why}")

    def _owned(self, name: str) -> None:
        if name == "ledger":
            self.chronicle.send_again()
        self.chronicle.write("started", name, f"after a {self.keeper.children[name].cause}", owns=True)

    def _window(self) -> int:
        return self.coordinator.state.window if hasattr(self, "coordinator") else 0
