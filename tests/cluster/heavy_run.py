"""A heavy command as a person types it on a host of a cluster."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from hosts import Host, until

from astra_actors.kernel.rng import stream

RETURNS = [float(value) for value in stream(1, "record").normal(0.001, 0.02, 200)]


class HeavyRun:
    """`astra` with some words on one host, its output on files."""

    def __init__(self, host: Host, folder: Path, *words: str, env: dict[str, str] | None = None) -> None:
        folder.mkdir(parents=True)
        self._out, self._err = folder / "out", folder / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = host.run(sys.executable, *words, env=env, out=out, err=err)

    @property
    def told(self) -> str:
        return self._err.read_text()

    def until_it_works_on(self, host: Host) -> None:
        """Wait until a worker of that host has a chunk in its hands."""

        def works() -> bool:
            assert self.process.poll() is None, f"it ended with {self.process.returncode}\n{self.told}"
            return any(command.startswith("ray::_one") for command in host.commands())

        until(works, f"{host.name} works on a chunk")

    def json(self) -> dict[str, Any]:
        """What it printed at its end."""
        code = self.process.wait(timeout=240)
        assert code == 0, f"exit code {code}\n{self.told}"
        content: dict[str, Any] = json.loads(self._out.read_text())
        return content


def ruin_words(folder: Path, address: str, *words: str) -> tuple[str, ...]:
    """`astra ruin` over the record of these tests, its data in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / "returns.csv"
    record.write_text("".join(f"{value!r}\n" for value in RETURNS))
    astra = ("-m", "astra_actors.cli.main", "ruin", "--json", "--law", "iid", "--seed", "5", "--returns", str(record))
    return (*astra, "--address", address, "--data-dir", str(folder / "data"), *words)
