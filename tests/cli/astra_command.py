"""`astra` in a process of its own, watched through its files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE_S = 90.0  # until a condition that must come is given up: a broken command, not a slow machine


class Command:
    """`astra` in a process, its output on files that a test may read while it runs."""

    def __init__(self, folder: Path, *words: str, env: dict[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("*.out")))
        self.out, self.err = folder / f"{number}.out", folder / f"{number}.err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "astra_actors.cli.main", *words],
                stdout=out,
                stderr=err,
                env={**os.environ, "ASTRA_HEALTH_PATH": str(folder / "health"), **(env or {})},
            )

    def wait(self) -> int:
        """Its exit code."""
        return self.process.wait(timeout=PATIENCE_S)

    def end(self, number: int = signal.SIGKILL) -> int:
        """Send it a signal and wait for what follows."""
        self.process.send_signal(number)
        return self.wait()

    @property
    def told(self) -> str:
        return self.err.read_text()

    def json(self) -> dict[str, Any]:
        """The one JSON object on its stdout."""
        content: dict[str, Any] = json.loads(self.out.read_text())
        return content

    def until(self, condition: Callable[[], Any], told: str) -> Any:
        """Wait for something that must happen while it runs."""
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up:
            if found := condition():
                return found
            assert self.process.poll() is None, f"it ended with {self.process.returncode} before: {told}\n{self.told}"
            time.sleep(0.05)
        raise AssertionError(f"in vain, for {PATIENCE_S:.0f} s: {told}\n{self.told}")


def status_of(data: Path) -> dict[str, Any]:
    """The status file of a data directory; nothing before there is one."""
    try:
        content: dict[str, Any] = json.loads((data / "status.json").read_text())
    except FileNotFoundError:
        return {}
    return content
