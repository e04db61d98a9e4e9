"""Frames kept as they arrived: JSON lines first, because a crash costs one line; Parquet later, because it is a tenth.

A segment is written as `<name>.jsonl.open`, becomes `<name>.jsonl` when it is full, and is compacted to `<name>.parquet` by
whoever has time for it (`compact` imports DuckDB, which a recording process should not carry). `feeds.tape` reads both.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Final

import msgspec

from astra_actors.kernel.errors import TapeError
from astra_actors.kernel.nesting import too_deep

SEGMENT_BYTES_MAX: Final = 256 * 1024 * 1024  # half an hour of two thousand frames a second
_OPEN: Final = ".open"


class Recorder:
    """Writes one stream's frames; every frame is kept, also one that cannot be decoded."""

    def __init__(self, folder: Path, stream: str, *, segment_bytes_max: int = SEGMENT_BYTES_MAX) -> None:
        self._folder, self._stream, self._bytes_max = folder, stream, segment_bytes_max
        self._file: IO[bytes] | None = None
        self._written = 0
        self.frames = 0
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in sorted(folder.glob(f"{stream}-*.jsonl{_OPEN}")):  # of a process that died
            os.replace(leftover, leftover.with_suffix(""))

    def append(self, frame: bytes | str, recv_ns: int) -> None:
        """Keep one frame with the time at which it arrived."""
        file = self._file or self._start(recv_ns)
        line = b'{"recv_ns":%d,"frame":%b}\n' % (recv_ns, _as_json(frame))
        file.write(line)
        self.frames += 1
        self._written += len(line)
        if self._written >= self._bytes_max:
            self.close()

    def flush(self) -> None:
        """Hand what is buffered to the operating system."""
        if self._file:
            self._file.flush()

    def close(self) -> None:
        """Finish the segment; the next frame starts another."""
        if self._file:
            self._file.close()
            os.replace(self._file.name, self._file.name.removesuffix(_OPEN))
            self._file = None

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self, recv_ns: int) -> IO[bytes]:
        # named by time, so that name order is arrival order
        self._file = (self._folder / f"{self._stream}-{recv_ns:020d}.jsonl{_OPEN}").open("ab")
        self._written = 0
        return self._file


def compact(folder: Path) -> list[Path]:
    """Turn every finished segment into Parquet and remove it; a crash in between leaves either, never half of one."""
    return [_compact_one(segment) for segment in sorted(folder.glob("*.jsonl"))]


def _compact_one(segment: Path) -> Path:
    import duckdb  # 50 MB that only the compacting process pays

    target = segment.with_suffix(".parquet")
    part = segment.with_suffix(".parquet.part")
    connection = duckdb.connect(":memory:")
    try:
        connection.execute("CREATE TABLE frames (recv_ns BIGINT NOT NULL, frame VARCHAR NOT NULL)")
        for batch in _batches(segment):
            connection.execute(
                "INSERT INTO frames SELECT unnest(?::BIGINT[]), unnest(?::VARCHAR[])",
                [[recv_ns for recv_ns, _ in batch], [frame for _, frame in batch]],
            )
        connection.execute(f"COPY frames TO '{_quoted(part)}' (FORMAT parquet, COMPRESSION zstd)")
    except duckdb.Error as error:
        raise TapeError("segment", str(segment), f"it could not be compacted ({error}); the segment stays") from error
    finally:
        connection.close()
    os.replace(part, target)
    segment.unlink()
    return target


class _Line(msgspec.Struct, frozen=True, gc=False):
    recv_ns: int
    frame: msgspec.Raw


def _batches(segment: Path, size: int = 10_000) -> Iterator[list[tuple[int, str]]]:
    decode = msgspec.json.Decoder(_Line).decode
    batch: list[tuple[int, str]] = []
    with segment.open("rb") as lines:
        for line in lines:
            try:
                entry = decode(line)
            except msgspec.DecodeError:
                continue  # the last line of a process that died while it wrote
            text = bytes(entry.frame).decode()
            batch.append((entry.recv_ns, msgspec.json.decode(text, type=str) if text.startswith('"') else text))
            if len(batch) >= size:
                yield batch
                batch = []
    if batch:
        yield batch


def _as_json(frame: bytes | str) -> bytes:
    """The frame itself when it is one line of JSON, else its text as a JSON string: a line must stay readable."""
    raw = frame.encode("utf-8", "replace") if isinstance(frame, str) else frame
    try:
        if too_deep(raw):  # nobody could read that line again
            raise ValueError("an abyss of brackets")
        msgspec.json.decode(raw, type=msgspec.Raw)
        if raw[:1] in (b"{", b"[") and b"\n" not in raw and b"\r" not in raw:
            raw.decode()
            return raw
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass  # kept as text below
    return msgspec.json.encode(raw.decode("utf-8", "replace"))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
