"""May this request leave now: the venue's limits, the waits it asked for, and our own pauses after failures.

Orders wait for everything. Cancels wait only for what would refuse them anyway: their own limits, a restart, a halt, a
ban. Time is handed in; nothing here sleeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from astra_actors.execution.params import OrderParams
from astra_actors.execution.rate_budget import RejectStorm, TokenBucket
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_S
from astra_actors.venues.clob.backoff import Backoff
from astra_actors.venues.clob.building import BATCH_MAX
from astra_actors.venues.clob.limits import CANCEL_RESERVE, CANCELS, LIMITS, Call
from astra_actors.venues.clob.signals import Signal
from astra_actors.venues.rate_tiers import TIERS

FAILURES_MAX: Final = 3  # submissions in a row that failed (methods §18.13, rule 6.3)
FAILURE_PAUSE_S: Final = 600
POST_ONLY_S: Final = 120  # the venue takes only resting orders for two minutes after each restart
# first wait and longest wait in seconds
_WAITS: Final = {
    Signal.THROTTLED: (1, 60),
    Signal.BANNED: (60, 1_800),  # each request during a ban makes it longer
    Signal.RESTARTING: (1, 30),  # a restart takes about 90 s
    Signal.CANCEL_ONLY: (5, 60),
    Signal.DISABLED: (5, 60),
    Signal.UNPROVEN: (60, 600),  # keys do not mend themselves; a person is called
}
_CANCEL_UNPROVEN: Final = (2, 60)  # but a clock does, and what rests behind a cancel cannot wait for a minute


@unique
class Hold(Enum):
    """Why a request waits; the value is what the operator reads."""

    RATE = "the venue's limit on requests"
    WEATHER = "the venue asked for patience"
    STORM = "too many rejects in a row"
    FAILURES = "three failed submissions in a row"
    PHASE = "the venue takes only orders that rest"


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: why, and for how long at least."""

    hold: Hold
    wait_ns: int


