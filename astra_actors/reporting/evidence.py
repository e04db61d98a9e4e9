"""What was shown about a run after it, one file each: the readiness gates read it beside the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from astra_actors.kernel.errors import BadInput
from astra_actors.reporting.atomic import write_atomic

EVIDENCE: Final = "evidence"  # the folder's name beside the ledger


def write_evidence(
    folder: Path, measure: str, value: float | bool | None, *, run_id: str, at: str, detail: Mapping[str, Any]
) -> Path:
    """Keep what a measure of one run was found to be; a later finding takes the place of an earlier one."""
    content = {"measure": measure, "value": value, "run_id": run_id, "at": at, "detail": dict(detail)}
    return write_atomic(folder / f"{measure}-{run_id}.json", json.dumps(content, indent=1, sort_keys=True) + "\n")


def read_evidence(folder: Path, run_id: str) -> dict[str, Any]:
    """The measures that were shown for this very run; raises `BadInput` for a file that is no evidence."""
    found = {}
    for path in sorted(folder.glob(f"*-{run_id}.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["run_id"] == run_id:
                found[str(content["measure"])] = content["value"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput("evidence", str(path), "delete the file and show it again") from error
    return found
