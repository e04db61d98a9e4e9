"""From frame bytes to best bid and ask: Astra's wire decode and book against the usual bot (json.loads and SortedDict).

Both read the same recorded frames in the same process, alternating; what counts is the ratio of the medians of CPU time.
Astra runs a second time with every change of the top remembered and taken in by the flow signals, as the engine does.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from sortedcontainers import SortedDict

from astra_actors.feeds.tape import open_tape
from astra_actors.kernel.ids import content_id
from astra_actors.kernel.units import NS_PER_MS, price, shares
from astra_actors.market.book import MarketBook
from astra_actors.market.events import BookChanged, LevelChange
from astra_actors.market.instrument import Instrument
from astra_actors.market.ring_buffer import RingBuffer, Top
from astra_actors.market.wire import Decoder
from astra_actors.signals.flow import FlowSignals
from astra_actors.signals.params import SignalParams

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ws"
RATIO_MIN = 1.5  # below it something broke; float keys are faster and inexact, Decimal keys as exact as ours
Pairs = Sequence[tuple[str, str, str]]  # market, YES, NO


def price_change_frames(limit: int, changes_each: int) -> tuple[list[bytes], Pairs]:
    """Recorded book entries as the frames they came in, with one or with both tokens of an order in a frame."""
    tape = open_tape([DATA / "tickscope_20260607_0130.csv.gz"])
    pairs = [
        ("0x" + content_id("m", one.market_id)[2:].ljust(64, "0"), one.instrument.yes_asset, one.instrument.no_asset)
        for one in tape.listings()
    ]
    names = {one.market_id: market for one, (market, _, _) in zip(tape.listings(), pairs, strict=True)}
    events = [
        event
        for one in tape.listings()
        for event in tape.events(one.market_id, tape.start_ns, tape.end_ns)
        if isinstance(event, BookChanged)
    ]
    events.sort(key=lambda event: event.local_ns)
    frames: list[bytes] = []
    for event in events:
        for start in range(0, len(event.changes), changes_each):
            entries = [_entry(change) for change in event.changes[start : start + changes_each]]
            frame = {
                "event_type": "price_change",
                "market": names[event.market_id],
                "timestamp": str(event.venue_ns // 1_000_000),
                "price_changes": entries,
            }
            frames.append(json.dumps(frame, separators=(",", ":")).encode())
            if len(frames) == limit:
                return frames, pairs
    return frames, pairs


def _entry(change: LevelChange) -> dict[str, str]:
    assert change.best_bid_e4 is not None
    assert change.best_ask_e4 is not None
    return {
        "asset_id": change.asset_id,
        "price": f"{price(change.price_e4):g}",
        "size": f"{shares(change.size_e6):.15g}",
        "side": "BUY" if change.is_bid else "SELL",
        "hash": content_id("h", change.asset_id, change.price_e4, change.size_e6)[2:].ljust(40, "0"),
        "best_bid": f"{price(change.best_bid_e4):g}",
        "best_ask": f"{price(change.best_ask_e4):g}",
    }


def book_frames(limit: int) -> tuple[list[bytes], Pairs]:
    """Recorded `book` frames, verbatim."""
    frames: list[bytes] = []
    pairs: dict[str, tuple[str, str, str]] = {}
    with gzip.open(DATA / "btc5m_book_frames_20260416.jsonl.gz", "rb") as stream:
        for line in stream:
            frame = line[line.index(b'"frame":') + 8 : -2]
            found = json.loads(frame)
            market, asset = found["market"], found["asset_id"]
            known = pairs.setdefault(market, (market, asset, "other of " + asset))
            if asset != known[1]:
                pairs[market] = (market, known[1], asset)
            frames.append(frame)
            if len(frames) == limit:
                break
    return frames, list(pairs.values())


def with_signals(warm_up: Sequence[bytes], frames: Sequence[bytes], pairs: Pairs) -> float:
    """CPU seconds for all frames, with a ring of tops and the flow signals of every market."""
    decoder = Decoder()
    books = {m: MarketBook(Instrument(market_id=m, yes_asset=yes, no_asset=no)) for m, yes, no in pairs}
    parts = {m: (book, RingBuffer(), FlowSignals(SignalParams())) for m, book in books.items()}
    clock = count()  # a millisecond a frame; the recorded time does not matter here

    def run(frames: Sequence[bytes]) -> int:
        decode, checksum = decoder.decode, 0
        for frame, at_ms in zip(frames, clock, strict=False):
            for event in decode(frame, at_ms * NS_PER_MS):
                book, ring, flow = parts[event.market_id]
                if book.apply(event):
                    now_ns, bid_e4, ask_e4 = event.local_ns, book.best_bid_e4, book.best_ask_e4
                    ring.append(Top(now_ns, bid_e4, book.bid_size_e6, ask_e4, book.ask_size_e6))
                    flow.on_top(now_ns, bid_e4, book.bid_size_e6, ask_e4, book.ask_size_e6, book.tick_e4)
                    checksum += (bid_e4 or 0) + (ask_e4 or 0)
        return checksum

    return _timed(run, warm_up, frames)


def astra(warm_up: Sequence[bytes], frames: Sequence[bytes], pairs: Pairs) -> float:
    """CPU seconds for all frames, as the engine takes them: decode, apply, look at the top when it moved."""
    decoder = Decoder()
    books = {m: MarketBook(Instrument(market_id=m, yes_asset=yes, no_asset=no)) for m, yes, no in pairs}

    def run(frames: Sequence[bytes]) -> int:
        decode, checksum = decoder.decode, 0
        for frame in frames:
            for event in decode(frame, 0):
                book = books[event.market_id]
                if book.apply(event):
                    checksum += (book.best_bid_e4 or 0) + (book.best_ask_e4 or 0)
        return checksum

    return _timed(run, warm_up, frames)


def usual(warm_up: Sequence[bytes], frames: Sequence[bytes], pairs: Pairs, number: Callable[[str], Any]) -> float:
    """The same with generic JSON and a sorted dictionary for each side; no check against the venue's own top."""
    books: dict[str, tuple[Any, Any]] = {token: (SortedDict(), SortedDict()) for _, *both in pairs for token in both}

    def run(frames: Sequence[bytes]) -> float:
        checksum = 0.0
        for frame in frames:
            message = json.loads(frame)
            if message["event_type"] == "book":
                bids = SortedDict((number(level["price"]), number(level["size"])) for level in message["bids"])
                asks = SortedDict((number(level["price"]), number(level["size"])) for level in message["asks"])
                books[message["asset_id"]] = (bids, asks)
            else:
                for change in message["price_changes"]:
                    bids, asks = books[change["asset_id"]]
                    side = bids if change["side"] == "BUY" else asks
                    at, size = number(change["price"]), number(change["size"])
                    if size == 0:
                        side.pop(at, None)
                    else:
                        side[at] = size
            checksum += float(bids.peekitem(-1)[0] if bids else 0) + float(asks.peekitem(0)[0] if asks else 0)
        return checksum

    return _timed(run, warm_up, frames)


