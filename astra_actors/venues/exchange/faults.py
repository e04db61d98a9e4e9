"""What may go wrong at this exchange, by name and rate, decided by dice that depend on the seed and the thing alone."""

from __future__ import annotations

from collections import Counter
from typing import Final

from astra_actors.kernel.errors import ConfigError
from astra_actors.kernel.rng import unit

# name: (what the number is, what happens)
FAULTS: Final[dict[str, tuple[str, str]]] = {
    "latency_ms": ("median milliseconds", "every answer waits, lognormally: one in ten 2.5 times the median"),
    "restart": ("a minute", "the engine restarts: 425 for a while, then only post-only orders and cancels"),
    "cancel_only": ("a minute", "new orders are refused for a while, cancels pass"),
    "disabled": ("a minute", "trading is disabled for a while, cancels are refused too"),
    "rate_limit": ("of requests", "429 with Retry-After: 0"),
    "server_error": ("of requests", "500 before anything happened"),
    "order_timeout": ("of orders", "500 'order timed out': the order never reached the book"),
    "lost_response": ("of orders", "the order lands and the connection ends without an answer"),
    "slow_response": ("of orders", "the order lands and its answer comes after the events of it, seconds late"),
    "drop_socket": ("a minute and socket", "a WebSocket is closed"),
    "half_open": ("a minute and socket", "a WebSocket stands, and nothing comes out of it any more, no PONG either"),
    "silence": ("a minute and socket", "a market WebSocket answers PING and tells nothing for a while"),
    "missing_snapshot": ("of subscriptions", "no book is sent for what was subscribed"),
    "duplicate_frame": ("of user frames", "a user frame comes twice"),
    "reorder_frame": ("of user frames", "a user frame comes after the next one"),
    "late_settlement": ("of trades", "a trade is mined after 10 to 50 s"),
    "retrying": ("of trades", "a transaction reverts once and is sent again with another hash"),
    "ghost_fill": ("of trades", "a matched trade ends FAILED and nothing moves"),
    "stuck_settlement": ("of trades", "a matched trade is never mined and keeps its claim on the balance"),
    "stale_balance": ("of trades", "the checked balance is not refreshed until it is asked to be"),
    "venue_cancel": ("a minute and order", "the venue drops a resting order as INVALID"),
    "heartbeat_lapse": ("a minute and key", "a heartbeat counts as missed: every order of the key is cancelled"),
    "clock_skew_s": ("seconds", "the server's clock is ahead by so much (behind, when negative)"),
}
_UNBOUNDED: Final = ("latency_ms", "clock_skew_s")


class Faults:
    """The rates as they stand and how often each fault has struck."""

    def __init__(self, seed: int, rates: dict[str, float] | None = None) -> None:
        self._seed = seed
        self.rates: dict[str, float] = {}
        self.struck: Counter[str] = Counter()
        for name, rate in (rates or {}).items():
            self.set(name, rate)

    def set(self, name: str, rate: float) -> None:
        """Change one rate; an unknown name or a rate that is none is refused."""
        if name not in FAULTS:
            raise ConfigError("fault", name, f"the faults are {', '.join(FAULTS)}")
        if rate != rate or (name not in _UNBOUNDED and not 0 <= rate <= 1_000) or abs(rate) > 86_400:
            raise ConfigError(name, rate, f"give {FAULTS[name][0]} as a plain number that is not negative")
        self.rates[name] = rate

    def rate(self, name: str) -> float:
        """The number of one fault, 0 when it is off."""
        return self.rates.get(name, 0.0)

    def hits(self, name: str, *key: str | int, share: float = 1.0) -> bool:
        """Whether it strikes this thing; `share` scales the rate, for rates of time that are asked piecewise."""
        rate = self.rates.get(name, 0.0) * share
        if rate <= 0 or unit(self._seed, "fault", name, *key) >= rate:
            return False
        self.struck[name] += 1
        return True

    def uniform(self, name: str, *key: str | int) -> float:
        """A number in [0, 1) for how hard it strikes."""
        return unit(self._seed, "how", name, *key)


def parse(text: str) -> tuple[str, float]:
    """`NAME=RATE` as a person writes it."""
    name, _, rate = text.partition("=")
    try:
        return name, float(rate)
    except ValueError:
        raise ConfigError("fault", text, "write NAME=RATE, for example ghost_fill=0.05") from None
