"""The venue's clock beside ours: looked at now and then, and at once when a proof was refused."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from actors.official import OfficialFailed

EVERY_S: Final = 60.0  # a clock that nobody sets may run away overnight
AGAIN_S: Final = 10.0  # between two looks, however many proofs are refused


class ClockWatch:
    """Ask how far the venue's clock is ahead of ours, and tell it. `skew_s` blocks: it is called in a thread."""

    def __init__(self, skew_s: Callable[[], float], told: Callable[[float], None]) -> None:
        self._skew_s, self._told = skew_s, told
        self._wanted = asyncio.Event()

    def look_soon(self) -> None:
        """A proof was refused, perhaps for its time."""
        self._wanted.set()

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._wanted.wait()
            self._wanted.clear()
            with contextlib.suppress(OfficialFailed):
                self._told(await asyncio.to_thread(self._skew_s))
            await asyncio.sleep(AGAIN_S)
