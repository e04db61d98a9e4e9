"""The files a tape may come in, read one record at a time in the order in which they were recorded.

Two shapes exist: frames as the venue sent them (JSON lines or our own Parquet), and rows of single book entries (the
tickscope recorder's CSV or Parquet), which have lost the frame and the market they belonged to.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from astra_actors.kernel.errors import TapeError
from astra_actors.kernel.nesting import too_deep
from astra_actors.kernel.units import NS_PER_MS

ROW_COLUMNS: Final = ("event_type", "asset_id", "side", "price", "size", "best_bid", "best_ask")
FRAME_COLUMNS: Final = ("recv_ns", "frame")
SUFFIXES: Final = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz", ".parquet")
_BATCH: Final = 20_000
_LINE_BYTES_MAX: Final = 4_194_304  # a frame of 1 MiB, written as a JSON string, stays below it


class FrameRecord(msgspec.Struct, frozen=True, gc=False):
    """One recorded frame as the venue sent it."""

    frame: bytes
    slug: str = ""


Record = FrameRecord | Sequence[Any]  # a sequence holds the values of ROW_COLUMNS, not yet checked


@dataclass(slots=True)
class TapeFile:
    """One file; `seen` and `unreadable` count its records while `records` is walked."""

    path: Path
    seen: int = 0
    unreadable: int = 0

    def records(self) -> Iterator[tuple[int, Record]]:
        """Every record with its own time in nanoseconds; a truncated, foreign or empty file raises `TapeError`."""
        try:
            yield from _records(self)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise self.error("tape", f"the file is truncated or damaged ({error}); copy it again") from error
        except UnicodeDecodeError as error:
            raise self.error("tape", "the file is no text; give JSON lines, CSV or Parquet") from error
        except csv.Error as error:
            raise self.error("tape", f"the file is no CSV ({error}); copy it again") from error
        if self.seen == self.unreadable:
            raise self.error("tape", "no record in it can be read; is it a recorded market feed?")

    def error(self, field: str, remedy: str) -> TapeError:
        """A `TapeError` about this file."""
        return TapeError(field, str(self.path), remedy)


class _Line(msgspec.Struct, frozen=True, gc=False):
    frame: msgspec.Raw
    recv: float | None = None
    recv_ns: int | None = None
    slug: str = ""


def expand(paths: Iterable[Path | str]) -> list[Path]:
    """The files behind paths; a folder stands for its tape files in name order."""
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            found += _tapes_in(path)
        elif path.exists():
            found.append(path)
        else:
            raise TapeError("tape", str(path), "no such file; give a recorded .jsonl, .csv (also .gz) or .parquet file")
    if not found:
        raise TapeError("tape", [str(path) for path in paths], f"no tape; it ends in {', '.join(SUFFIXES)}")
    return found


def _tapes_in(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIXES))
    compacted = {path.stem for path in files if path.suffix == ".parquet"}
    # a crash after compacting leaves a segment beside its Parquet; it holds the same frames
    return [path for path in files if path.suffix != ".jsonl" or path.stem not in compacted]


def _records(file: TapeFile) -> Iterator[tuple[int, Record]]:
    with file.path.open("rb") as stream:
        magic = stream.read(4)
    if magic == b"PAR1":
        yield from _parquet(file)
        return
    opener: Any = gzip.open if magic[:2] == b"\x1f\x8b" else open
    with opener(file.path, "rb") as stream:
        first = next((line for line in stream if line.strip()), b"")
    if not first:
        raise file.error("tape", "the file is empty; record or copy it again")
    if first.lstrip().startswith(b"{"):
        with opener(file.path, "rb") as stream:
            yield from _lines(file, stream)
    else:
        with opener(file.path, "rt", encoding="utf-8", newline="") as text:
            yield from _csv(file, csv.reader(text))


def _lines(file: TapeFile, stream: Any) -> Iterator[tuple[int, FrameRecord]]:
    decode = msgspec.json.Decoder(_Line).decode
    while line := stream.readline(_LINE_BYTES_MAX):
        if not line.strip():
            continue
        file.seen += 1
        if too_deep(line):
            file.unreadable += 1
            continue
        try:
            entry = decode(line)
            recv_ns = entry.recv_ns if entry.recv is None else round(entry.recv * 1_000_000) * 1_000
            if recv_ns is None:
                raise ValueError("no time of arrival")
            record = FrameRecord(_sent(entry.frame), entry.slug)
        except (msgspec.DecodeError, ValueError, OverflowError, RecursionError):
            file.unreadable += 1
            continue
        yield recv_ns, record


def _sent(raw: msgspec.Raw) -> bytes:
    """The frame as the venue sent it: JSON stands in the line itself, anything else as a JSON string."""
    data = bytes(raw)
    return msgspec.json.decode(data, type=str).encode() if data.startswith(b'"') else data


def _csv(file: TapeFile, reader: Any) -> Iterator[tuple[int, Sequence[str]]]:
    header: list[str] = next(reader, [])
    moment = "ts_ms" if "ts_ms" in header else "timestamp"
    _require(file, header, (moment, *ROW_COLUMNS))
    time_at, at = header.index(moment), [header.index(name) for name in ROW_COLUMNS]
    for values in reader:
        file.seen += 1
        try:
            record = int(values[time_at]) * NS_PER_MS, [values[i] for i in at]
        except (IndexError, ValueError):
            file.unreadable += 1
            continue
        yield record


def _parquet(file: TapeFile) -> Iterator[tuple[int, Record]]:
    import duckdb  # 50 MB that only a reader of Parquet should pay

    with closing(duckdb.connect(":memory:")) as connection:
        try:
            source = connection.execute("SELECT * FROM read_parquet(?) LIMIT 0", [str(file.path)])
            columns = [column[0] for column in source.description]
            framed = set(FRAME_COLUMNS) <= set(columns)
            query = "SELECT recv_ns, frame" if framed else _row_query(file, columns)
            cursor = connection.execute(f"{query} FROM read_parquet(?)", [str(file.path)])
            while batch := cursor.fetchmany(_BATCH):
                for time, *values in batch:
                    file.seen += 1
                    if not isinstance(time, int) or (framed and not isinstance(values[0], str | bytes)):
                        file.unreadable += 1
                    elif framed:
                        frame = values[0]
                        yield time, FrameRecord(frame.encode() if isinstance(frame, str) else frame)
                    else:
                        yield time * NS_PER_MS, values
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise file.error("tape", f"not a Parquet file that can be read ({said}); copy it again") from error


def _row_query(file: TapeFile, columns: Sequence[str]) -> str:
    moment = "ts_ms" if "ts_ms" in columns else "timestamp"
    _require(file, columns, (moment, *ROW_COLUMNS))
    return f"SELECT {'ts_ms' if moment == 'ts_ms' else 'epoch_ms(timestamp)'}, {', '.join(ROW_COLUMNS)}"


def _require(file: TapeFile, have: Iterable[str], need: Iterable[str]) -> None:
    missing = [name for name in need if name not in have]
    if missing:
        raise file.error(missing[0], f"the tape has no column {', '.join(missing)}; it was made by another tool")
