"""What a study needs to know of the run in a ledger: which one it is, and under which caps it trades."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import usd_e10
from astra_actors.ledger.connection import open_reader
from astra_actors.ledger.runs import lineage_of
from astra_actors.risk.limits import RiskLimits

_REMEDY: Final = "the ledger keeps settings of another version; look at this run with that one"


def newest_run(path: Path, *, instead: str) -> str:
    """The run that was begun last; raises `BadInput` where there is none. `instead` is what a person can hand in."""
    if not path.exists():
        raise BadInput("--data-dir", str(path.parent), f"there is no ledger; a run writes one, or pass {instead}")
    with closing(open_reader(path)) as db:
        row = db.execute("SELECT run_id FROM runs ORDER BY rowid DESC LIMIT 1").fetchone()
    if row is None:
        raise BadInput("--data-dir", str(path.parent), f"the ledger holds no run yet; pass {instead}")
    return str(row[0])


def limits_of_run(path: Path, run_id: str) -> RiskLimits:
    """The caps a run trades under, as its ledger keeps them."""
    with closing(open_reader(path)) as db:
        row = db.execute(
            "SELECT config_json FROM config_snapshots WHERE run_id = ?", (lineage_of(db, run_id),)
        ).fetchone()
    if row is None:
        raise BadInput("run", run_id, "the ledger keeps no settings of it; give its caps with --config")
    return limits_of(row[0])


def limits_of(settings_json: str) -> RiskLimits:
    """The caps in a ledger's copy of a run's settings; what a later version added to them has its default."""
    try:
        return TypeAdapter(RiskLimits).validate_python(_part(settings_json, "risk"))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(step) for step in ("risk", *first["loc"]))
        raise BadInput(name, first["input"], _REMEDY) from None


def bankroll_e10_of(settings_json: str) -> int:
    """The bankroll in a ledger's copy of a run's settings."""
    return usd_e10(str(_part(settings_json, "run", "bankroll_usd")), field="run.bankroll_usd")


def _part(settings_json: str, *path: str) -> Any:
    place = json.loads(settings_json)
    for step in path:
        if not isinstance(place, dict) or step not in place:
            raise BadInput(".".join(path), None, _REMEDY)
        place = place[step]
    return place
