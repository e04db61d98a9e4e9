"""What every child of the Supervisor is besides its own work: known by its badge, and gone when nobody wants it any more.

Children outlive the Supervisor, so that its successor can go on with them. Where none comes, they end themselves: a child
that has felt no pulse for `pulse_timeout_s` is an orphan, and so is one that wakes up after it was stopped for longer.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any, Final

import ray

from actors.badge import Badge, Hello
from astra_actors.kernel.errors import Fenced

LOOKS: Final = 8  # in the time after which a child is an orphan
ORPHANED: Final = 3  # exit status, for whoever looks at the process
CLOSING_S: Final = 5.0  # how long an orphan may take to let go of its sockets


class Child:
    """Mixed in before the plain class by `options.start`; everything here is answered beside the work."""

    def __init__(self, badge: Badge, *arguments: Any) -> None:
        self._badge, self._epoch = badge, badge.epoch
        self._felt_s = time.monotonic()
        threading.Thread(target=self._watch, name="pulse", daemon=True).start()
        super().__init__(*arguments)
        self._tell("serve_as", badge)

    def __repr__(self) -> str:
        """What Ray shows of it: read once, when the actor has started, so it says what does not change."""
        return f"{super().__repr__().removesuffix(')')}, incarnation={self._badge.incarnation})"

    def hello(self) -> Hello:
        """Who this is."""
        node = ray.get_runtime_context().get_node_id()
        return Hello(badge=self._badge, pid=os.getpid(), node=node, left=getattr(self, "left", None))

    def renew(self, epoch: int) -> None:
        """A sign of life of the Supervisor in charge; one of an older epoch is none."""
        if epoch < self._epoch:
            raise Fenced(f"a pulse of epoch {epoch} comes where epoch {self._epoch} is in charge")
        self._epoch, self._felt_s = epoch, time.monotonic()

    def end(self) -> None:
        """Stop in good order; the caller sees the actor go."""
        self._tell("close")
        ray.actor.exit_actor()

    def _tell(self, method: str, *arguments: Any) -> None:
        if (known := getattr(self, method, None)) is not None:
            known(*arguments)

    def _watch(self) -> None:
        timeout_s = self._badge.pulse_timeout_s
        while time.monotonic() - self._felt_s < timeout_s:
            time.sleep(timeout_s / LOOKS)
        closing = threading.Thread(target=self._tell, args=("close",), daemon=True)
        closing.start()
        closing.join(CLOSING_S)
        os._exit(ORPHANED)  # a thread cannot end an actor otherwise, and its main thread may be the one that hangs
