"""Recording the venue's stream without trading on it: every frame of some markets as received, until somebody stops it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

from actors.live_loop import StreamThread
from astra_actors.config.settings import Settings
from astra_actors.feeds.polymarket_rest import PolymarketRest
from astra_actors.feeds.polymarket_stream import MarketStream
from astra_actors.feeds.stream_words import Connected, Disconnected, Frame, Word
from astra_actors.kernel.errors import AstraError
from astra_actors.kernel.rng import unit
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.instrument import MarketListing
from astra_actors.market.recorder import Recorder, compact
from astra_actors.metrics.uptime import uptime
from supervision.stop_signals import STOP, install_signal_handlers

POLL_S: Final = 0.2


def record_stream(settings: Settings, output: Path, *, seconds: float, markets: int) -> dict[str, Any]:
    """Record the most liquid open markets for so long, or until a signal; what was recorded, as `astra record` prints it."""
    rest = PolymarketRest(settings.stream)
    discovery = rest.discover(markets_max=markets)
    rest.http.close()
    if not discovery.ok or not discovery.listings:
        raise AstraError(f"{discovery.reason.value}: {discovery.detail or 'no open market'}")
    install_signal_handlers()
    return record_markets(settings, discovery.listings, output, seconds=seconds, stop=STOP.asked)


def record_markets(
    settings: Settings,
    listings: Sequence[MarketListing],
    output: Path,
    *,
    seconds: float,
    stop: threading.Event,
    now_ns: Callable[[], int] = time.time_ns,
) -> dict[str, Any]:
    """Record these markets until `stop` or the end, then compact what was written."""
    mailbox: SimpleQueue[Word] = SimpleQueue()
    params, seed = settings.stream, settings.run.seed

    def open_stream() -> MarketStream:
        return MarketStream(
            params,
            rest=PolymarketRest(params),
            now_ns=now_ns,
            say=mailbox.put,
            die=lambda purpose, attempt: unit(seed, "record", purpose, attempt),
        )

    thread = StreamThread(open_stream)
    thread.follow([listing.instrument for listing in listings], [])
    started_ns = now_ns()
    sessions = _Sessions()
    with Recorder(output, "market") as recorder:
        while not stop.is_set() and now_ns() - started_ns < seconds * NS_PER_S:
            _drain(mailbox, recorder, sessions)
            recorder.flush()
        thread.close()
        _drain(mailbox, recorder, sessions)
    ended_ns = now_ns()
    connected = uptime(sessions.closed(ended_ns), start=started_ns, end=ended_ns)
    return {
        "frames": recorder.frames,
        "markets": len(listings),
        "seconds": round((ended_ns - started_ns) / NS_PER_S, 3),
        "connected": connected.fraction,
        "gaps": connected.gaps,
        "files": [str(path) for path in compact(output)],
    }


class _Sessions:
    """When each connection stood."""

    def __init__(self) -> None:
        self._open: dict[int, int] = {}
        self._ended: list[tuple[int, int]] = []

    def note(self, word: Word) -> None:
        """Take one word of the stream."""
        if isinstance(word, Connected):
            self._open[word.connection] = word.at_ns
        elif isinstance(word, Disconnected):
            self._ended.append((self._open.pop(word.connection, word.at_ns), word.at_ns))

    def closed(self, now_ns: int) -> list[tuple[int, int]]:
        """Every stretch, those that still stand up to now."""
        return [*self._ended, *((since_ns, now_ns) for since_ns in self._open.values())]


def _drain(mailbox: SimpleQueue[Word], recorder: Recorder, sessions: _Sessions) -> None:
    """Write what has come; waits a moment for the first word."""
    try:
        word = mailbox.get(timeout=POLL_S)
        while True:
            sessions.note(word)
            if isinstance(word, Frame):
                recorder.append(word.data, word.at_ns)
            word = mailbox.get_nowait()
    except Empty:
        return
