"""What an actor tells Ray's metrics. Nothing here may disturb trading: whatever fails is logged once and left out."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

from astra_actors.reporting.logging import get_logger
from astra_actors.reporting.metric_names import Kind, Metric

LOG: Final = get_logger("meter")


class Meter:
    """Record metrics of the table, with tags that every one of them may carry. Outside Ray it is silent.

    `adopting` is for counts that go on from before this process: the first total it is told is where counting begins.
    """

    def __init__(self, *, adopting: bool = False, **tags: str) -> None:
        self._tags, self._adopting = tags, adopting
        self._made: dict[str, Any] = {}
        self._told: dict[tuple[str, ...], float] = {}
        self._silent: bool | None = None
        self._failed: set[str] = set()

    def total(self, metric: Metric, total: float, **tags: str) -> None:
        """A count as it stands: the counter grows by what is new. Not told before, it starts at 0, which is exported."""
        key = (metric.name, *tags.values())
        before = self._told.get(key)
        if before is None:
            before = total if self._adopting else 0.0
            self._record(metric, 0.0, tags)
        self._told[key] = total
        if total < before:
            before = 0.0  # whoever counts has started over
        if total > before:
            self._record(metric, total - before, tags)

    def set(self, metric: Metric, value: float | None, **tags: str) -> None:
        """A number as it is now; None leaves what was said before."""
        if value is not None:
            self._record(metric, float(value), tags)

    def observe(self, metric: Metric, value: float) -> None:
        """One more measurement."""
        self._record(metric, value, {})

    def _record(self, metric: Metric, value: float, tags: Mapping[str, str]) -> None:
        if self._silent is None:
            self._silent = not _in_ray()
        if self._silent:
            return
        try:
            own = {name: tag for name, tag in self._tags.items() if name in metric.tags}
            made = self._made.get(metric.name)
            if made is None:
                made = self._made[metric.name] = _make(metric)
            made._record(value, {**own, **tags})  # the one method of all three kinds, and the only one that takes a 0
        except Exception as error:
            if metric.name not in self._failed:
                self._failed.add(metric.name)
                LOG.warning("metric.failed", metric=metric.name, why=f"{type(error).__name__}: {error}")


def _in_ray() -> bool:
    """Whether this process belongs to a Ray; plain actors in tests and in one process do not."""
    ray = sys.modules.get("ray")
    return ray is not None and bool(ray.is_initialized())


def _make(metric: Metric) -> Any:
    from ray.util import metrics

    if metric.kind is Kind.HISTOGRAM:
        return metrics.Histogram(metric.name, metric.meaning, boundaries=list(metric.buckets), tag_keys=metric.tags)
    kind = metrics.Counter if metric.kind is Kind.COUNTER else metrics.Gauge
    return kind(metric.name, metric.meaning, tag_keys=metric.tags)
