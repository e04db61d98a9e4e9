"""Ctrl-C and SIGTERM during a heavy job: what is in flight is cancelled, Ray ends, and the command says so."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from astra_actors.kernel.errors import AstraError

if TYPE_CHECKING:
    from actors.tasks import Tally

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class JobStopped(AstraError):
    """A person or a service manager stopped a heavy job."""


class JobSignals:
    """Signals as a flag that the job looks at between two results; a context manager that puts back what was there.

    An exception thrown from a handler could land in the middle of the cleaning up, so that is done only while Ray is joined,
    which may take long and looks at no flag.
    """

    def __init__(self, job: str, chunks: int) -> None:
        self._job, self._chunks = job, chunks
        self._asked = ""
        self._at_once = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> JobSignals:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.getsignal(number) for number in SIGNALS}
            self.take_over()
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def take_over(self) -> None:
        """Put our handlers in; outside the main thread there is nothing to do."""
        for number in self._before:
            signal.signal(number, self._ask)

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Inside, a signal raises where it comes."""
        self._at_once = True
        try:
            yield
        finally:
            self._at_once = False

    def raise_if_asked(self, tally: Tally | None) -> None:
        """Raise `JobStopped` when somebody asked for it, with how far the job was."""
        if self._asked:
            done = tally.chunks if tally else 0
            raise JobStopped(
                f"{self._job} was stopped by {self._asked} after {done} of {self._chunks} chunks; nothing was written"
            )

    def _ask(self, number: int, _: Any) -> None:
        self._asked = self._asked or signal.Signals(number).name
        if self._at_once:
            self._at_once = False
            self.raise_if_asked(None)
