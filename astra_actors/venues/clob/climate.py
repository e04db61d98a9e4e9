"""Whether new orders may rest at all: the heartbeat, the user channel, the pauses after failures, the start and the stop."""

from __future__ import annotations

from astra_actors.kernel.units import NS_PER_MS
from astra_actors.venues.clob.account_params import AccountParams
from astra_actors.venues.clob.throttle import Throttle


class Climate:
    """What stands in the way of new orders, as one sentence; empty when nothing does."""

    __slots__ = ("_begun_ms", "_params", "_throttle", "_up_from_ms", "_up_ms", "apart_ms", "beat_ms", "connections", "down_ms",
                 "misses", "started", "stopping")  # fmt: skip

    def __init__(self, params: AccountParams, throttle: Throttle, now_ms: int) -> None:
        self._params, self._throttle = params, throttle
        self._begun_ms = now_ms
        self._up_ms = self._up_from_ms = 0  # how long the channel was up before, and since when it is
        self.down_ms: int | None = now_ms  # since when the channel is away
        self.connections = 0
        self.misses = 0  # heartbeats in a row
        self.beat_ms = now_ms
        self.apart_ms = 0  # how far the venue's clock is ahead of ours, as it was seen last
        self.started = self.stopping = False

    def on_connected(self, now_ms: int) -> None:
        """The user channel is up."""
        if self.down_ms is not None:
            self.connections += 1
            self._up_from_ms = now_ms
        self.down_ms = None

    def on_disconnected(self, now_ms: int) -> None:
        """The user channel is away."""
        if self.down_ms is None:
            self._up_ms += now_ms - self._up_from_ms
            self.down_ms = now_ms

    def on_heartbeat(self, ok: bool, now_ms: int) -> bool:
        """Count a heartbeat; whether it ends a silence after which the venue may have cancelled everything."""
        mended = ok and self.misses >= self._params.heartbeat_misses_max
        self.misses = 0 if ok else self.misses + 1
        if ok:
            self.beat_ms = now_ms
        return mended

    def why(self, now_ms: int) -> str:
        """Why no new order may leave; empty when it may."""
        params, now_ns = self._params, now_ms * NS_PER_MS
        if self.stopping:
            return "the account is stopping"
        if not self.started:
            return "the account is still compared with the venue"
        if self.misses >= params.heartbeat_misses_max:
            return "the venue takes no heartbeats"
        if self.down_ms is not None and now_ms - self.down_ms > params.channel_grace_ms:
            return "the user channel is away"
        if abs(self.apart_ms) > params.clock_apart_ms_max:
            return f"our clock and the venue's are {abs(self.apart_ms) / 1_000:.0f} s apart"
        if now_ns < self._throttle.paused_until_ns:
            return "three submissions in a row failed"
        return "too many rejects in a row" if now_ns < self._throttle.storm.paused_until_ns else ""

    def uptime(self, now_ms: int) -> float:
        """The share of the time since the beginning in which the user channel was up."""
        up_ms = self._up_ms + (now_ms - self._up_from_ms if self.down_ms is None else 0)
        return up_ms / max(1, now_ms - self._begun_ms)
