"""`astra live` against `astra exchange`, each in a process of its own, and both sides' books when it is over."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from astra_command import Command, status_of

from astra_actors.config.load import shipped_dir
from astra_actors.reporting.venue_books import account_books, booked, differences, venue_books
from supervision.rehearsal_venue import RehearsalVenue

SPEED = 300  # hours of the exchange's world in one of ours: markets live for half an hour, and few end under a test
WHY = "worthless money on the exchange beside us"


class LiveHouse:
    """One exchange and the live runs against it, in one folder."""

    def __init__(self, folder: Path, *, seed: int = 1, markets: int = 60, rules: dict[str, Any] | None = None) -> None:
        self.folder, self.data = folder, folder / "data"
        self.venue = RehearsalVenue(
            folder / "venue",
            ["--seed", str(seed), "--speed", str(SPEED), "--markets", str(markets), "--days", "20"],
        )
        self.venue.start()
        told = self.venue.greeting
        self.config = folder / "here.yaml"
        self.config.write_text(
            json.dumps(
                {
                    "run": {"calendar_speed": SPEED, **(rules or {}).get("run", {})},
                    "stream": {
                        "gamma_url": told["gamma"],
                        "clob_url": told["clob"],
                        "market_ws_url": told["ws_market"],
                    },
                    "live": {"gateway": {"user_ws_url": told["ws_user"], "relayer_url": told["relayer"]}},
                    "supervision": {"restart_deaths_max": 50},
                    **{name: each for name, each in (rules or {}).items() if name != "run"},
                }
            )
        )
        self._runs: list[Command] = []

    def close(self) -> None:
        """End what still runs."""
        for run in self._runs:
            if run.process.poll() is None:
                run.end()
        self.go_on()
        self.venue.stop()

    def start(self, *more: str) -> Command:
        """Start a live run; `--resume` takes up the one before."""
        (self.data / "status.json").unlink(missing_ok=True)
        run = Command(
            self.folder / "said",
            "live", "--config", str(shipped_dir() / "rehearse.yaml"), "--config", str(self.config),
            "--override-gate", WHY, "--yes", "--days", "1", "--data-dir", str(self.data), "--json", *more,
            env=self.venue.account.environ,
        )  # fmt: skip
        self._runs.append(run)
        return run

    def until_orders(self, command: Command, number: int, fills: int = 0) -> None:
        """Wait until so many orders rest, and so many filled."""
        command.until(
            lambda: self.status("open_orders") >= number and self.status("fills") >= fills, f"{number} orders rest"
        )

    def until_more_orders(self, command: Command) -> None:
        """Wait until another order was sent than those that are known now."""
        before = self.intents
        command.until(lambda: self.intents > before, "another order leaves")

    def until_windows(self, command: Command, number: int) -> None:
        """Wait until the run has gone on for so many windows: with every fault on, orders may rightly wait for minutes."""
        first = command.until(lambda: self.status("window"), "a window is sealed")
        command.until(lambda: self.status("window") >= first + number, f"{number} more windows are sealed")

    def status(self, name: str) -> int:
        return int(status_of(self.data).get(name) or 0)

    @property
    def intents(self) -> int:
        if not (self.data / "ledger.db").exists():
            return 0
        with closing(sqlite3.connect(f"file:{self.data / 'ledger.db'}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM intents").fetchone()[0])

    def kill(self, run: Command, name: str) -> None:
        """SIGKILL for one child of the tree, once its process is known."""
        run.until(lambda: _killed(self.pids().get(name)), f"{name} has a process that can be killed")

    def pids(self) -> dict[str, int]:
        """Every process of the run by name."""
        status = status_of(self.data)
        found = {child["name"]: int(child["pid"]) for child in status["children"] if child["pid"]}
        return {**found, "driver": int(status["driver_pid"]), "supervisor": int(status["pid"])}

    def resting(self) -> int:
        """Our orders that rest at the exchange, by its own books."""
        return len(self._theirs().open_orders)

    def expect_nothing_rests(self, seconds: float) -> None:
        """Wait until the exchange's own books have no open order of ours; fails when they still have after so long."""
        give_up = time.monotonic() + seconds
        while self.resting():
            assert time.monotonic() < give_up, f"{self.resting()} orders still rest"
            time.sleep(0.1)

    def check_books(self, *, fills: int = 1) -> None:
        """Both sides tell the same: no order twice or unknown, every fill, every share, every micro-dollar."""
        theirs, account, windows = (
            self._theirs(),
            account_books(self.data / "ledger.db"),
            booked(self.data / "ledger.db"),
        )
        assert list(differences(theirs, account, windows)) == []
        assert account.repeated == 0
        assert not account.open_orders
        assert len(account.fills) >= fills

    def stand_still(self) -> None:
        """The exchange answers nothing any more, and every connection stands."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self.venue._process is not None
        self.venue._process.send_signal(number)

    def _theirs(self) -> Any:
        return venue_books(self.venue.books, self.venue.account.funder)


def house_in(folder: Path, **more: Any) -> Iterator[LiveHouse]:
    """A house that is closed again."""
    house = LiveHouse(folder, **more)
    try:
        yield house
    finally:
        house.close()


def _killed(pid: int | None) -> bool:
    """Whether a process was there to be killed; the status may still name one that has gone."""
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
