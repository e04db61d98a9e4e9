"""What was shown about a run after it, one file each: the readiness gates read it beside the ledger.

A study of a run's record holds for the settings and for the time it was made of: it counts no more once the run has gone on
for a day, or under other settings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_DAY
from astra_actors.reporting.atomic import write_atomic

EVIDENCE: Final = "evidence"  # the folder's name beside the ledger
STALE_NS: Final = NS_PER_DAY  # of the run's own clock: a day's trades and positions can change what a study said


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a run stands: its settings, and the end of the last window on record."""

    config_hash: str
    ledger_ns: int


def write_evidence(
    folder: Path,
    measure: str,
    value: float | bool | None,
    *,
    run_id: str,
    at: str,
    detail: Mapping[str, Any],
    of: Standing | None = None,
) -> Path:
    """Keep what a measure of one run was found to be; a later finding takes the place of an earlier one.

    `of` is where the run stood for a study of its record; what was shown once for all has none.
    """
    content = {"measure": measure, "value": value, "run_id": run_id, "at": at, "detail": dict(detail)}
    if of is not None:
        content["of"] = asdict(of)
    return write_atomic(folder / f"{measure}-{run_id}.json", json.dumps(content, indent=1, sort_keys=True) + "\n")


def read_evidence(folder: Path, run_id: str, now: Standing | None = None) -> dict[str, Any]:
    """The measures shown for this very run that still count `now`; raises `BadInput` for a file that is no evidence."""
    found = {}
    for path in sorted(folder.glob(f"*-{run_id}.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["run_id"] == run_id and _holds(content.get("of"), now):
                found[str(content["measure"])] = content["value"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput("evidence", str(path), "delete the file and show it again") from error
    return found


def _holds(of: Mapping[str, Any] | None, now: Standing | None) -> bool:
    """A study of the record counts under the same settings, and while the run has not gone on for a day since."""
    if of is None:
        return True
    return now is not None and of["config_hash"] == now.config_hash and now.ledger_ns - int(of["ledger_ns"]) <= STALE_NS
