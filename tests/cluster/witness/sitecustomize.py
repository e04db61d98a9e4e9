"""Python starts with this on the hosts of the partition test: every live shard writes down when orders of its own rest.

What a host that is cut off did can be read nowhere else: its facts never reach the ledger.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

WATCHED = "astra_actors.engine.live_shard"


class Witness:
    """An import hook for one module, used once."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != WATCHED:
            return None
        sys.meta_path.remove(self)  # type: ignore[arg-type]
        spec = importlib.util.find_spec(name)
        assert spec is not None and spec.loader is not None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            watch(module.LiveShard)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def watch(shard_class: Any) -> None:
    """Write a line a tick: when, which shard, how many orders rest."""
    tick = shard_class.tick
    log = open(os.path.join(os.environ["WITNESS_FOLDER"], f"{os.getpid()}.ticks"), "w", buffering=1)  # noqa: SIM115

    def witnessed(self: Any, now_ns: int) -> None:
        tick(self, now_ns)
        log.write(f"{time.time_ns()} {self.index} {self.open_orders}\n")

    shard_class.tick = witnessed


if "WITNESS_FOLDER" in os.environ:
    sys.meta_path.insert(0, Witness())  # type: ignore[arg-type]
