"""Orders on their way out: written, admitted, sent once, and what the reply proved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from astra_actors.execution.order import OrderState
from astra_actors.kernel.units import NS_PER_MS
from astra_actors.venues.clob.account_shared import Shared
from astra_actors.venues.clob.building import BATCH_MAX, Draft
from astra_actors.venues.clob.deeds import Post
from astra_actors.venues.clob.ending import end
from astra_actors.venues.clob.fates import Fate, Outcome, fates_of
from astra_actors.venues.clob.signals import Reply, Signal, signal_of
from astra_actors.venues.clob.tracked import Stage, Tracked
from astra_actors.venues.clob.words import NEVER_LEFT


class Outgoing:
    """The queue of orders that may leave. An order is in one request of its life, whatever becomes of that request."""

    __slots__ = ("_queue", "_shared", "_under_way", "refused", "sent", "unsure")

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._queue: dict[str, Tracked] = {}
        self._under_way: dict[int, tuple[Tracked, ...]] = {}
        self.sent = self.refused = self.unsure = 0

    def place(self, one: Tracked, now_ms: int) -> None:
        """Have its intent written; it is ready to leave when that is done."""
        self._shared.journal.write(one.intent(now_ms), lambda _: self._ready(one))

    def withdraw(self, one: Tracked, why: str, now_ms: int) -> bool:
        """Take back an order that has not left; False when it has, or may have."""
        if one.stage not in (Stage.WRITING, Stage.READY):
            return False
        self._queue.pop(one.venue_id, None)
        end(self._shared, one, OrderState.REJECTED, NEVER_LEFT + why, now_ms)
        return True

    def deeds(self, now_ms: int, hindrance: Callable[[Tracked], str]) -> Iterator[Post]:
        """What may leave now, in requests of up to fifteen; what may not any more is taken back."""
        for one in list(self._queue.values()):
            if why := hindrance(one):
                self.withdraw(one, why, now_ms)
        while self._queue and len(self._under_way) < self._shared.params.posts_in_flight_max:
            batch = tuple(self._queue.values())[:BATCH_MAX]
            if self._shared.throttle.admit_orders(len(batch), now_ms * NS_PER_MS) is not None:
                return
            yield Post(self._send(batch, now_ms), tuple(_leave(one, now_ms) for one in batch))

    def on_posted(self, number: int, reply: Reply, body: bytes, now_ms: int) -> list[tuple[Tracked, Outcome]]:
        """What the reply proves of each order; what it does not prove is asked about."""
        batch = self._under_way.pop(number, ())
        if not batch:
            return []
        signal, now_ns = signal_of(reply), now_ms * NS_PER_MS
        self._shared.throttle.on_submitted(signal, now_ns, retry_after_s=reply.retry_after_s)
        outcomes = list(zip(batch, fates_of(reply, body, [one.venue_id for one in batch]), strict=True))
        for one, outcome in outcomes:
            one.stage, one.given_up_ms = Stage.OUT, now_ms
            self._take(one, outcome, now_ms)
        if signal is Signal.CALM and reply.sent:
            self._weigh([outcome for _, outcome in outcomes], now_ns)
        return outcomes

    @property
    def waiting(self) -> int:
        """Orders that wait for the limits."""
        return len(self._queue)

    @property
    def under_way(self) -> int:
        """Requests without an answer so far."""
        return len(self._under_way)

    def _ready(self, one: Tracked) -> None:
        if one.stage is Stage.WRITING:
            one.stage = Stage.READY
            self._queue[one.venue_id] = one

    def _send(self, batch: Sequence[Tracked], now_ms: int) -> int:
        number = next(self._shared.numbers)
        self._under_way[number] = tuple(batch)
        self.sent += len(batch)
        for one in batch:
            del self._queue[one.venue_id]
        return number

    def _take(self, one: Tracked, outcome: Outcome, now_ms: int) -> None:
        seen = one.shown_ms is not None or one.filled_e6 > 0
        if outcome.fate is Fate.REFUSED and not seen:
            self.refused += 1
            end(self._shared, one, OrderState.REJECTED, outcome.reason, now_ms)
        elif outcome.fate in (Fate.RESTS, Fate.MATCHED, Fate.DELAYED):
            one.show(now_ms)
        else:
            self.unsure += 1

    def _weigh(self, outcomes: Iterable[Outcome], now_ns: int) -> None:
        """Rejects in a row start a pause; one order that rests ends the row."""
        for outcome in outcomes:
            if outcome.fate is Fate.REFUSED:
                self._shared.throttle.storm.on_rejected(now_ns)
            elif outcome.fate is not Fate.UNKNOWN:
                self._shared.throttle.storm.on_accepted()


def _leave(one: Tracked, now_ms: int) -> Draft:
    """Hand out its draft, and keep none: what has left cannot leave again."""
    assert one.draft is not None and one.stage is Stage.READY, "an order leaves once, after its intent is durable"
    draft, one.draft = one.draft, None
    one.stage, one.sent_ms = Stage.SENDING, now_ms
    one.given_up_ms = one.order.expires_ns // NS_PER_MS  # until the reply, or the lack of it, is told
    return draft
