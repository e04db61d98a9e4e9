"""How soon the command answers: `astra --help` and the imports behind it, against a Python that does nothing.

Every start is a fresh process with warm files; the median counts, the CPU time more than the wall clock.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from _table import medians, options, show

STARTS: dict[str, Sequence[str]] = {
    "python -c pass": ("-c", "pass"),
    "astra --help": ("-m", "astra_actors.cli.main", "--help"),
    "astra paper --help": ("-m", "astra_actors.cli.main", "paper", "--help"),
    "import kernel, market": ("-c", "import astra_actors.market.book"),
    "import settings": ("-c", "import astra_actors.config.load"),
    "import a shard": ("-c", "import astra_actors.engine.build"),
    "import numpy, scipy": ("-c", "import numpy, scipy.special"),
    "import ray": ("-c", "import ray"),
}


def started(arguments: Sequence[str], *, cpu: bool) -> float:
    """Milliseconds until the process has ended."""
    before, began = _children_s(), time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return 1e3 * ((_children_s() - before) if cpu else (time.perf_counter() - began))


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    chosen = options(__doc__, rounds=3)
    cpu, wall = (
        medians(chosen.rounds, {name: partial(started, how, cpu=cpu) for name, how in STARTS.items()})
        for cpu in (True, False)
    )
    base = cpu["python -c pass"]
    rows: list[dict[str, Any]] = [
        {
            "start": name,
            "cpu_ms": round(cpu[name]),
            "wall_ms": round(wall[name]),
            "ratio_cpu": round(cpu[name] / base, 1),
        }
        for name in STARTS
    ]
    show("startup", rows, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
