"""From a match at the venue to the exposure the Supervisor knows of: `astra live` against `astra exchange`, stage by stage.

Nothing is measured from outside: the times are those that the exchange and the ledger wrote. The baseline is the window's
length, since what a market holds reaches the Supervisor with the report of the window in which its owner heard of it. The
exchange's crowd meets our orders seldom, so a taker of our own does: one order at a time, from another account.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import random
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
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import OrderArgs
from py_clob_client_v2.exceptions import PolyApiException

from astra_actors.config.load import load_settings, shipped_dir
from supervision.rehearsal_venue import RehearsalVenue

SPEED: Final = 300  # hours of the exchange's world in one of ours
logging.getLogger("py_clob_client_v2").setLevel(logging.CRITICAL)  # it says every refusal, and many are expected
WHY: Final = "worthless money on the exchange beside us"
PATIENCE_S: Final = 120.0  # until the first order rests: seconds where nothing else is going on
TRADING_S: Final = 50.0  # from then on; fewer fills than wished for by then are what there is
TAKER: Final = 0  # the account beside the one that trades
TAKEN: Final = 3_000.0  # shares at most, those of the crowd before ours among them
EVERY_S: Final = 0.17  # so that fills fall on every part of a window
END_S: Final = 60.0
FILLS: Final = """
    SELECT a.trade_id, lower(a.venue_id), a.seen_ns, f.local_ns, w.end_ns
    FROM account_fills a JOIN fills f ON f.fill_id = a.fill_id
    JOIN windows w ON w."window" = f."window" AND w.run_id = f.run_id
    WHERE w."window" < (SELECT max("window") FROM windows)
"""  # the last window is the stop's: its end is as far away as the stop may take
RESTING: Final = """
    SELECT i.side, i.price_e4, i.token_id, CASE i.token_id WHEN m.yes_asset THEN m.no_asset ELSE m.yes_asset END
    FROM intents i JOIN markets m ON m.market_id = i.market_id
    WHERE NOT EXISTS (SELECT 1 FROM order_ends e WHERE e.venue_id = i.venue_id)
"""
MATCHED: Final = "SELECT t.id, lower(f.order_id), t.matched_ms FROM trades t JOIN fills f ON f.trade_id = t.id"
WINDOWS: Final = 'SELECT end_ns - lag(end_ns) OVER (ORDER BY "window") FROM windows ORDER BY "window"'


class Live:
    """A live run in a process of its own, against an exchange in another; both end with it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.venue = RehearsalVenue(
            folder / "venue", ["--seed", "1", "--speed", str(SPEED), "--markets", "30", "--days", "20"]
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


class Taker:
    """Another account, which buys what our resting orders want to sell, or the other token of what they want to buy."""

    def __init__(self, venue: RehearsalVenue, seed: int = 1) -> None:
        greeting, account = venue.greeting, venue.greeting["accounts"][TAKER]
        venue.post("act", {"do": "deposit", "address": account["funder"], "cash_e6": 10**12})
        kind = {"signature_type": account["signature_type"], "funder": account["funder"]}
        self._client = ClobClient(greeting["clob"], 137, key=account["private_key"], **kind)
        self._client.set_api_creds(self._client.create_or_derive_api_key())
        self._dice = random.Random(seed)

    def take(self, ledger: Path) -> bool:
        """Sweep down to one of our orders, and a little of it; whether there is one."""
        resting = read(ledger, RESTING) if ledger.exists() else []
        if not resting:
            return False
        side, price_e4, token, other = self._dice.choice(resting)
        price = (10_000 - price_e4 if side == "BUY" else price_e4) / 10_000
        args = OrderArgs(token_id=other if side == "BUY" else token, price=price, size=TAKEN, side="BUY")
        with contextlib.suppress(PolyApiException):  # the order is gone, or its market is over
            self._client.post_order(self._client.create_order(args), "FAK")
        return True


def traded(live: Live, fills: int) -> dict[str, Any]:
    """Let it trade until there were so many fills; what the account said of itself last."""
    give_up = time.monotonic() + PATIENCE_S
    seen: dict[str, Any] = {}
    taker, begun = Taker(live.venue), False
    while time.monotonic() < give_up:
        status = live.status()
        seen = status.get("gateway") or seen
        if (status.get("fills") or 0) >= fills:
            break
        if taker.take(live.ledger) and not begun:
            begun, give_up = True, time.monotonic() + TRADING_S
        with contextlib.suppress(subprocess.TimeoutExpired):
            live.process.wait(EVERY_S)
            raise SystemExit(live.said.read_text()[-2_000:])
    if not seen.get("fills"):
        raise SystemExit("nothing was filled; the machine is too busy for this benchmark")
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
    with tempfile.TemporaryDirectory() as folder:
        live = Live(Path(folder))
        try:
            seen = traded(live, wish.fills)
        finally:
            code = live.end()
        if code:
            raise SystemExit(live.said.read_text()[-2_000:])
        window_ms = 1_000.0 * load_settings(files=live.files, environ={}).run.window_s
        windows = [ns / 1e6 for (ns,) in read(live.ledger, WINDOWS) if ns][:-1]
        took = {"a window": windows, **stages(live)}
    rows = [_row(name, figures, window_ms) for name, figures in took.items()]
    durable = {"p50_ms": seen.get("write_ahead_p50_ms"), "p99_ms": seen.get("write_ahead_p99_ms")}
    rows.insert(3, {"what": "   of it: any rows until they are durable", **durable})
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
