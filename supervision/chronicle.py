"""What was done to the tree, and why, on its way into the ledger: beside the windows, for it depends on what died and when."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import ray
from ray.exceptions import RayError

from astra_actors.ledger.fencing import SupervisionEvent
from supervision.keeper import Keeper

AUTHOR: Final = "keeper"


@dataclass(slots=True)
class _Sent:
    event: SupervisionEvent
    owns: bool
    reference: Any


class Chronicle:
    """Send events to the ledger in their order and send again what a dead ledger lost; nobody waits for it."""

    def __init__(self, keeper: Keeper, *, window: Callable[[], int], now_ns: Callable[[], int] = time.time_ns) -> None:
        self._keeper, self._window, self._now_ns = keeper, window, now_ns
        self._waiting: list[_Sent] = []

    def write(self, kind: str, child: str, why: str, *, owns: bool = False) -> None:
        """Put one thing on record; `owns` says that the child's present process owns everything from the next window on."""
        known = self._keeper.children.get(child)
        event = SupervisionEvent(
            at_ns=self._now_ns(),
            epoch=self._keeper.epoch,
            window=self._window() + 1,
            kind=kind,
            child=child,
            incarnation=known.incarnation if known else 0,
            author=AUTHOR,
            why=why,
        )
        self._drop_written()
        self._waiting.append(_Sent(event, owns, self._send(event, owns)))

    def send_again(self) -> None:
        """To a ledger that has just begun: whatever the one before it may not have written."""
        for sent in self._waiting:
            sent.reference = self._send(sent.event, sent.owns)

    def settle(self, timeout_s: float) -> None:
        """Wait for what is on its way, at the end of a run."""
        if self._waiting:
            ray.wait([sent.reference for sent in self._waiting], num_returns=len(self._waiting), timeout=timeout_s)

    def _drop_written(self) -> None:
        kept = []
        for sent in self._waiting:
            ready, _ = ray.wait([sent.reference], timeout=0)
            if not ready or not _was_written(sent.reference):
                kept.append(sent)
        self._waiting = kept

    def _send(self, event: SupervisionEvent, owns: bool) -> Any:
        ours = replace(
            event, epoch=self._keeper.epoch
        )  # what happened before the epoch was known belongs to it as well
        return self._keeper.children["ledger"].handle.on_event.remote(ours, owns)


def _was_written(reference: Any) -> bool:
    try:
        return bool(ray.get(reference))
    except RayError:
        return False