def _timed(run: Callable[[Sequence[bytes]], float], warm_up: Sequence[bytes], frames: Sequence[bytes]) -> float:
    run(warm_up)
    gc.collect()
    start = time.process_time()  # CPU time: a neighbour on the machine is not our cost
    checksum = run(frames)
    seconds = time.process_time() - start
    assert checksum
    return seconds


def compare(name: str, frames: Sequence[bytes], pairs: Pairs, rounds: int) -> dict[str, Any]:
    """Medians of alternating rounds; the first third of the frames fills books and caches and is not timed."""
    warm_up, timed = frames[: len(frames) // 3], frames[len(frames) // 3 :]
    ours, signalled, floats, decimals = [], [], [], []
    for _ in range(rounds):
        ours.append(astra(warm_up, timed, pairs))
        signalled.append(with_signals(warm_up, timed, pairs))
        floats.append(usual(warm_up, timed, pairs, float))
        decimals.append(usual(warm_up, timed, pairs, Decimal))
    astra_s, signals_s, float_s, decimal_s = map(statistics.median, (ours, signalled, floats, decimals))
    return {
        "frames": name,
        "count": len(timed),
        "bytes_mean": round(sum(map(len, timed)) / len(timed)),
        "astra_frames_per_s": round(len(timed) / astra_s),
        "with_signals_per_s": round(len(timed) / signals_s),
        "usual_frames_per_s": round(len(timed) / float_s),
        "ratio": round(float_s / astra_s, 2),
        "ratio_decimal_keys": round(decimal_s / astra_s, 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=60_000, help="price_change frames a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if not DATA.is_dir():
        print(f"skipped: the recorded data is not at {DATA}", file=sys.stderr)
        return 0
    rows = [
        compare("price_change, 1 entry", *price_change_frames(options.frames, 1), options.rounds),
        compare("price_change, 2 entries", *price_change_frames(options.frames // 2, 2), options.rounds),
        compare("book", *book_frames(max(1, options.frames // 20)), options.rounds),
    ]
    passed = all(row["ratio"] >= RATIO_MIN for row in rows)
    if options.json:
        print(json.dumps({"benchmark": "frames", "ratio_min": RATIO_MIN, "passed": passed, "rows": rows}))
    else:
        print(f"{'frames':<24}{'count':>7}{'bytes':>7}{'astra/s':>11}{'+ signals/s':>13}"
              f"{'usual/s':>11}{'ratio':>7}{'(Decimal)':>11}")  # fmt: skip
        for row in rows:
            print(
                f"{row['frames']:<24}{row['count']:>7}{row['bytes_mean']:>7}{row['astra_frames_per_s']:>11,}"
                f"{row['with_signals_per_s']:>13,}{row['usual_frames_per_s']:>11,}"
                f"{row['ratio']:>7}{row['ratio_decimal_keys']:>11}"
            )
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
