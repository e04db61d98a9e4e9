"""How long the account's requests take, and what Ray's metrics are told of it."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from actors.meter import Meter
from astra_actors.reporting import metric_names as names
from astra_actors.reporting.metric_names import Metric

KEPT: Final = 1_000  # the last so many of each kind give the quantiles of `astra status`
NS_PER_MS: Final = 1_000_000


class GatewayMeter:
    """The metrics of the Gateway; times are of this process."""

    def __init__(self) -> None:
        self._meter = Meter()
        self._taken: dict[str, deque[int]] = {}

    def round_trip(self) -> contextlib.AbstractContextManager[None]:
        """One request with new orders."""
        return self._timed(names.ROUND_TRIP_SECONDS, "round_trip")

    def write_ahead(self) -> contextlib.AbstractContextManager[None]:
        """Rows on their way to the disk."""
        return self._timed(names.WRITE_AHEAD_SECONDS, "write_ahead")

    def question(self) -> contextlib.AbstractContextManager[None]:
        """One question, to its last page."""
        return self._timed(names.QUESTION_SECONDS, "question")

    def quantiles(self) -> dict[str, float]:
        """Half of each kind took no longer than `p50`, 99 of a hundred no longer than `p99`, in milliseconds."""
        found: dict[str, float] = {}
        for name, taken in self._taken.items():
            ordered = sorted(taken)
            for mark, share in (("p50", 0.5), ("p99", 0.99)):
                place = min(len(ordered) - 1, int(share * len(ordered)))
                found[f"{name}_{mark}_ms"] = round(ordered[place] / NS_PER_MS, 2)
        return found

    def tell(self, seen: Mapping[str, Any]) -> None:
        """What stands now; a number that is not known is left out."""
        meter = self._meter
        meter.total(names.REQUESTS, seen.get("requests", 0))
        meter.total(names.REQUESTS_FAILED, seen.get("requests_failed", 0))
        meter.set(names.HEARTBEAT_AGE, seen.get("heartbeat_age_s"))
        meter.set(names.USER_UPTIME, seen.get("user_uptime"))
        meter.set(names.ACCOUNT_ORDERS, seen.get("open_orders"), state="open")
        meter.set(names.ACCOUNT_ORDERS, seen.get("unknown"), state="unknown")

    @contextlib.contextmanager
    def _timed(self, metric: Metric, name: str) -> Iterator[None]:
        began_ns = time.perf_counter_ns()
        yield
        taken_ns = time.perf_counter_ns() - began_ns
        self._taken.setdefault(name, deque(maxlen=KEPT)).append(taken_ns)
        self._meter.observe(metric, taken_ns / 1e9)
