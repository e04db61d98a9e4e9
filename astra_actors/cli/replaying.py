"""What `astra replay` does: verify the books of a tape, then trade on it in this process, without Ray."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from astra_actors.cli.options import say

if TYPE_CHECKING:
    from astra_actors.config.settings import Settings
    from astra_actors.feeds.tape import Tape


def replay_tape(settings: Settings, paths: list[Path], *, trade: bool, only: list[str] | None) -> dict[str, Any]:
    """Replay and return the figures of the operator's contract."""
    from astra_actors.feeds.tape import open_tape
    from astra_actors.feeds.tape_stats import replay_book

    started = time.perf_counter()
    say(f"astra: reading {', '.join(path.name for path in paths)}")
    tape = open_tape(paths)
    book = replay_book(tape)
    result: dict[str, Any] = {**asdict(book), "ledger_digest": None}
    if trade:
        result |= _trade(settings, tape, only)
    result["wall_s"] = round(time.perf_counter() - started, 3)
    return result


def say_replay(result: dict[str, Any]) -> None:
    """The figures for a person."""
    say(f"{result['frames']:,} frames, {result['entries']:,} entries, {result['trades']:,} trades, "
        f"{result['markets']} markets, {result['rejected_frames']} rejected")  # fmt: skip
    say(f"rebuilt top equals the venue's in {result['top_matches']:,} of {result['comparable']:,} comparable states, "
        f"crossed {result['crossed_states']}, resyncs {result['resyncs']}, tick changes {result['tick_changes']}")  # fmt: skip
    if result["hash_checked"]:
        say(f"book hashes verified: {result['hash_ok']:,} of {result['hash_checked']:,}")
    if "decisions" in result:
        say(f"{result['decisions']:,} decisions, {result['orders']:,} orders, fills {result['fills_band']}")
        say(f"P&L at the last mid {result['pnl_band']} USD; vetoes {result['vetoes']}")
        say(f"ledger {result['ledger_path']} digest {result['ledger_digest'][:16]}; "
            "ask it with: astra explain ORDER_OR_MARKET")  # fmt: skip
    say(f"{result['wall_s']:.1f} s")


def _trade(settings: Settings, tape: Tape, only: list[str] | None) -> dict[str, Any]:
    from astra_actors.engine.build import FeedSpec
    from supervision.local_run import LocalRun

    spec = FeedSpec(kind="tape", seed=settings.run.seed, tapes=settings.run.tape_paths)
    with LocalRun(settings, spec, feed=tape, only=only) as run:
        return run.complete()
