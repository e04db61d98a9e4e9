"""Cancels: said again until it is proven that the order can trade no more, since an answer may be lost or mean nothing."""

from __future__ import annotations

from collections.abc import Iterator

from astra_actors.kernel.errors import WireError
from astra_actors.kernel.units import NS_PER_MS
from astra_actors.venues.clob.account_shared import Shared
from astra_actors.venues.clob.deeds import TakeOff, TakeOffAll
from astra_actors.venues.clob.fates import CancelFate, cancel_fate
from astra_actors.venues.clob.limits import Call
from astra_actors.venues.clob.proving import is_leaving
from astra_actors.venues.clob.replies import CancelReply, read_cancel
from astra_actors.venues.clob.signals import Reply, signal_of
from astra_actors.venues.clob.tracked import Stage, Tracked


class TakingOff:
    """The orders that are to be off the book."""

    __slots__ = ("_all_number", "_all_wanted", "_shared", "_under_way", "_wanted", "requests")

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._wanted: dict[str, Tracked] = {}
        self._under_way: dict[int, tuple[Tracked, ...]] = {}
        self._all_wanted, self._all_number = False, 0
        self.requests = 0

    def want(self, one: Tracked, why: str) -> None:
        """Have it taken off; the first reason stands."""
        if not one.is_over:
            one.cancel_why = one.cancel_why or why or "cancelled"
            self._wanted[one.venue_id] = one

    def want_all(self) -> None:
        """Begin with one request for everything; each order is then taken off by itself until that is proven."""
        self._all_wanted = True

    def deeds(self, now_ms: int) -> Iterator[TakeOff | TakeOffAll]:
        """What to cancel now."""
        if self._all_wanted:
            if self._shared.throttle.admit_cancels(1, now_ms * NS_PER_MS, Call.CANCEL_ALL) is None:
                self._all_wanted, self._all_number = False, next(self._shared.numbers)
                self.requests += 1
                yield TakeOffAll(self._all_number)
            return
        if self._all_number:
            return  # its answer says of each order whether it is off
        due = self._due(now_ms)
        while due and (count := self._admitted(len(due), now_ms)):
            batch, due = tuple(due[:count]), due[count:]
            number = next(self._shared.numbers)
            self._under_way[number] = batch
            self.requests += 1
            for one in batch:
                one.cancel_number = number
            yield TakeOff(number, tuple(one.venue_id for one in batch))

    def on_taken_off(self, number: int, reply: Reply, body: bytes, now_ms: int) -> list[Tracked]:
        """What the answer says of each order; returns those it concerns."""
        is_all = number == self._all_number and number > 0
        batch = tuple(self._wanted.values()) if is_all else self._under_way.pop(number, ())
        if not batch and not is_all:
            return []
        self._shared.throttle.on_cancel_reply(signal_of(reply), now_ms * NS_PER_MS, retry_after_s=reply.retry_after_s)
        said = _read(reply, body)
        if is_all:
            self._all_number = 0
            self._shared.throttle.on_cancelled(len(said.canceled), now_ms * NS_PER_MS)
        for one in batch:
            self._take(one, cancel_fate(said, one.venue_id), now_ms, repeat=not is_all)
        return list(batch)

    @property
    def wanted(self) -> int:
        """Orders that are to be off and are not proven to be."""
        return sum(not one.is_over for one in self._wanted.values())

    def _due(self, now_ms: int) -> list[Tracked]:
        self._wanted = {venue_id: one for venue_id, one in self._wanted.items() if not one.is_over}
        return [
            one
            for one in self._wanted.values()
            if one.stage in (Stage.SENDING, Stage.OUT)
            and not one.cancel_number
            and now_ms >= one.cancel_again_ms
            and not is_leaving(one, now_ms, self._shared)
        ]

    def _admitted(self, count: int, now_ms: int) -> int:
        """How many of them one request may take off now; a smaller one passes earlier."""
        count = min(count, self._shared.throttle.cancel_batch_max())
        while count and self._shared.throttle.admit_cancels(count, now_ms * NS_PER_MS) is not None:
            count //= 2
        return count

    def _take(self, one: Tracked, fate: CancelFate, now_ms: int, *, repeat: bool) -> None:
        one.cancel_number = 0
        one.cancel_again_ms = now_ms + (self._shared.params.cancel_repeat_ms if repeat else 0)
        if fate is CancelFate.CANCELLED:
            one.over_ms = min(one.over_ms or now_ms, now_ms)
            one.show(now_ms)
        elif fate is CancelFate.NOT_LISTED:
            one.doubted = True


def _read(reply: Reply, body: bytes) -> CancelReply:
    if reply.status != 200:
        return CancelReply()
    try:
        return read_cancel(body)
    except WireError:
        return CancelReply()
