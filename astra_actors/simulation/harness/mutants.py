"""Deliberately broken Astras: what the checkers have to catch, so that their silence means something.

Each mutant changes one rule while it is in force and names the promises it may break. Nothing but `astra chaos --mutant`
and the tests of the checkers ever turns one on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from astra_actors.engine import answers, evaluation, sending
from astra_actors.engine.live_shard import LiveShard
from astra_actors.engine.market_engine import MarketEngine
from astra_actors.engine.window_memory import WindowMemory
from astra_actors.execution.order import Order, OrderEvent, OrderState
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.facts import OrderFilled, OrderIntended
from astra_actors.market.book import BookState, MarketBook
from astra_actors.market.events import FeedInterrupted
from astra_actors.risk import dealing
from astra_actors.risk.authority_state import MarketAccount
from astra_actors.risk.lease import Lease
from astra_actors.risk.reservation import MarketRisk
from astra_actors.signals.flow import FlowSignals
from astra_actors.simulation.harness.kept_shard import KeptShard
from astra_actors.venues.paper import PaperVenue
from astra_actors.venues.port import Cancelled


class Patch:
    """Attributes that are other than they should be, until `undo`."""

    def __init__(self) -> None:
        self._kept: list[tuple[Any, str, Any]] = []

    def set(self, where: Any, name: str, value: Any) -> None:
        """Put another value in an attribute's place."""
        self._kept.append((where, name, getattr(where, name)))
        setattr(where, name, value)

    def undo(self) -> None:
        """Put everything back."""
        for where, name, value in reversed(self._kept):
            setattr(where, name, value)
        self._kept.clear()


@dataclass(frozen=True, slots=True)
class Mutant:
    """One broken rule, and the promises by which it may be caught."""

    name: str
    about: str
    install: Callable[[Patch], None]
    breaks: tuple[str, ...]


@contextmanager
def broken(name: str) -> Iterator[None]:
    """Run with one mutant in force; an empty name is Astra as it is. Raises `BadInput` for a name nobody knows."""
    patch = Patch()
    if name:
        if name not in MUTANTS:
            raise BadInput("mutant", name, f"choose one of {', '.join(MUTANTS)}")
        MUTANTS[name].install(patch)
    try:
        yield
    finally:
        patch.undo()


def _reservation_forgotten_on_reject(patch: Patch) -> None:
    honest_release, honest_changed = MarketRisk.release, answers._changed
    rejected: dict[str, None] = {}

    def changed(engine: MarketEngine, order: Order, event: OrderEvent, *rest: Any) -> None:
        if event is OrderEvent.REJECT:
            rejected[order.order_id] = None
        honest_changed(engine, order, event, *rest)

    def release(risk: MarketRisk, order_id: str) -> None:
        if order_id not in rejected:
            honest_release(risk, order_id)

    patch.set(answers, "_changed", changed)
    patch.set(MarketRisk, "release", release)


def _grant_returned_on_silence(patch: Patch) -> None:
    def nothing_held(account: MarketAccount) -> int:
        return account.worst_e10

    patch.set(MarketAccount, "spent_e10", property(nothing_held))
    _unchecked(patch)


def _lease_ignored(patch: Patch) -> None:
    honest, honest_view = MarketRisk.try_reserve, evaluation._view

    def generous(risk: MarketRisk, order: Any, position: Any, orders: Any, lease: Any, now_ns: int) -> Any:
        big = Lease(
            lease_id="big", market_id=risk.market_id, incarnation=1, limit_e10=10**16, granted_ns=0, expires_ns=1 << 62
        )
        return honest(risk, order, position, orders, big, now_ns)

    def rich(*arguments: Any) -> Any:
        return msgspec.structs.replace(honest_view(*arguments), budget_e10=10**13, cap_e10=10**13)

    patch.set(MarketRisk, "try_reserve", generous)
    patch.set(evaluation, "_view", rich)


def _lease_never_ends(patch: Patch) -> None:
    honest = LiveShard._tick

    def timeless(shard: LiveShard, engine: MarketEngine, now_ns: int) -> None:
        engine.lease = engine.lease.until(1 << 62) if engine.lease is not None else None
        honest(shard, engine, now_ns)

    patch.set(LiveShard, "_tick", timeless)


def _lease_too_large(patch: Patch) -> None:
    honest = dealing._terms

    def generous(*arguments: Any) -> Any:
        limit_e10, reduce_only = honest(*arguments)
        return 3 * limit_e10, reduce_only

    patch.set(dealing, "_terms", generous)
    _unchecked(patch)


def _unchecked(patch: Patch) -> None:
    """The authority's own check of its sums is out as well: the checkers have to see it by themselves."""
    patch.set(dealing, "_check_escrow", lambda *_: None)


def _fill_booked_twice(patch: Patch) -> None:
    honest = answers._filled

    def twice(engine: MarketEngine, order: Order, event: OrderEvent, fill: Any, now_ns: int) -> None:
        honest(engine, order, event, fill, now_ns)
        engine.position.apply_fill(order.token, order.side, fill.price_e4, fill.size_e6, fill.fee_e10)

    patch.set(answers, "_filled", twice)


