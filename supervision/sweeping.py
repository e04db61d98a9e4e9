"""A sweep over a tape: every combination of settings is one deterministic replay, on any worker, in a ledger of its own."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec
from astra_actors.feeds.tape import open_tape
from astra_actors.feeds.tape_formats import expand
from astra_actors.reporting.ledger_reading import read_ledger
from astra_actors.simulation.sweep.verdict import Replayed
from supervision.local_run import LocalRun

FIGURES = ("decisions", "orders", "fills", "fills_band", "pnl_usd", "pnl_band", "cap_breaches", "ledger_digest")


@dataclass(frozen=True, slots=True)
class TapeFiles:
    """The files of a tape in their order: paths on a disk that the worker shares with us, or their bytes as well."""

    paths: tuple[str, ...]
    contents: tuple[bytes, ...] = ()

    @classmethod
    def read(cls, paths: Sequence[Path], *, travel: bool) -> TapeFiles:
        """The files below some paths; with their bytes when they have to travel to other hosts."""
        files = expand(paths)
        contents = tuple(file.read_bytes() for file in files) if travel else ()
        return cls(tuple(str(file.resolve()) for file in files), contents)

    def on_disk(self, folder: Path) -> list[Path]:
        """The files as this host has them; those that travelled are written below the folder."""
        if not self.contents:
            return [Path(path) for path in self.paths]
        found = []
        for number, (path, content) in enumerate(zip(self.paths, self.contents, strict=True)):
            place = folder / f"{number:04d}"
            place.mkdir()
            found.append(place / Path(path).name)
            found[-1].write_bytes(content)
        return found


def replay_shard(tape: TapeFiles, only: list[str] | None, number: int, settings: Settings) -> Replayed:
    """Replay the tape under one combination's settings; its ledger is read and thrown away."""
    with tempfile.TemporaryDirectory(prefix="astra-sweep-") as name:
        folder = Path(name)
        run = replace(settings.run, data_dir=str(folder / "data"))
        own = settings.model_copy(update={"run": run})
        spec = FeedSpec(kind="tape", seed=run.seed, tapes=run.tape_paths)
        with (
            contextlib.redirect_stderr(io.StringIO()),  # progress of one among many
            LocalRun(own, spec, feed=open_tape(tape.on_disk(folder)), only=only) as replay,
        ):
            result = replay.complete()
        trades = read_ledger(Path(result["ledger_path"]), result["run_id"]).trades
    figures: dict[str, Any] = {name: result[name] for name in FIGURES}
    return Replayed(number, figures, tuple(trade.ret for trade in trades if trade.cost_e10 > 0))
