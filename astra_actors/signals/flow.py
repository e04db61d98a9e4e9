"""The flow of one market as a maker feels it, kept up to date event by event and read as one `FlowReading`.

An event costs less than a microsecond, since one comes with every change of a book; composites wait for `reading`.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import msgspec

from astra_actors.kernel.units import NS_PER_S, PRICE_ONE_E4, SIZE_ONE_E6
from astra_actors.signals.microprice import weighted_mid
from astra_actors.signals.params import SignalParams
from astra_actors.signals.regime import spread_regime
from astra_actors.signals.toxicity import cancel_rate, composite, widening
from astra_actors.signals.trade_imbalance import TradeImbalance
from astra_actors.signals.vpin import VolumeBuckets

_HALF_TO_USD: Final = 1.0 / (2 * PRICE_ONE_E4)  # bid + ask in 1/10,000 dollar is twice the mid


class FlowReading(msgspec.Struct, frozen=True, kw_only=True):
    """What the flow says now. `score` is 0 where too little is known, with `insufficient` set; points are dollars."""

    score: float
    insufficient: bool
    toxic: bool
    mild: bool
    regime: str
    microprice_e4: float | None
    churn_per_s: float
    jump: float
    ofi: float  # shares, over the window
    imbalance: float | None
    vpin: float | None
    markout: float | None  # two-minute mean, in points
    markouts: int  # fills behind it
    spread_ticks: float | None
    components: dict[str, float]


class FlowSignals:
    """Take every event of one market; never pooled with another, except for the mean markout of its cluster."""

    __slots__ = (
        "_ask",
        "_ask_size",
        "_bid",
        "_bid_size",
        "_buckets",
        "_buckets_kept",
        "_cancels",
        "_changes",
        "_changes_sum",
        "_cluster_markout",
        "_cluster_markouts",
        "_first_ns",
        "_flow",
        "_flow_sum",
        "_high2",
        "_jumps",
        "_jumps_kept",
        "_low2",
        "_markout",
        "_markouts",
        "_mid2",
        "_roll_ns",
        "_sent",
        "_span_ns",
        "_spreads",
        "_tick",
        "_trades",
        "_volume",
        "params",
    )

    def __init__(self, params: SignalParams) -> None:
        self.params = params
        self._span_ns = params.bucket_s * NS_PER_S
        self._buckets_kept = max(1, params.window_s // params.bucket_s)
        self._jumps_kept = max(1, params.jump_window_s // params.bucket_s)
        self._bid, self._bid_size, self._ask, self._ask_size, self._tick = -1, 0, PRICE_ONE_E4, 0, 100
        self._mid2 = self._high2 = self._low2 = 0  # twice the mid: stays an integer
        self._first_ns, self._roll_ns = -1, 0
        self._changes = self._flow = self._changes_sum = self._flow_sum = 0
        self._buckets: deque[tuple[int, int, int]] = deque()  # (bucket, mid changes, order-flow imbalance)
        self._jumps: deque[tuple[int, int]] = deque()  # (bucket, range), falling: its head is the window's largest
        self._spreads: deque[int] = deque(maxlen=params.spread_quotes)
        self._trades = TradeImbalance(params.trade_window, params.trade_window_s * NS_PER_S)
        self._volume = VolumeBuckets(params.vpin_bucket_shares * SIZE_ONE_E6, params.vpin_buckets)
        self._markouts: deque[float] = deque(maxlen=params.markout_window)
        self._markout = self._cluster_markout = 0.0
        self._cluster_markouts = 0
        self._sent: deque[int] = deque(maxlen=params.cancel_window)  # cancels seen when each quote was sent
        self._cancels = 0

    def on_top(
        self,
        now_ns: int,
        bid_e4: int | None,
        bid_size_e6: int,
        ask_e4: int | None,
        ask_size_e6: int,
        tick_e4: int,
    ) -> None:
        """Take the new top in YES terms; None for an empty side."""
        if now_ns >= self._roll_ns:
            self._roll(now_ns)
        bid, ask = bid_e4 or 0, ask_e4 or PRICE_ONE_E4  # an empty side is the worst price there is
        old_bid, old_ask = self._bid, self._ask
        if old_bid >= 0:  # `ofi.ofi_step`, written out: a call would double the cost of this method
            flow = 0
            if bid >= old_bid:
                flow = bid_size_e6
            if bid <= old_bid:
                flow -= self._bid_size
            if ask <= old_ask:
                flow -= ask_size_e6
            if ask >= old_ask:
                flow += self._ask_size
            self._flow += flow
        self._bid, self._bid_size, self._ask, self._ask_size = bid, bid_size_e6, ask, ask_size_e6
        if tick_e4 != self._tick:
            self._tick = tick_e4
            self._spreads.clear()  # spreads of another grid are no reference for this one
        if 0 < bid < ask < PRICE_ONE_E4:
            self._spreads.append(ask - bid)
            mid2 = bid + ask
            if mid2 != self._mid2:
                self._moved(mid2)

    def on_trade(self, now_ns: int, taker_buys_yes: bool, size_e6: int) -> None:
        """Take one trade, its side in YES terms."""
        self._trades.add(now_ns, taker_buys_yes, size_e6)
        self._volume.add(size_e6, 1.0 if taker_buys_yes else 0.0)

    def on_markout(self, horizon_s: int, points: float) -> None:
        """Take one markout of a fill of ours; only the deciding horizon counts."""
        if horizon_s == self.params.markout_horizon_s:
            self._markouts.append(points)
            self._markout = math.fsum(self._markouts) / len(self._markouts)

    def on_cluster_markouts(self, mean_points: float, count: int) -> None:
        """Take the two-minute mean over all markets of our cluster, as whoever sees them all reports it."""
        self._cluster_markout, self._cluster_markouts = mean_points, count

    def on_quote_sent(self, now_ns: int) -> None:
        """Count one quote sent."""
        self._sent.append(self._cancels)

    def on_cancel(self, now_ns: int) -> None:
        """Count one quote cancelled."""
        self._cancels += 1

    def on_gap(self) -> None:
        """Forget the last top: the next one is no flow. What the mid did meanwhile is still a move."""
        self._bid = -1

    def reading(self, now_ns: int) -> FlowReading:
        """Work out everything there is to say now."""
        if now_ns >= self._roll_ns:
            self._roll(now_ns)
        params = self.params
        median = _median(self._spreads) if self._spreads else None
        two_sided = 0 < self._bid < self._ask < PRICE_ONE_E4
        wide = (
            widening(self._ask - self._bid, median) if two_sided and len(self._spreads) >= params.quotes_min else None
        )
        imbalance, vpin = self._trades.value(now_ns, params.trades_min), self._volume.vpin(params.vpin_buckets_min)
        markouts = len(self._markouts)
        mean = self._markout if markouts >= params.markouts_min else None
        score, insufficient, parts = composite(
            imbalance=imbalance, vpin=vpin, markout=mean, widening=wide, cancel=self._cancel_rate(), params=params
        )
        return FlowReading(
            score=score,
            insufficient=insufficient,
            toxic=score > params.toxic_score or self._loses(mean, markouts),
            mild=mean is not None and mean < params.mild_markout and markouts >= params.mild_markouts_min,
            regime=spread_regime(self._bid, self._ask, self._tick, median, params),
            microprice_e4=weighted_mid(self._bid, self._bid_size, self._ask, self._ask_size) if two_sided else None,
            churn_per_s=(self._changes_sum + self._changes) / self._seconds(now_ns),
            jump=max(self._jumps[0][1] if self._jumps else 0, self._high2 - self._low2) * _HALF_TO_USD,
            ofi=(self._flow_sum + self._flow) / SIZE_ONE_E6,
            imbalance=imbalance,
            vpin=vpin,
            markout=mean,
            markouts=markouts,
            spread_ticks=(self._ask - self._bid) / self._tick if two_sided else None,
            components=parts,
        )

    def _moved(self, mid2: int) -> None:
        if self._mid2 == 0:
            self._high2 = self._low2 = mid2  # the first mid is a place, not a move
        else:
            self._changes += 1
            if mid2 > self._high2:
                self._high2 = mid2
            elif mid2 < self._low2:
                self._low2 = mid2
        self._mid2 = mid2

    def _roll(self, now_ns: int) -> None:
        """Close the bucket that ended and drop what left its window. The new one starts from the last mid."""
        bucket = now_ns // self._span_ns
        if self._first_ns < 0:
            self._first_ns = now_ns
        closed = self._roll_ns // self._span_ns - 1
        if self._changes or self._flow:
            self._buckets.append((closed, self._changes, self._flow))
            self._changes_sum += self._changes
            self._flow_sum += self._flow
            self._changes = self._flow = 0
        while self._buckets and self._buckets[0][0] <= bucket - self._buckets_kept:
            _, changes, flow = self._buckets.popleft()
            self._changes_sum -= changes
            self._flow_sum -= flow
        self._roll_jumps(closed, bucket)
        self._roll_ns = (bucket + 1) * self._span_ns

    def _roll_jumps(self, closed: int, bucket: int) -> None:
        jumps, span = self._jumps, self._high2 - self._low2
        if span:
            while jumps and jumps[-1][1] <= span:
                jumps.pop()
            jumps.append((closed, span))
        while jumps and jumps[0][0] <= bucket - self._jumps_kept:
            jumps.popleft()
        if self._mid2:
            self._high2 = self._low2 = self._mid2

    def _seconds(self, now_ns: int) -> float:
        """Length of the churn window so far, at least one bucket."""
        seen_s = (now_ns - self._first_ns) / NS_PER_S
        return max(min(seen_s, self.params.window_s), self.params.bucket_s)

    def _cancel_rate(self) -> float | None:
        sent = self._sent
        return cancel_rate(self._cancels - sent[0], len(sent)) if len(sent) >= self.params.cancels_min else None

    def _loses(self, mean: float | None, markouts: int) -> bool:
        """Whether our own fills say that the flow is toxic (methods §7.5)."""
        params = self.params
        if mean is not None and markouts >= params.toxic_markouts_min and mean < params.toxic_markout:
            return True
        enough = self._cluster_markouts >= params.toxic_cluster_markouts_min
        return enough and self._cluster_markout < params.toxic_cluster_markout


def _median(values: deque[int]) -> float:
    ordered = sorted(values)
    half, odd = divmod(len(ordered), 2)
    return float(ordered[half]) if odd else (ordered[half - 1] + ordered[half]) / 2
