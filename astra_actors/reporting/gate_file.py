"""A readiness gate as the newest report has it, with what was shown about that run since."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from astra_actors.gates.readiness import with_evidence
from astra_actors.kernel.errors import BadInput
from astra_actors.reporting.evidence import EVIDENCE, Standing, read_evidence

Which = Literal["paper", "live"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRead:
    """What one report says about one gate. `passed` asks every row, `binding` only those that decide."""

    which: Which
    report: Path
    run_id: str
    feed: str
    synthetic: bool
    lines: Mapping[str, Mapping[str, Any]]

    @property
    def passed(self) -> bool:
        return all(line["status"] == "PASS" for line in self.lines.values())

    @property
    def blockers(self) -> dict[str, str]:
        """The rows that decide and did not pass: item → name; on synthetic markets nothing is ready."""
        found = {
            str(line["item"]): name for name, line in self.lines.items() if line["binding"] and line["status"] != "PASS"
        }
        return {"1.1": "paper_gate", **found} if self.synthetic else found


def read_gate(data_dir: Path, which: Which, *, wanted: Callable[[Mapping[str, Any]], bool] | None = None) -> GateRead:
    """The gate of the newest report, or of the newest one that is `wanted`; raises `BadInput` where there is none."""
    for path in sorted((data_dir / "reports").glob("*.json"), reverse=True):
        content = _read(path)
        if wanted is None or wanted(content):
            return _gate(data_dir, which, path, content)
    kind = "report" if wanted is None else "such report"
    raise BadInput("--data-dir", str(data_dir), f"there is no {kind} yet; a run writes one")


def _gate(data_dir: Path, which: Which, path: Path, content: Mapping[str, Any]) -> GateRead:
    run_id = str(content["run_id"])
    standing = Standing(config_hash=str(content["config_hash"]), ledger_ns=int(content["now_ns"]))
    shown = read_evidence(data_dir / EVIDENCE, run_id, standing)
    return GateRead(
        which=which,
        report=path,
        run_id=run_id,
        feed=str(content.get("feed", "")),
        synthetic=bool(content.get("synthetic", True)),
        lines=with_evidence(content["gate" if which == "paper" else "live_gate"], shown, live=which == "live"),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput("report", str(path), f"it cannot be read ({type(error).__name__}); move it away") from None
    return content
