"""The venue's dead man's switch, kept in a thread of its own: when these stop, the venue cancels everything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from actors.official import OfficialFailed
from astra_actors.kernel.units import NS_PER_S
from astra_actors.reporting.logging import get_logger

LOG: Final = get_logger("heartbeat")
AGAIN_S: Final = 1.0  # after one that was not taken: several fit before the venue's ten seconds are over
SOON: Final = 12  # of these in a row; by then the venue has cancelled everything
LATER_S: Final = 10.0  # and from there on: a request each second would make a ban of our address longer


class Heartbeat:
    """Send one each `every_s`, and say of each whether it was taken."""

    def __init__(self, beat: Callable[[], None], every_s: float, told: Callable[[bool], None]) -> None:
        self._beat, self._every_s, self._told = beat, every_s, told
        self._thread = ThreadPoolExecutor(1, "heartbeat")  # nothing else may keep it waiting
        self._taken_ns = 0

    @property
    def age_s(self) -> float | None:
        """Since one was last taken; None before the first."""
        return (time.monotonic_ns() - self._taken_ns) / NS_PER_S if self._taken_ns else None

    async def run(self) -> None:
        """Go on until cancelled."""
        loop, missed = asyncio.get_running_loop(), 0
        try:
            while True:
                began_s = time.monotonic()
                try:
                    await loop.run_in_executor(self._thread, self._beat)
                except OfficialFailed as error:
                    LOG.warning("heartbeat.failed", why=str(error))
                    taken, missed = False, missed + 1
                else:
                    taken, missed, self._taken_ns = True, 0, time.monotonic_ns()
                self._told(taken)
                every_s = self._every_s if taken else AGAIN_S if missed < SOON else LATER_S
                await asyncio.sleep(max(0.0, began_s + every_s - time.monotonic()))
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)
