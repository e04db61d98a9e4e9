"""A run behind Ray as a test drives it: window by window, with the process id of every child at hand."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from actors.black_box import box_path
from astra_actors.config.snapshot import settings_json
from astra_actors.engine.build import FeedSpec
from astra_actors.ledger.store import LedgerStore
from astra_actors.simulation.harness.house import lively
from supervision.identity import run_identity
from supervision.workspace import Workspace

ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
PATIENCE_S = 60.0  # until a condition that must come is given up: a broken test, not a slow machine


def poison_hook() -> None:
    """In every worker: the market that the poison file names does it harm from then on. Stands alone, for it is pickled.

    `raise` is an error of Python, `exit` the end of the process, `loop` a blocking loop, once: the file goes with it.
    """
    import os
    from pathlib import Path

    from astra_actors.engine.market_engine import MarketEngine

    honest, file = MarketEngine.begin_window, Path(os.environ["POISONED_MARKET_FILE"])

    def begin_window(engine: MarketEngine, command: Any) -> None:
        if file.exists():
            victim, window, harm = file.read_text().split()
            if engine.market_id == victim and command.window >= int(window):
                if harm == "raise":
                    raise ValueError("a number that cannot be")
                if harm == "exit":
                    os._exit(1)
                file.unlink()
                while True:
                    pass
        honest(engine, command)

    MarketEngine.begin_window = begin_window  # type: ignore[method-assign]


def poison(market_id: str, window: int, harm: str) -> Path:
    """Make a market harmful from a window on, in every worker of the cluster."""
    file = Path(os.environ["POISONED_MARKET_FILE"])
    file.write_text(f"{market_id} {window} {harm}")
    return file


def until(condition: Callable[[], Any], told: str) -> Any:
    """Wait for something that must happen; what it was, once it has."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"in vain, for {PATIENCE_S:.0f} s: {told}")


class RayRun:
    """One Supervisor with its children in a namespace of its own."""

    def __init__(self, folder: Path, *, shards: int, supervision: dict[str, Any] | None = None) -> None:
        import ray

        from supervision.supervisor import RunSpec, Supervisor

        self._ray = ray
        self.settings = lively(folder, actors=shards)
        if supervision:
            changed = {"supervision": replace_fields(self.settings.supervision, supervision)}
            self.settings = self.settings.model_copy(update=changed)
        self.workspace = Workspace(folder)
        run = self.settings.run
        feed = FeedSpec(kind="world", seed=run.seed, days=run.days, markets=run.markets)
        identity = run_identity(str(uuid.uuid4()), self.settings, feed)
        with LedgerStore.open(self.workspace.ledger) as store:
            store.begin_run(identity, settings_json(self.settings))
        self.run_id, self.namespace = identity.run_id, f"test-{identity.run_id}"
        self.shards = shards
        spec = RunSpec(
            namespace=self.namespace,
            feed=feed,
            settings=self.settings,
            settings_json=settings_json(self.settings),
            identity=identity,
            ledger=self.workspace.ledger,
            artifacts=self.workspace.decisions(identity.run_id),
            reports=self.workspace.reports,
            shards=shards,
        )
        options = {"num_cpus": 0, "max_restarts": 5, "name": "supervisor", "namespace": self.namespace}
        self.supervisor = ray.remote(**options)(Supervisor).remote(spec)

    # -- driving ------------------------------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        return self.ask("status")

    def ask(self, method: str, *arguments: Any) -> Any:
        """Ask the Supervisor, and its successor if it dies over the question."""
        from ray.exceptions import ActorUnavailableError, RayActorError

        def answer() -> Any:
            try:
                return (self._ray.get(getattr(self.supervisor, method).remote(*arguments), timeout=PATIENCE_S),)
            except (ActorUnavailableError, RayActorError):
                return None

        return until(answer, f"the Supervisor answers {method}")[0]

    def run_to(self, window: int) -> dict[str, Any]:
        """One window after the other up to `window`."""
        status = self.status()
        while status["window"] < window:
            status = self.ask("advance", 0.0)
        return status

    def advancing(self, seconds: float) -> Any:
        """Let windows run while the test does something else."""
        return self.supervisor.advance.remote(seconds)

    def stop(self) -> str:
        """Cancel everything and flush; the digest."""
        digest: str = self.ask("stop", "SIGTERM")["digest"]
        return digest

    def stop_at(self, window: int) -> str:
        """Run up to a window and stop there."""
        self.run_to(window)
        return self.stop()

    def settle(self, going: Any) -> None:
        """Wait for windows under way, whether their Supervisor lived to answer or not."""
        with contextlib.suppress(self._ray.exceptions.RayActorError):
            self._ray.get(going, timeout=PATIENCE_S)

    def question(self, sql: str) -> list[Any]:
        """Ask the ledger from beside it."""
        import sqlite3

        with contextlib.closing(sqlite3.connect(f"file:{self.workspace.ledger}?mode=ro", uri=True)) as connection:
            return connection.execute(sql).fetchall()

    def a_market_with_orders(self) -> str:
        """A market of ours that has orders resting, as far as the ledger knows."""
        query = (
            "SELECT market_id FROM orders WHERE order_id NOT IN (SELECT order_id FROM order_events WHERE event_type IN"
            " ('fill_last', 'cancel_ack', 'reject', 'expire')) LIMIT 1"
        )
        open_now = until(lambda: self.question(query), "an order that rests is in the ledger")
        return str(open_now[0][0])

    def end(self) -> None:
        """Nothing of this run goes on."""
        for name in ("supervisor", "ledger", "research", "analyst", *(f"market-{i}" for i in range(self.shards))):
            with contextlib.suppress(Exception):
                pid = self.pid(name)
                self._ray.kill(self._ray.get_actor(name, namespace=self.namespace), no_restart=True)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
            box_path(self.run_id, name).unlink(missing_ok=True)

    # -- children -----------------------------------------------------------------------------------------------------

    def progress(self, name: str) -> dict[str, Any]:
        handle = self._ray.get_actor(name, namespace=self.namespace)
        method = handle.status if name == "supervisor" else handle.progress
        answer: dict[str, Any] = self._ray.get(method.remote(), timeout=5.0)
        return answer

    def pid(self, name: str) -> int:
        return int(self.progress(name)["pid"])

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Send a signal to the process of one child; after SIGKILL it is gone."""
        pid = self.pid(name)
        os.kill(pid, number)
        if number == signal.SIGKILL:
            until(lambda: not psutil.pid_exists(pid), f"process {pid} of {name} is gone")
        return pid

    def events(self, kind: str) -> list[tuple[str, str]]:
        """What the keeper put on record: child and reason, in order."""
        found = self.question(f"SELECT child, why FROM supervision_events WHERE kind = '{kind}' ORDER BY rowid")
        return [(child, why) for child, why in found]

    def windows_on_disk(self) -> list[int]:
        """The windows that the ledger holds."""
        return [row[0] for row in self.question('SELECT "window" FROM windows ORDER BY "window"')]

    def artifact_lines(self) -> int:
        """How many decision artifacts lie on disk."""
        folder = self.workspace.decisions(self.run_id)
        return sum(path.read_bytes().count(b"\n") for path in folder.glob("*.jsonl"))


def replace_fields(section: Any, fields: dict[str, Any]) -> Any:
    """A settings section with some fields changed."""
    from dataclasses import replace

    return replace(section, **fields)
