"""The loopback venue of the live tests as a process: each host has its own, with the same markets on the same port."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))

from polymarket_server import Venue

PORT, MARKETS = 8_900, 4

if __name__ == "__main__":
    with Venue(MARKETS, now_ms=lambda: time.time_ns() // 1_000_000, port=PORT) as venue:
        print(venue.url, flush=True)
        threading.Event().wait()
