"""`astra paper` as a person starts it on the head of a cluster, watched from outside through the files it writes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hosts import Host, until


class PaperRun:
    """The command on one host."""

    def __init__(self, host: Host, folder: Path, *words: str, env: dict[str, str] | None = None) -> None:
        folder.mkdir(parents=True)
        self.data, self._out, self._err = folder / "data", folder / "out", folder / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = host.run(
                sys.executable, "-m", "astra_actors.cli.main", "paper", "--json", "--data-dir", str(self.data), *words,
                env={"ASTRA_HEALTH_PATH": str(folder / "health"), **(env or {})}, out=out, err=err,
            )  # fmt: skip

    @property
    def told(self) -> str:
        return self._err.read_text()

    def status(self) -> dict[str, Any]:
        """The status file; nothing before there is one."""
        try:
            content: dict[str, Any] = json.loads((self.data / "status.json").read_text())
        except FileNotFoundError:
            return {}
        return content

    def until(self, condition: Callable[[dict[str, Any]], Any], told: str) -> dict[str, Any]:
        """The first status of which something holds."""

        def holds() -> dict[str, Any] | None:
            status = self.status()
            if status and condition(status):
                return status
            assert self.process.poll() is None, f"it ended with {self.process.returncode} before: {told}\n{self.told}"
            return None

        found: dict[str, Any] = until(holds, told)
        return found

    def until_window(self, window: int) -> dict[str, Any]:
        return self.until(lambda status: status["window"] >= window, f"window {window}")

    def gap_s(self, since: float, lost: Host) -> float:
        """How long after `since` windows come to their end again, with every child away from the host that was lost."""
        now = self.status()["window"]

        def over(status: dict[str, Any]) -> bool:
            return status["window"] > now + 1 and lost.address not in {child["node"] for child in status["children"]}

        self.until(over, f"the run goes on without {lost.name}")
        return time.monotonic() - since

    def node_of(self, name: str) -> str:
        """The address of the node on which a child lives."""
        return str({child["name"]: child["node"] for child in self.status()["children"]}[name])

    def report(self) -> dict[str, Any]:
        """What `--json` printed at the end."""
        code = self.process.wait(timeout=120)
        assert code == 0, f"exit code {code}\n{self.told}"
        content: dict[str, Any] = json.loads(self._out.read_text())
        return content