class Throttle:
    """One account's permission to send. `admit_*` spends what it grants and returns None, or spends nothing and says why."""

    __slots__ = ("_buckets", "_cancel_bucket", "_order_bucket", "_waits", "failures", "paused_until_ns",
                 "post_only_until_ns", "restarting", "storm")  # fmt: skip

    def __init__(self, params: OrderParams, *, tier: str = "standard", now_ns: int = 0) -> None:
        if tier not in TIERS:
            raise BadInput("tier", tier, f"the venue's tiers are {', '.join(TIERS)}")
        order_rate, order_burst, cancel_rate, cancel_burst, _ = TIERS[tier]
        self._order_bucket = TokenBucket(capacity=order_burst, refill=order_rate, now_ns=now_ns)
        self._cancel_bucket = TokenBucket(capacity=cancel_burst, refill=cancel_rate, now_ns=now_ns)
        self._buckets = {
            call: TokenBucket(capacity=limit.burst, refill=limit.rate, now_ns=now_ns) for call, limit in LIMITS.items()
        }
        self._waits = {kind: Backoff() for kind in ("order", "cancel", "ask")}
        self.storm = RejectStorm(params)
        self.failures = 0  # submissions in a row
        self.paused_until_ns = 0
        self.restarting = False
        self.post_only_until_ns = 0

    def admit_orders(self, count: int, now_ns: int, *, post_only: bool = True) -> Wait | None:
        """Whether one request with `count` new orders may leave now."""
        if not 0 < count <= BATCH_MAX:
            raise BadInput("count", count, f"a request carries 1 to {BATCH_MAX} orders")
        held = (
            (Hold.FAILURES, self.paused_until_ns),
            (Hold.STORM, self.storm.paused_until_ns),
            (Hold.WEATHER, self._waits["order"].until_ns),
            (Hold.PHASE, 0 if post_only else self.post_only_until_ns),
        )
        for hold, until_ns in held:
            if now_ns < until_ns:
                return Wait(hold, until_ns - now_ns)
        return self._spend(Call.POST_ORDERS, self._order_bucket, count, now_ns)

    def admit_cancels(self, count: int, now_ns: int, call: Call = Call.CANCEL_ORDERS) -> Wait | None:
        """Whether one request that cancels `count` orders may leave now; for cancel-all the count is debited after."""
        if call not in CANCELS:
            raise BadInput("call", call.name, "this request cancels nothing")
        until_ns = self._waits["cancel"].until_ns
        if now_ns < until_ns:
            return Wait(Hold.WEATHER, until_ns - now_ns)
        return self._spend(call, self._cancel_bucket, count if call is Call.CANCEL_ORDERS else 1, now_ns)

    def on_cancelled(self, count: int, now_ns: int) -> None:
        """A cancel-all or cancel-market took `count` orders off: the venue charges them now, below zero if need be."""
        self._cancel_bucket.debit(count, now_ns)

    def admit_question(self, call: Call, now_ns: int) -> Wait | None:
        """Whether one question may leave now."""
        until_ns = self._waits["ask"].until_ns
        if now_ns < until_ns:
            return Wait(Hold.WEATHER, until_ns - now_ns)
        return self._spend(call, None, 0, now_ns)

    def cancel_batch_max(self) -> int:
        """How many cancels one request may carry: more than the burst could never pass."""
        return min(1_000, self._cancel_bucket.capacity)

    def on_submitted(self, signal: Signal, now_ns: int, *, retry_after_s: int = 0) -> None:
        """What a submission of new orders came back with. Three that failed in a row pause new orders for ten minutes."""
        if signal is Signal.CALM:
            self.failures = 0
        elif signal in (Signal.FAILED, Signal.UNPROVEN):
            self.failures += 1
            if self.failures >= FAILURES_MAX:
                self.paused_until_ns = max(self.paused_until_ns, now_ns + FAILURE_PAUSE_S * NS_PER_S)
        self._weather("order", signal, now_ns, retry_after_s)

    def on_cancel_reply(self, signal: Signal, now_ns: int, *, retry_after_s: int = 0) -> None:
        """What a cancel came back with."""
        self._weather("cancel", signal, now_ns, retry_after_s)

    def on_answer(self, signal: Signal, now_ns: int, *, retry_after_s: int = 0) -> None:
        """What a question came back with."""
        self._weather("ask", signal, now_ns, retry_after_s)

    def _weather(self, kind: str, signal: Signal, now_ns: int, retry_after_s: int) -> None:
        if signal is Signal.RESTARTING:
            self.restarting = True
        elif kind != "ask" and signal in (Signal.CALM, Signal.POST_ONLY):
            if self.restarting or signal is Signal.POST_ONLY:  # it is back, and for two minutes takes what rests
                self.post_only_until_ns = max(
                    self.post_only_until_ns, now_ns + (retry_after_s or POST_ONLY_S) * NS_PER_S
                )
            self.restarting = False
        if signal is Signal.CALM:
            self._waits[kind].clear()
        elif signal in _WAITS:
            proof_of_cancel = kind == "cancel" and signal is Signal.UNPROVEN
            first_s, max_s = _CANCEL_UNPROVEN if proof_of_cancel else _WAITS[signal]
            kinds = tuple(self._waits) if signal is Signal.BANNED else (kind,)  # a ban is of the address
            for each in kinds:
                self._waits[each].fail(now_ns, first_s=first_s, max_s=max_s, asked_s=retry_after_s)

    def _spend(self, call: Call, signer: TokenBucket | None, cost: int, now_ns: int) -> Wait | None:
        """Take from every bucket, or from none."""
        keep = 0 if call in CANCELS else CANCEL_RESERVE
        wanted = [(self._buckets[Call.ANY], 1, keep)]
        if call is not Call.ANY:
            wanted.append((self._buckets[call], 1, 0))
        if signer is not None:
            wanted.append((signer, cost, 0))
        wait_ns = 0
        for bucket, spent, left in wanted:
            each_ns = bucket.wait_ns(spent + left, now_ns)
            if each_ns is None:
                raise BadInput("count", cost, f"split it: the signer's burst is {bucket.capacity}")
            wait_ns = max(wait_ns, each_ns)
        if wait_ns:
            return Wait(Hold.RATE, wait_ns)
        for bucket, spent, _ in wanted:
            assert bucket.take(spent, now_ns), "what was there a moment ago is there"
        return None