def _fill_recorded_twice(patch: Patch) -> None:
    honest = answers._filled

    def twice(engine: MarketEngine, order: Order, event: OrderEvent, fill: Any, now_ns: int) -> None:
        honest(engine, order, event, fill, now_ns)
        again = next(fact for fact in reversed(engine.facts) if isinstance(fact, OrderFilled))
        engine.seq += 1
        engine.facts.append(msgspec.structs.replace(again, seq=engine.seq))

    patch.set(answers, "_filled", twice)


def _double_fill(patch: Patch) -> None:
    honest = PaperVenue.on_trade

    def twice(venue: PaperVenue, now_ns: int, *rest: Any) -> None:
        honest(venue, now_ns, *rest)
        honest(venue, now_ns, *rest)

    patch.set(PaperVenue, "on_trade", twice)


def _stale_owner_heard(patch: Patch) -> None:
    def anybody(port: KeptShard, answer: Any) -> bool:
        return True

    def nobody_is_old(memory: WindowMemory, epoch: int, incarnation: int) -> None:
        memory.epoch = epoch

    patch.set(KeptShard, "hears", anybody)
    patch.set(WindowMemory, "heed", nobody_is_old)


def _cancel_proves_too_early(patch: Patch) -> None:
    honest = sending._cancel

    def hasty(engine: MarketEngine, order_id: str, *rest: Any) -> Any:
        line = honest(engine, order_id, *rest)
        engine.risk.release(order_id)
        return line

    def see(risk: MarketRisk, open_orders: Any) -> None:
        live = [order for order in open_orders if order.state is not OrderState.CANCELLING]
        honest_see(risk, live)

    honest_see = MarketRisk.see
    patch.set(sending, "_cancel", hasty)
    patch.set(MarketRisk, "see", see)


def _cancel_never_sent(patch: Patch) -> None:
    def lie(venue: PaperVenue, order_id: str, now_ns: int) -> None:
        venue._answers.append(Cancelled(order_id, now_ns))

    patch.set(PaperVenue, "cancel", lie)


def _intent_not_written(patch: Patch) -> None:
    honest = MarketEngine.emit

    def silent(engine: MarketEngine, fact: Any, *arguments: Any, **columns: Any) -> None:
        if fact is not OrderIntended:
            honest(engine, fact, *arguments, **columns)

    patch.set(MarketEngine, "emit", silent)


def _taker_price(patch: Patch) -> None:
    honest = answers._filled

    def better(engine: MarketEngine, order: Order, event: OrderEvent, fill: Any, now_ns: int) -> None:
        honest(engine, order, event, replace(fill, price_e4=fill.price_e4 - 100), now_ns)

    patch.set(answers, "_filled", better)


def _doubt_ignored(patch: Patch) -> None:
    honest = MarketBook.apply

    def trusting(book: MarketBook, event: Any) -> bool:
        return False if isinstance(event, FeedInterrupted) and book.state is BookState.LIVE else honest(book, event)

    patch.set(MarketBook, "apply", trusting)
    patch.set(FlowSignals, "on_gap", lambda _: None)


_WORST: Final = "worst cases are reported right"
_REPLAY: Final = "replay(ledger) == state"
_CAPS: Final = "caps hold at every instant"
_GRANTS: Final = "grants stay within caps"
_TOLD: Final = ("a fill fits its order", "a dead order fills nothing", "what remains of an order is told right")
_INTENDED: Final = ("an order is intended before it changes", "every fill has an intent before it")
_LISTED: Final = (
    Mutant(
        "reservation_forgotten_on_reject",
        "a rejected order keeps its reservation for ever",
        _reservation_forgotten_on_reject,
        (_WORST,),
    ),
    Mutant(
        "grant_returned_on_silence",
        "a lease that may still be used counts for nothing",
        _grant_returned_on_silence,
        (_CAPS, _GRANTS),
    ),
    Mutant("lease_ignored", "orders are reserved against a million dollars", _lease_ignored, (_CAPS, "fail closed")),
    Mutant("lease_never_ends", "nobody has to have a lease renewed", _lease_never_ends, ("fail closed",)),
    Mutant("lease_too_large", "three times what was set aside is dealt out", _lease_too_large, (_CAPS, _GRANTS)),
    Mutant("double_fill", "the venue lets every print fill twice", _double_fill, ("paper is honest",)),
    Mutant("fill_booked_twice", "the position takes every fill two times", _fill_booked_twice, (_REPLAY, _CAPS)),
    Mutant("fill_recorded_twice", "the ledger gets every fill two times", _fill_recorded_twice, _TOLD),
    Mutant(
        "stale_owner_heard",
        "an owner that was replaced is still obeyed and believed",
        _stale_owner_heard,
        ("stale owners are fenced off",),
    ),
    Mutant(
        "cancel_proves_too_early",
        "a cancel that was sent counts as the order's death",
        _cancel_proves_too_early,
        (_CAPS, _WORST),
    ),
    Mutant(
        "cancel_never_sent",
        "every cancel is acknowledged, and the order goes on resting",
        _cancel_never_sent,
        ("no orphan orders",),
    ),
    Mutant("intent_not_written", "orders leave without a word in the ledger", _intent_not_written, _INTENDED),
    Mutant(
        "taker_price",
        "fills are booked a cent better than their limit",
        _taker_price,
        (_REPLAY, "a maker fills at its limit"),
    ),
    Mutant("doubt_ignored", "a broken stream does not put the book in doubt", _doubt_ignored, ("fail closed",)),
)
MUTANTS: Final[dict[str, Mutant]] = {mutant.name: mutant for mutant in _LISTED}
