"""The exchange at work: state, keys, disk, listeners and phases, with the time handed in; HTTP and sockets stand before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from astra_actors.venues.exchange import clockwork
from astra_actors.venues.exchange.cancelling import cancel_where
from astra_actors.venues.exchange.hub import Hub
from astra_actors.venues.exchange.keys import ApiKey, KeyRing
from astra_actors.venues.exchange.modes import Buckets, Modes
from astra_actors.venues.exchange.state import Exchange
from astra_actors.venues.exchange.store import Store
from astra_actors.venues.exchange.user_frames import notice_of

_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One row of `/notifications`."""

    id: int
    owner: str
    payload: dict[str, Any]
    type: int
    at_s: int


class Venue:
    """Everything one process of the exchange holds. `clock_ms` gives the time in ms since 1970; nothing here reads one."""

    def __init__(self, x: Exchange, store: Store, clock_ms: Callable[[], int], *, tier: str = "standard") -> None:
        self.x, self.store, self._clock_ms = x, store, clock_ms
        self.ring = KeyRing(x)
        self.hub = Hub(x, self.now_ms)
        self.modes = Modes(x.timing)
        self.buckets = Buckets(tier)
        self.requests = 0
        self.refused: Counter[str] = Counter()  # what was refused, by its text, long ones cut
        self.notifications: list[Notification] = []
        self._swept_ms = self._faulted_ms = self._noted = 0
        self.resumed = store.load(x, self.ring)
        if self.resumed:
            clockwork.resume(x)

    def now_ms(self) -> int:
        """The venue's clock, with the skew it was given."""
        return self._clock_ms() + round(self.x.faults.rate("clock_skew_s") * 1_000)

    def commit(self) -> None:
        """Put on disk what changed, then tell everyone."""
        self._notify()
        self.store.write(self.x, self.ring)
        self.hub.publish()

    def tick(self) -> None:
        """Let time do its work: what is due, dead man's switches, faults of time."""
        now_ms = self.now_ms()
        clockwork.advance(self.x, now_ms)
        if now_ms - self._swept_ms >= self.x.timing.sweep_ms:
            self._swept_ms = now_ms
            self._sweep_heartbeats(now_ms)
            self.hub.release()
        self._strike(now_ms)
        if now_ms // _MINUTE_MS != self._noted:
            self._noted = now_ms // _MINUTE_MS
            self._note_prices(now_ms)
        self.commit()

    def cancel_all(
        self, key: ApiKey, now_ms: int, *, market: str = "", asset: str = ""
    ) -> tuple[list[str], dict[str, str]]:
        """Cancel a key's orders in every wallet its signer has."""
        canceled: list[str] = []
        rest: dict[str, str] = {}
        for account in self.x.accounts.values():
            if account.signer.lower() == key.address.lower():
                done = cancel_where(self.x, key.key, account.address, now_ms, market=market, asset=asset)
                canceled += done.canceled
                rest.update(done.not_canceled)
        return canceled, rest

    def beat(self, key: ApiKey, beat_id: str, now_ms: int) -> tuple[bool, str]:
        """A heartbeat: whether its id was the expected one, and the next id, or the expected."""
        if key.beat_due_ms and beat_id != key.beat_id:
            return False, key.beat_id
        key.beat_id = self.x.uuid("beat", key.key, now_ms, self.requests)
        key.beat_due_ms = now_ms + self.x.timing.heartbeat_ms
        self.ring.dirty[key.key] = None
        return True, key.beat_id

    def _note_prices(self, now_ms: int) -> None:
        """One point of price history a minute: the middle of the book."""
        for market in self.x.markets.values():
            bid, ask = self.x.books[market.condition_id].top(yes=True)
            if bid is not None and ask is not None and not market.closed:
                market.note(now_ms, (bid + ask) // 2)

    def _sweep_heartbeats(self, now_ms: int) -> None:
        for key in list(self.ring.keys.values()):
            if not key.beat_due_ms or key.revoked:
                continue
            share = self.x.timing.sweep_ms / _MINUTE_MS
            if now_ms > key.beat_due_ms or self.x.faults.hits("heartbeat_lapse", key.key, now_ms, share=share):
                self.cancel_all(key, now_ms)

    def _strike(self, now_ms: int) -> None:
        """Faults whose rate is a time's: asked once a second for the part of a minute that has passed."""
        passed = now_ms - self._faulted_ms
        if 0 <= passed < 1_000:
            return
        self._faulted_ms, share = now_ms, min(passed, _MINUTE_MS) / _MINUTE_MS
        faults, timing = self.x.faults, self.x.timing
        if faults.hits("restart", now_ms, share=share):
            self.restart(now_ms)
        if faults.hits("cancel_only", now_ms, share=share):
            self.modes.cancel_only_until_ms = now_ms + timing.halt_ms
        if faults.hits("disabled", now_ms, share=share):
            self.modes.disabled_until_ms = now_ms + timing.halt_ms
        if faults.rate("venue_cancel"):
            clockwork.drop_some(self.x, share, now_ms)
        for ear in list(self.hub.everyone):
            if faults.hits("drop_socket", ear.number, now_ms, share=share):
                ear.close()
            if faults.hits("half_open", ear.number, now_ms, share=share):
                ear.dead = True
            if faults.hits("silence", ear.number, now_ms, share=share):
                ear.silent_until_ms = now_ms + timing.halt_ms

    def restart(self, now_ms: int, *, ms: int | None = None, post_only_ms: int | None = None) -> None:
        """The engine restarts: no orders for a while; what rested stays or goes as the switch says."""
        self.modes.restart(now_ms, ms=ms, post_only_ms=post_only_ms)
        if self.x.switches.restart_orders == "cancelled":
            for market_id in self.x.markets:
                clockwork.wipe(self.x, market_id, now_ms)

    def _notify(self) -> None:
        """Fills and cancellations leave a row for `/notifications`."""
        for owner, _, frame in self.x.users:
            kind = {"UPDATE": 2, "CANCELLATION": 1}.get(frame["type"]) if frame["event_type"] == "order" else None
            if kind is not None:
                number = self.notifications[-1].id + 1 if self.notifications else 1
                payload = notice_of(frame, self.x.markets[frame["market"]])
                self.notifications.append(
                    Notification(
                        id=number, owner=owner, payload=payload, type=kind, at_s=int(frame["timestamp"]) // 1_000
                    )
                )
        del self.notifications[:-10_000]
