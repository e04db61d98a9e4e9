"""How far each child has come, asked beside its work and never waited for: what a person sees must not slow what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import ray

from astra_actors.kernel.units import NS_PER_S

LOOK_EVERY_NS: Final = NS_PER_S  # nobody reads faster, and each look is a call a child
SILENT_NS: Final = 5 * NS_PER_S  # a child that works answers beside its work within milliseconds
PROGRESS: Final = ("pid", "window", "progress")  # what grows, and what tells a successor from the one before


@dataclass(slots=True)
class Beat:
    """The last answer of one child. `moved_ns` is when it was first seen as far as it is now, on the clock on the wall."""

    handle: Any
    asked: Any = None
    asked_ns: int = 0
    answer: dict[str, Any] = field(default_factory=dict)
    moved_ns: int | None = None


class Pulse:
    """Remember what each child last said of itself."""

    def __init__(self, *, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._looked_ns = 0
        self.beats: dict[str, Beat] = {}

    def look(self, handles: Mapping[str, Any]) -> None:
        """Take the answers that have come and ask again; one that died over the question has said nothing."""
        now_ns = self._now_ns()
        if 0 <= now_ns - self._looked_ns < LOOK_EVERY_NS:
            self._take(now_ns)
            return
        self._looked_ns = now_ns
        for name, handle in handles.items():
            beat = self.beats.get(name)
            if beat is None or beat.handle is not handle:
                beat = self.beats[name] = Beat(handle)
        self._take(now_ns)
        for beat in self.beats.values():
            if beat.asked is None:
                beat.asked, beat.asked_ns = beat.handle.progress.remote(), now_ns

    def state(self, name: str) -> str:
        """`starting` until the first answer, `silent` when one is owed for longer than any that lives needs."""
        beat = self.beats.get(name)
        if beat is not None and beat.asked is not None and self._now_ns() - beat.asked_ns > SILENT_NS:
            return "silent"
        return "running" if beat is not None and beat.answer else "starting"

    def _take(self, now_ns: int) -> None:
        waiting = {beat.asked: beat for beat in self.beats.values() if beat.asked is not None}
        if not waiting:
            return
        ready, _ = ray.wait(list(waiting), num_returns=len(waiting), timeout=0, fetch_local=True)
        for reference in ready:
            beat = waiting[reference]
            beat.asked = None
            try:
                answer = ray.get(reference)
            except ray.exceptions.RayError:
                beat.answer = {}
                continue
            if beat.moved_ns is None or [answer.get(k) for k in PROGRESS] != [beat.answer.get(k) for k in PROGRESS]:
                beat.moved_ns = now_ns
            beat.answer = answer
