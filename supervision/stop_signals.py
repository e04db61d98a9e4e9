"""A person or a service manager asks Astra to stop: SIGTERM and SIGINT set a flag that the run's loop looks at."""

from __future__ import annotations

import signal
import threading
from typing import Any, Final


class _Stop:
    """What a signal leaves behind; the loop looks at it between two slices."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.beat = threading.Event()
        self.reason = ""


STOP: Final = _Stop()


def install_signal_handlers() -> None:
    """SIGTERM and SIGINT ask for a graceful stop; a second SIGINT is Python's own interrupt again."""

    def ask(number: int, _: Any) -> None:
        STOP.reason = signal.Signals(number).name
        STOP.asked.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, ask)
        signal.signal(signal.SIGINT, ask)
