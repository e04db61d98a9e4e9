"""From a match at the venue to the exposure the Supervisor knows of: `astra live` against `astra exchange`, stage by stage.

Nothing is measured from outside: the times are those that the exchange and the ledger wrote. The baseline is the window's
length, since what a market holds reaches the Supervisor with the report of the window in which its owner heard of it.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from _table import at_percent, options, show

from astra_actors.config.load import load_settings, shipped_dir
from supervision.rehearsal_venue import RehearsalVenue

SPEED: Final = 300  # hours of the exchange's world in one of ours
WHY: Final = "worthless money on the exchange beside us"
PATIENCE_S: Final = 100.0  # fewer fills than wished for by then are what there is
END_S: Final = 60.0
FILLS: Final = """
    SELECT a.trade_id, lower(a.venue_id), a.seen_ns, f.local_ns, w.end_ns
    FROM account_fills a JOIN fills f ON f.fill_id = a.fill_id
    JOIN windows w ON w."window" = f."window" AND w.run_id = f.run_id
"""
MATCHED: Final = "SELECT t.id, lower(f.order_id), t.matched_ms FROM trades t JOIN fills f ON f.trade_id = t.id"
WINDOWS: Final = 'SELECT end_ns - lag(end_ns) OVER (ORDER BY "window") FROM windows'


class Live:
    """A live run in a process of its own, against an exchange in another; both end with it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.venue = RehearsalVenue(
            folder / "venue", ["--seed", "1", "--speed", str(SPEED), "--markets", "60", "--days", "20"]
        )
        self.venue.start()
        self.files = [shipped_dir() / "rehearse.yaml", folder / "here.yaml"]
        self.files[1].write_text(json.dumps(_settings(self.venue.greeting)))
        words = [
            "live",
            "--override-gate",
            WHY,
            "--yes",
            "--days",
            "1",
            "--data-dir",
            str(self.data),
            "--json",
        ]
        words += [word for path in self.files for word in ("--config", str(path))]
        environ = {**os.environ, **self.venue.account.environ, "ASTRA_HEALTH_PATH": str(folder / "health")}
        self.said = folder / "said"
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "astra_actors.cli.main", *words], stdout=said, stderr=said, env=environ
            )

    @property
    def ledger(self) -> Path:
        return self.data / "ledger.db"

    def status(self) -> dict[str, Any]:
        """What the run says of itself; nothing before it does."""
        try:
            told: dict[str, Any] = json.loads((self.data / "status.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return told

    def end(self) -> int:
        """Take everything off, and end both."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(END_S)
        finally:
            self.process.kill()
            self.venue.stop()


def _settings(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "run": {"calendar_speed": SPEED},
        "stream": {"gamma_url": told["gamma"], "clob_url": told["clob"], "market_ws_url": told["ws_market"]},
        "live": {"gateway": {"user_ws_url": told["ws_user"], "relayer_url": told["relayer"]}},
    }


def traded(live: Live, fills: int) -> dict[str, Any]:
    """Let it trade until there were so many fills; what the account said of itself last."""
    give_up = time.monotonic() + PATIENCE_S
    seen: dict[str, Any] = {}
    while time.monotonic() < give_up:
        status = live.status()
        seen = status.get("gateway") or seen
        if (status.get("fills") or 0) >= fills:
            break
        if live.process.poll() is not None:
            raise SystemExit(live.said.read_text()[-2_000:])
        time.sleep(0.5)
    return seen


def read(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of a file that nobody writes any more."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def stages(live: Live) -> dict[str, list[float]]:
    """Milliseconds of each stage of each fill whose two sides are known."""
    matched = {(trade, order): at_ms for trade, order, at_ms in read(live.venue.books, MATCHED)}
    found: dict[str, list[float]] = {}
    for trade, order, seen_ns, told_ns, end_ns in read(live.ledger, FILLS):
        at_ms = matched[trade, order]
        times_ms = [at_ms, seen_ns / 1e6, told_ns / 1e6, end_ns / 1e6]
        names = ("match → frame at the Gateway", "→ row durable, told to the owner", "→ the window's report is asked")
        for name, first, last in zip(names, times_ms, times_ms[1:], strict=False):
            found.setdefault(name, []).append(last - first)
        found.setdefault("match → exposure at the Supervisor", []).append(times_ms[-1] - times_ms[0])
    return found


def main() -> None:
    """Print the table."""
    wish = options(__doc__, fills=60)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        live = Live(Path(folder))
        try:
            seen = traded(live, wish.fills)
        finally:
            code = live.end()
        if code:
            raise SystemExit(live.said.read_text()[-2_000:])
        print(time.monotonic() - began, seen, file=sys.stderr)
        window_ms = 1_000.0 * load_settings(files=live.files, environ={}).run.window_s
        rows = [_row(name, took, window_ms) for name, took in stages(live).items()]
        windows = [ns / 1e6 for (ns,) in read(live.ledger, WINDOWS) if ns]
    rows.insert(0, _row("a window", windows, window_ms))
    show("live fills", rows, as_json=wish.json)


def _row(what: str, took_ms: list[float], window_ms: float) -> dict[str, Any]:
    p50 = at_percent(took_ms, 50)
    return {
        "what": what,
        "count": len(took_ms),
        "p50_ms": p50,
        "p99_ms": at_percent(took_ms, 99),
        "of a window": p50 / window_ms,
    }


if __name__ == "__main__":
    main()
