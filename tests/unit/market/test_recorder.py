"""Frames on disk as they arrived, and the same frames read back as a tape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from astra_actors.feeds.tape import open_tape
from astra_actors.feeds.tape_formats import FrameRecord, TapeFile
from astra_actors.market.recorder import Recorder, compact

T0 = 1_790_000_000_000_000_000
FRAMES: list[bytes | str] = [
    b'{"event_type":"book"}',
    '[{"a":"\u20ac"}]',
    b'{"spread":\n"over lines"}',
    "PONG",
    b"\xff\xfe",
    b'{"cut":',
]
READ_BACK = [
    b'{"event_type":"book"}',
    '[{"a":"\u20ac"}]'.encode(),
    b'{"spread":\n"over lines"}',
    b"PONG",
    "\ufffd\ufffd".encode(),
    b'{"cut":',
]


def frames_in(path: Path) -> list[tuple[int, bytes]]:
    found = []
    for recv_ns, record in TapeFile(path).records():
        assert isinstance(record, FrameRecord)
        found.append((recv_ns, record.frame))
    return found


def book(number: int) -> bytes:
    sides = {"bids": [{"price": "0.4", "size": str(number)}], "asks": [{"price": "0.6", "size": "1"}]}
    sent = {"event_type": "book", "market": "0xc", "asset_id": "1", "timestamp": "1790000000000"} | sides
    return json.dumps(sent).encode()


def test_every_frame_comes_back_as_it_arrived(tmp_path: Path) -> None:
    with Recorder(tmp_path, "market") as recorder:
        for number, frame in enumerate(FRAMES):
            recorder.append(frame, T0 + number)
    (segment,) = tmp_path.iterdir()
    expected = [(T0 + number, frame) for number, frame in enumerate(READ_BACK)]
    assert frames_in(segment) == expected
    assert recorder.frames == len(FRAMES)
    (parquet,) = compact(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [parquet.name]
    assert frames_in(parquet) == expected


def test_segments_turn_over_by_size_and_sort_by_time(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "market", segment_bytes_max=1)
    for number in range(3):
        recorder.append(book(number + 1), T0 + number)
    recorder.close()
    assert len(sorted(tmp_path.glob("*.jsonl"))) == 3
    tape = open_tape([tmp_path])
    assert [event.local_ns for event in tape.events("0xc", 0, 2 * T0)] == [T0, T0 + 1, T0 + 2]
    compact(tmp_path)
    assert list(open_tape([tmp_path]).events("0xc", 0, 2 * T0)) == list(tape.events("0xc", 0, 2 * T0))


def test_a_segment_left_open_by_a_crash_is_finished_and_its_torn_line_costs_one_frame(tmp_path: Path) -> None:
    crashed = Recorder(tmp_path, "market")
    crashed.append(book(1), T0)
    crashed.flush()
    (leftover,) = tmp_path.iterdir()
    leftover.write_bytes(leftover.read_bytes() + b'{"recv_ns":17900')
    Recorder(tmp_path, "market")
    (segment,) = tmp_path.glob("*.jsonl")
    tape = open_tape([segment])
    assert (tape.stats.frames, tape.stats.rejected_frames) == (2, 1)
    compact(tmp_path)
    assert open_tape([tmp_path]).stats.frames == 1


def test_a_segment_beside_its_own_parquet_is_read_once(tmp_path: Path) -> None:
    with Recorder(tmp_path, "market") as recorder:
        recorder.append(book(1), T0)
    (segment,) = tmp_path.iterdir()
    kept = segment.read_bytes()
    compact(tmp_path)
    segment.write_bytes(kept)
    assert open_tape([tmp_path]).stats.frames == 1


@pytest.mark.parametrize("frame", ["PONG", b'{"a":1}'])
def test_nothing_is_written_before_the_first_frame(tmp_path: Path, frame: bytes | str) -> None:
    recorder = Recorder(tmp_path / "new", "user")
    assert list((tmp_path / "new").iterdir()) == []
    recorder.append(frame, T0)
    recorder.close()
    recorder.close()
    assert [path.name for path in (tmp_path / "new").iterdir()] == [f"user-{T0:020d}.jsonl"]
