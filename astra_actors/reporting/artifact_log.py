"""Decision artifacts on disk: JSON lines in segments of windows, readable while they are written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

SEGMENT_WINDOWS: Final = 144  # two virtual days of a world


class _Window(msgspec.Struct):
    window: int


class ArtifactLog:
    """Append the artifacts of whole windows, in one order whatever the number of shards."""

    def __init__(self, folder: Path, *, last_window: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._segment = -1
        self._file: BinaryIO | None = None
        self._before = 0  # how long the file was before the last append
        self._forget_after(last_window)

    def append(self, window: int, lines: Sequence[tuple[int, str, bytes]]) -> None:
        """Write one window's artifacts: (time, market, encoded artifact), sorted here."""
        segment = (window - 1) // SEGMENT_WINDOWS
        if segment != self._segment:
            self.close()
        file = self._file or (self._folder / f"decisions-{segment:06d}.jsonl").open("ab")
        self._segment, self._file, self._before = segment, file, file.tell()
        file.writelines(line + b"\n" for _, _, line in sorted(lines))
        file.flush()

    def take_back(self) -> None:
        """Undo the last append: its window did not reach the ledger."""
        if self._file is not None:
            self._file.truncate(self._before)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _forget_after(self, last_window: int) -> None:
        """Drop what was written of windows that never reached the ledger: they will be lived through again."""
        for path in sorted(self._folder.glob("decisions-*.jsonl")):
            if int(path.stem.removeprefix("decisions-")) < last_window // SEGMENT_WINDOWS:
                continue
            kept = [line for line in path.read_bytes().splitlines(keepends=True) if _whole(line, last_window)]
            fresh = path.with_suffix(".tmp")
            fresh.write_bytes(b"".join(kept))
            fresh.replace(path)


def _whole(line: bytes, last_window: int) -> bool:
    try:
        return line.endswith(b"\n") and msgspec.json.decode(line, type=_Window).window <= last_window
    except msgspec.MsgspecError:
        return False  # torn by the death of the writer
