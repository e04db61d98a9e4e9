"""What a simulated house is checked for at every barrier and at its end: the watcher's books against everybody else's."""

from __future__ import annotations

from typing import Any, Final

from astra_actors.engine.market_engine import MarketEngine
from astra_actors.ledger.recovery import recover
from astra_actors.ledger.verify import verify
from astra_actors.lockstep.coordinator import Coordinator
from astra_actors.risk.trading_state import Trigger
from astra_actors.simulation.harness.auditor import Auditor, hold
from astra_actors.simulation.harness.books import MarketBooks
from astra_actors.simulation.harness.kept_shard import KeptShard
from astra_actors.simulation.harness.ledger_actor import KeptLedger
from astra_actors.simulation.harness.storm import StormyVenue
from astra_actors.simulation.harness.watch import NO_ORPHANS, TRACED, Watch

CONSERVED: Final = "money is conserved"
REPLAYED: Final = "replay(ledger) == state"
_KEPT: Final = 3  # barriers whose books are kept: a crash never goes further back than the window on its way


class Checks:
    """The checks of a house; a house fills in the parts."""

    live = False
    keep_all = False  # the books of every barrier, for whoever takes the run up at each of them
    watch: Watch
    auditor: Auditor
    coordinator: Coordinator
    ports: list[KeptShard]
    ledger: KeptLedger
    _sealed: dict[int, dict[str, MarketBooks]]
    _bases: dict[int, tuple[Any, dict[str, float]]]
    _mids: dict[str, float]  # by market, at the last barrier at which it had an owner

    @property
    def engines(self) -> dict[str, MarketEngine]:
        """Every market that somebody owns."""
        owned = [port.actor for port in self.ports if not port.actor.superseded]
        return {m: engine for actor in owned for m, engine in actor.shard.engines.items()}

    def _check_barrier(self) -> None:
        coordinator, watch = self.coordinator, self.watch
        hold("no market is poisoned", not coordinator.state.quarantined, str(watch.poisoned))
        excused = (
            watch.late_fills > 0
        )  # no order of ours has passed a cap by that; the authority halts over it all the same
        hold("caps hold at every instant", not coordinator.journal.breaches or excused, "the authority counts a breach")
        window = coordinator.state.window
        owned = [port.actor.shard for port in self.ports if not port.actor.superseded]
        if not self.live and any(shard.memory.window != window for shard in owned):
            # an owner that was taken over had run on; it has told this window once more, and stands in a later one
            watch.permitted, _ = self._bases[window]
            return
        self._check_engines()
        self._check_money()
        assert coordinator.last is not None
        watch.barrier(coordinator.last.equity.equity_e10, coordinator.last.leases)
        doubt = coordinator.authority.holds.get(Trigger.INTEGRITY)
        hold("Astra holds its own promises", doubt is None or excused, str(doubt))
        self._bases[window] = (watch.permitted, dict(self._mids))
        self._sealed[window] = watch.copies()
        if not self.keep_all:
            self._sealed.pop(window - _KEPT, None)
            self._bases.pop(window - _KEPT, None)

    def _check_engines(self) -> None:
        for market_id, engine in self.engines.items():
            books, position = self.watch.books[market_id], engine.position
            held = (position.yes_e6, position.no_e6, position.cash_e10, position.fees_e10)
            told = (books.yes_e6, books.no_e6, books.cash_e10, books.fees_e10)
            hold(REPLAYED, held == told, f"{market_id} holds {held}, the messages say {told}")
            ours = sorted(order.order_id for order in engine.blotter.open_orders())
            hold(REPLAYED, ours == books.open_ids, f"{market_id}: orders {ours}, the messages say {books.open_ids}")
            worst = engine.risk.worst_case_e10(position)
            hold(
                "worst cases are reported right",
                worst == books.worst_e10,
                f"{market_id}: {worst} for {books.worst_e10}",
            )
            venue = engine.venue
            assert isinstance(venue, StormyVenue), "every market trades at the stormy venue"
            known = {*ours, *venue.unanswered}
            orphans = sorted(order_id for order_id in venue.alive if order_id not in known)
            hold(NO_ORPHANS, not orphans, f"{market_id}: {orphans} rest, and nobody knows them")

    def _check_money(self) -> None:
        assert self.coordinator.last is not None
        point, mids = self.coordinator.last.equity, self._mids
        for market_id, engine in self.engines.items():
            mid = engine.book.mid_e4 if engine.book.mid_e4 is not None else engine.last_mid_e4
            mids[market_id] = 5_000.0 if mid is None else mid
        true = self.watch.equity_e10(mids)
        hold(CONSERVED, point.equity_e10 == true, f"equity of {point.equity_e10}, by the messages {true}")

    def _check_end(self) -> None:
        """Nothing rests, and the ledger gives back what everybody believes."""
        store = self.ledger.actor.store
        for market_id, books in self.watch.books.items():
            facts = self.auditor.markets.get(market_id, None)
            told = (books.yes_e6, books.no_e6, books.cash_e10)
            by_facts = (facts.yes_e6, facts.no_e6, facts.cash_e10) if facts is not None else (0, 0, 0)
            hold(REPLAYED, by_facts == told, f"{market_id}: the facts say {by_facts}, the messages {told}")
            hold(NO_ORPHANS, not books.open_ids, f"{market_id}: {books.open_ids} rest after the stop")
            open_by_facts = list(facts.open_orders) if facts is not None else []
            hold(NO_ORPHANS, not open_by_facts, f"{market_id}: by the facts {open_by_facts} rest after the stop")
        left = [order.order_id for order in recover(store.connection, store.lineage).open_orders]
        hold(NO_ORPHANS, not left, f"by the ledger {left} rest after the stop")
        window = verify(store.connection, store.lineage)
        hold(TRACED, window == self.coordinator.state.window, f"the chain ends at {window}")
