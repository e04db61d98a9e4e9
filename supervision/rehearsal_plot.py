"""What happens when in a rehearsal: faults on, deaths, faults off, the last quote, the settlement of what is under way."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from supervision.control import PAUSE, Word, say_word
from supervision.rehearsal_chaos import CALM_S, CHAOS, KILLED
from supervision.rehearsal_venue import RehearsalVenue, VenueFailed
from supervision.stop_signals import STOP
from supervision.workspace import Workspace

if TYPE_CHECKING:
    from supervision.rehearsal import Outcome, Wishes

REASON: Final = "the rehearsal is over"
WARM_S: Final = 15.0  # faults begin when the first orders rest
PAUSED: Final = Word(
    action=PAUSE, author="rehearsal", why="the rehearsal ends: what is under way settles", word_id="end"
)
_OPEN: Final = (
    "SELECT COUNT(*) FROM orders WHERE lower(maker_address) = ? AND status IN ('LIVE', 'DELAYED')"  # of our wallet
)


class Plot:
    """Follow the run from turn to turn and do what is due. `turn` says in a few words where the rehearsal stands."""

    def __init__(
        self, venue: RehearsalVenue, workspace: Workspace, wishes: Wishes, *, now_s: Callable[[], float]
    ) -> None:
        self._venue, self._workspace, self._now_s = venue, workspace, now_s
        self._chaos, self._length_s = wishes.chaos, wishes.minutes * 60
        self._deaths = list(KILLED) if wishes.kill else []
        self._began_s: float | None = None
        self._striking = False
        self._paused_s: float | None = None
        self.stopped_ms = 0  # when the run was asked to stop, on the clock of the wall
        self._kills: list[str] = []
        self._struck: dict[str, int] = {}
        self._resting_max = 0
        self._first_order_s: float | None = None
        self._cancelled_s: float | None = None

    def turn(self, status: dict[str, Any]) -> str:
        """Do what is due now."""
        now_s = self._now_s()
        if self._began_s is None:
            self._began_s = now_s
        passed_s, calm_s = now_s - self._began_s, self._length_s - CALM_S[self._chaos]
        resting = int(status.get("open_orders") or 0)
        self._resting_max = max(self._resting_max, resting)
        if resting and self._first_order_s is None:
            self._first_order_s = round(passed_s, 1)
        if self._paused_s is not None:
            return self._settling(now_s, self._length_s - passed_s)
        if passed_s >= calm_s:
            self._calm(now_s)
            return "calm"
        if passed_s >= WARM_S and not self._striking and CHAOS[self._chaos]:
            self._striking = self._faults(CHAOS[self._chaos])
        self._kill_due(status, passed_s / calm_s)
        return f"chaos {self._chaos}" if self._striking else "quoting"

    def tell(self, outcome: Outcome) -> None:
        """Put what only the plot knows into the outcome."""
        outcome.kills, outcome.faults = self._kills, self._struck
        outcome.resting_max, outcome.first_order_s = self._resting_max, self._first_order_s
        outcome.seconds_to_cancel = self._cancelled_s

    def _calm(self, now_s: float) -> None:
        """Faults off, and the operator's word that takes every quote off."""
        self._count_faults()
        if not self._striking or self._faults(dict.fromkeys(CHAOS[self._chaos], 0.0)):
            say_word(self._workspace.root, PAUSED)
            self._paused_s = now_s

    def _settling(self, now_s: float, left_s: float) -> str:
        if self._cancelled_s is None and self._resting_there() == 0:
            assert self._paused_s is not None
            self._cancelled_s = round(now_s - self._paused_s, 2)
        if left_s <= 0 and not self.stopped_ms:
            self.stopped_ms = time.time_ns() // 1_000_000
            STOP.reason = REASON
            STOP.asked.set()  # as SIGTERM does
        return "settling"

    def _resting_there(self) -> int | None:
        """Our open orders by the exchange's own books; None while they cannot be read."""
        try:
            with closing(sqlite3.connect(f"file:{self._venue.books}?mode=ro", uri=True)) as connection:
                row = connection.execute(_OPEN, (self._venue.account.funder.lower(),)).fetchone()
        except sqlite3.Error:
            return None
        return int(row[0])

    def _faults(self, rates: Any) -> bool:
        try:
            self._venue.post("faults", dict(rates))
        except VenueFailed:
            return False  # it may be in one of its own restarts: at the next turn
        return True

    def _count_faults(self) -> None:
        with contextlib.suppress(VenueFailed):
            told = self._venue.get("status")["faults"]
            self._struck = {name: each["struck"] for name, each in told.items() if each["struck"]}

    def _kill_due(self, status: dict[str, Any], share: float) -> None:
        """The next one dies when its part of the rehearsal has passed."""
        if not self._deaths or share < (len(self._kills) + 1) / (len(KILLED) + 1):
            return
        name = self._deaths.pop(0)
        if name == "exchange":
            self._venue.kill()
            self._striking = False  # its faults were in its memory
            self._kills.append(name)
            return
        pid = next((child.get("pid") for child in status["children"] if child["name"] == name), None)
        if pid:
            os.kill(pid, signal.SIGKILL)
            self._kills.append(name)
