"""What owners say, put into effect: orders that may be placed, cancels that always pass, markets that change hands."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from astra_actors.execution.order import Order
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_MS
from astra_actors.venues.clob.account_shared import Shared
from astra_actors.venues.clob.admission import beyond_phase, crowded, fenced
from astra_actors.venues.clob.building import draft_of
from astra_actors.venues.clob.climate import Climate
from astra_actors.venues.clob.filling import Filling
from astra_actors.venues.clob.outgoing import Outgoing
from astra_actors.venues.clob.taking_off import TakingOff
from astra_actors.venues.clob.tracked import Stage, Tracked
from astra_actors.venues.clob.welcome import welcome
from astra_actors.venues.clob.words import NEVER_LEFT, Cancel, Join, Place, Word
from astra_actors.venues.port import Rejected

FORESTALLED_KEPT = 10_000  # cancels that came before their orders; words of one shard overtake each other by moments


class Hearing:
    """The owners' side of the account."""

    __slots__ = ("_climate", "_filling", "_forestalled", "_outgoing", "_shared", "_taking_off", "refused")

    def __init__(
        self, shared: Shared, climate: Climate, filling: Filling, outgoing: Outgoing, taking_off: TakingOff
    ) -> None:
        self._shared, self._climate, self._filling = shared, climate, filling
        self._outgoing, self._taking_off = outgoing, taking_off
        self._forestalled: dict[str, None] = {}
        self.refused = 0

    def hear(self, shard: int, words: Sequence[Word], known: Collection[str], now_ms: int) -> None:
        """Take the words of a shard in their order."""
        self._shared.telling.meet(shard)
        for word in words:
            if isinstance(word, Place):
                self._place(shard, word, now_ms)
            elif isinstance(word, Cancel):
                self._cancel(shard, word, now_ms)
            else:
                self._join(shard, word, known, now_ms)

    def hindrance(self, one: Tracked, now_ms: int) -> str:
        """Why an order may not leave in this moment; empty when it may."""
        return fenced(self._shared, one, now_ms * NS_PER_MS) or self._climate.why(now_ms)

    def _place(self, shard: int, word: Place, now_ms: int) -> None:
        order = word.order
        known = self._shared.register.by_order(order.order_id)
        if known is not None and known.order.sent_ns == order.sent_ns:
            return  # the same word once more
        try:
            one = self._tracked(word)
        except BadInput as error:
            self._refuse(shard, order, str(error), now_ms)
            return
        why = "its id was used before" if known is not None else ""
        why = why or ("it was cancelled first" if order.order_id in self._forestalled else "")
        why = why or self.hindrance(one, now_ms) or beyond_phase(self._shared, one, self._filling.spent_e10)
        if why := why or crowded(self._shared):
            self._refuse(shard, order, why, now_ms)
            return
        self._filling.stream.announce(one.venue_id, one.order_id, one.market_id, order.sent_ns // NS_PER_MS)
        self._shared.register.add(one)
        self._outgoing.place(one, now_ms)

    def _cancel(self, shard: int, word: Cancel, now_ms: int) -> None:
        one = self._shared.register.by_order(word.order_id)
        if one is None:
            self._forestalled[word.order_id] = None
            if len(self._forestalled) > FORESTALLED_KEPT:
                del self._forestalled[next(iter(self._forestalled))]
            reason = NEVER_LEFT + "the account does not know it"
            self._shared.telling.to_shard(shard, word.market_id, Rejected(word.order_id, now_ms * NS_PER_MS, reason))
        elif not one.is_over and not self._outgoing.withdraw(one, word.reason or "cancelled first", now_ms):
            self._taking_off.want(one, word.reason)

    def _join(self, shard: int, word: Join, known: Collection[str], now_ms: int) -> None:
        if not self._shared.telling.join(shard, word.market_id, word.incarnation, word.open_orders):
            return  # its successor has joined already
        for one in self._shared.register.open_in(word.market_id):
            if one.incarnation < word.incarnation:
                why = f"its owner was followed by incarnation {word.incarnation}"
                if not self._outgoing.withdraw(one, why, now_ms):
                    self._taking_off.want(one, why)
        if self._climate.started:
            welcome(self._shared, self._filling, known, word.market_id, now_ms)

    def _refuse(self, shard: int, order: Order, why: str, now_ms: int) -> None:
        self.refused += 1
        answer = Rejected(order.order_id, now_ms * NS_PER_MS, NEVER_LEFT + why)
        self._shared.telling.to_shard(shard, order.market_id, answer)

    def _tracked(self, word: Place) -> Tracked:
        order, listing = word.order, word.listing
        if order.market_id != listing.condition_id:
            raise BadInput("market_id", order.market_id, f"the listing is of {listing.condition_id}")
        draft = draft_of(order, listing, self._shared.wallet, builder=self._shared.params.builder)
        return Tracked(
            order=order,
            venue_id=draft.venue_id,
            token_id=listing.token_id,
            incarnation=word.incarnation,
            stage=Stage.WRITING,
            draft=draft,
            lease_until_ns=word.lease_until_ns,
        )
