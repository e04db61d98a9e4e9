"""The market a process is serving, written where its death cannot take it along: a small file that is mapped, never synced.

The pages of a mapped file belong to the kernel, so they outlive any end of the process, SIGKILL and `os._exit` included. A
successor on the same host reads what its predecessor was at; a market named at two deaths is poison.
"""

from __future__ import annotations

import contextlib
import mmap
import tempfile
from pathlib import Path
from typing import Final

SIZE: Final = 256  # a market's id has at most 66 characters


class BlackBox:
    """Own one such file. `left` is what the predecessor was at, None when it was at nothing or there was none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("a+b") as file:
            file.truncate(SIZE)
            self._map = mmap.mmap(file.fileno(), SIZE)
        self.left = _read(self._map[:])
        self.serving(0, "")

    def serving(self, window: int, market_id: str) -> None:
        """Name the market whose turn it is; "" when it is nobody's."""
        if market_id:
            self._map[:] = f"{window} {market_id}".encode()[:SIZE].ljust(SIZE, b"\0")
        else:
            self._map[0] = 0

    def remove(self) -> None:
        """An end in good order leaves nothing behind."""
        with contextlib.suppress(OSError):
            self._path.unlink()


def box_path(run_id: str, name: str) -> Path:
    """Where the box of one child lies, on the host on which it runs."""
    return Path(tempfile.gettempdir()) / f"astra-{run_id}-{name}.box"


def remove_boxes(run_id: str) -> None:
    """What the children of a run that were killed left behind on this host, once none of them runs any more."""
    for path in Path(tempfile.gettempdir()).glob(box_path(run_id, "*").name):
        with contextlib.suppress(OSError):
            path.unlink()


def _read(raw: bytes) -> tuple[int, str] | None:
    window, _, market_id = (
        raw.partition(b"\0")[0].decode(errors="replace").partition(" ")
    )  # a zero first: nobody's turn
    return (int(window), market_id) if window.isdigit() and market_id else None
