"""Which orders and cancels the venue takes at the moment: restarts, post-only and cancel-only phases, halts, and buckets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from astra_actors.venues.exchange import refusal
from astra_actors.venues.exchange.refusal import Refused
from astra_actors.venues.exchange.state import Timing
from astra_actors.venues.rate_tiers import TIERS

_S: Final = 1_000


@dataclass(slots=True)
class Modes:
    """Until when each phase lasts, by the venue's clock in milliseconds."""

    timing: Timing
    restart_until_ms: int = 0
    post_only_until_ms: int = 0
    cancel_only_until_ms: int = 0
    disabled_until_ms: int = 0

    def restart(self, now_ms: int, *, ms: int | None = None, post_only_ms: int | None = None) -> None:
        """The engine restarts: nothing is taken, and then only what adds liquidity."""
        self.restart_until_ms = now_ms + (self.timing.restart_ms if ms is None else ms)
        calm = self.timing.post_only_ms if post_only_ms is None else post_only_ms
        self.post_only_until_ms = self.restart_until_ms + calm

    def check_order(self, now_ms: int, *, post_only: bool) -> None:
        """Raise `Refused` unless new orders are taken."""
        self._check_any(now_ms)
        if now_ms < self.cancel_only_until_ms:
            raise Refused(503, refusal.CANCEL_ONLY)
        if now_ms < self.post_only_until_ms and not post_only:
            left = -(-(self.post_only_until_ms - now_ms) // _S)
            more = {"code": "post_only_mode", "retry_after_seconds": left}
            raise Refused(503, refusal.POST_ONLY, more=more, retry_after_s=left)

    def check_cancel(self, now_ms: int) -> None:
        """Raise `Refused` unless cancels are taken."""
        self._check_any(now_ms)

    def _check_any(self, now_ms: int) -> None:
        if now_ms < self.restart_until_ms:
            left = -(-(self.restart_until_ms - now_ms) // _S)
            raise Refused(425, "the matching engine is restarting", retry_after_s=min(left, 5))
        if now_ms < self.disabled_until_ms:
            raise Refused(503, refusal.DISABLED)

    def named(self, now_ms: int) -> str:
        """The phase, for a person."""
        if now_ms < self.restart_until_ms:
            return "restarting"
        if now_ms < self.disabled_until_ms:
            return "disabled"
        if now_ms < self.cancel_only_until_ms:
            return "cancel_only"
        return "post_only" if now_ms < self.post_only_until_ms else "normal"


@dataclass(slots=True)
class _Bucket:
    rate: int
    burst: int
    tokens: float
    at_ms: int

    def refill(self, now_ms: int) -> None:
        self.tokens = min(self.burst, self.tokens + (now_ms - self.at_ms) / _S * self.rate)
        self.at_ms = max(self.at_ms, now_ms)


@dataclass(slots=True)
class Buckets:
    """Two token buckets a signer, one for orders and one for cancels; admission of a batch is all or nothing."""

    tier: str = "standard"
    _held: dict[tuple[str, str], _Bucket] = field(default_factory=dict)

    def take(
        self, signer: str, what: str, cost: int, now_ms: int, *, after: bool = False
    ) -> tuple[bool, dict[str, str]]:
        """Whether it passes, and the headers that tell. `after` debits what a cancel-all turned out to cost."""
        order_rate, order_burst, cancel_rate, cancel_burst, negative = TIERS[self.tier]
        rate, burst = (order_rate, order_burst) if what == "order" else (cancel_rate, cancel_burst)
        bucket = self._held.setdefault((signer.lower(), what), _Bucket(rate, burst, burst, now_ms))
        bucket.refill(now_ms)
        passes = after or bucket.tokens >= cost
        if passes:
            left = bucket.tokens - cost
            bucket.tokens = left if negative and what == "cancel" else max(left, 0.0)
        full = now_ms / _S + (bucket.burst - bucket.tokens) / rate
        return passes, {
            "Poly-RateLimit-Remaining": str(max(0, int(bucket.tokens))),
            "Poly-RateLimit-Reset": str(int(full) + 1),
            "Poly-RateLimit-Tier": self.tier.capitalize(),
        }
