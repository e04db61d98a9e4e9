"""Everything a run writes, under one data directory; one running Astra a directory."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import psutil

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_S

HEARTBEAT_DEFAULT: Final = "/tmp/astra_health"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The places below `root`. Nothing is made before somebody writes there."""

    root: Path

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.db"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def status(self) -> Path:
        return self.root / "status.json"

    def decisions(self, run_id: str) -> Path:
        return self.root / "decisions" / run_id

    def manifest(self, run_id: str) -> Path:
        return self.root / "runs" / run_id / "manifest.json"

    def claim(self) -> IO[str]:
        """Take the directory for as long as the file is held; a second Astra is refused and the first not disturbed."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = (self.root / "astra.lock").open("a+")
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise BadInput("--data-dir", str(self.root), f"give a directory that this user may write: {why}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise BadInput(
                "data_dir", str(self.root), f"process {holder} runs Astra there; stop it or give another --data-dir"
            ) from None
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        return lock

    def holder(self) -> int | None:
        """The process that runs Astra here; None for nobody, also where one died and left its number behind."""
        try:
            with (self.root / "astra.lock").open("r+") as lock:
                pid = int(lock.read().strip() or 0)
                if not pid or not psutil.pid_exists(pid):
                    return None  # and the lock is not touched: whoever is starting now must not find it taken
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return pid
        except (OSError, ValueError):
            return None
        return None


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    fresh.replace(path)


def still_runs(pid: int, seen_ns: int) -> bool:
    """Whether the process that was `pid` at `seen_ns` still runs; one born after that has only got its number."""
    import psutil

    try:
        born_s: float = psutil.Process(pid).create_time()
    except psutil.Error:
        return False
    return born_s <= seen_ns / NS_PER_S + 1.0  # the kernel counts births in ticks


def heartbeat_path() -> Path:
    """Where the heartbeat goes."""
    return Path(os.environ.get("ASTRA_HEALTH_PATH", HEARTBEAT_DEFAULT))
