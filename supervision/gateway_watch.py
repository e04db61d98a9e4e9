"""The Gateway as the Supervisor sees it: nobody waits for it in a window, so its death is looked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import ray
from ray.exceptions import GetTimeoutError, RayError

from supervision.care import Care
from supervision.keeper import DIED, BudgetSpent, ChildHung, Keeper
from supervision.ray_ports import replace_child

NAME: Final = "gateway"
MARGIN_S: Final = 5.0  # what an answer may need beyond the time the Gateway was given


class GatewayWatch:
    """Ask the Gateway how it is, never wait for the answer, and put a successor in its place when none comes."""

    def __init__(self, keeper: Keeper, care: Care, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._keeper, self._care, self._now_s = keeper, care, now_s
        self._asked: Any = None
        self._asked_s = 0.0  # when that question was put
        self._turns, self._moved_s = -1, now_s()
        self.seen: dict[str, Any] = {}  # its last answer
        self.is_out = False
        self._stopping: Any = None
        self._until_s = 0.0

    def look(self) -> None:
        """Read its answer if there is one, and ask again; one that died or stands still is replaced within its budget.

        It is measured from question to question: that we were away for long ourselves says nothing about it.
        """
        if self.is_out:
            return
        child, now_s = self._keeper.children[NAME], self._now_s()
        if self._asked is None:
            self._asked, self._asked_s = child.handle.progress.remote(), now_s
        still_s = now_s - self._asked_s  # it gave no answer for so long
        if ray.wait([self._asked], timeout=0)[0]:
            asked, self._asked = self._asked, None
            try:
                still_s = self._hear(ray.get(asked), now_s)
            except DIED as error:
                self._replace(error)
                return
        if still_s > child.deadline_s:
            self._replace(ChildHung(f"{NAME} stands still at {self._turns}"))

    def _hear(self, answer: dict[str, Any], now_s: float) -> float:
        """Take its answer; for how long it had not moved when it was asked."""
        child = self._keeper.children[NAME]
        self.seen, child.pid = answer["account"], answer["pid"]  # whoever replaces it ends this very process
        if answer["progress"] == self._turns:
            return self._asked_s - self._moved_s
        child.answered = True
        self._turns, self._moved_s = answer["progress"], now_s
        return 0.0

    def clear_market(self, market_id: str, why: str) -> None:
        """Nobody owns the market any more: have its orders taken off. The Gateway goes on until that is proven."""
        if not self.is_out:
            self._keeper.children[NAME].handle.on_cancel_market.remote(market_id, why, given_up=True)

    def begin_stop(self, timeout_s: float) -> None:
        """Have everything taken off, at once and beside what the shards do; nothing new leaves from here on."""
        self._until_s = self._now_s() + timeout_s
        if not self.is_out:
            self._stopping = self._keeper.children[NAME].handle.on_stop.remote(timeout_s)

    def finish_stop(self) -> dict[str, Any]:
        """Wait for the proof: `cleared`, and the orders that may still rest. A successor of one that dies goes on with it."""
        while not self.is_out:
            left_s = max(1.0, self._until_s - self._now_s())
            try:
                proof: dict[str, Any] = ray.get(self._stopping, timeout=left_s + MARGIN_S)
                return proof
            except DIED as error:
                self._replace(error)
                self.begin_stop(max(MARGIN_S, self._until_s - self._now_s()))
            except (GetTimeoutError, RayError) as error:
                return {"cleared": False, "open": [], "why": f"the gateway does not answer: {type(error).__name__}"}
        return {"cleared": False, "open": [], "why": "the gateway was given up"}

    def _replace(self, error: Exception) -> None:
        self._asked, self._turns = None, -1
        try:
            replace_child(self._keeper, self._care, NAME, error)
            self._moved_s = self._now_s()
        except BudgetSpent as spent:
            self.is_out = True
            self._care.spent(NAME, str(spent))
