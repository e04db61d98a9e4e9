"""What a study needs to know of the run in a ledger: which one it is, and under which caps it trades."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from astra_actors.kernel.errors import BadInput
from astra_actors.ledger.connection import open_reader
from astra_actors.ledger.runs import lineage_of
from astra_actors.risk.limits import RiskLimits


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
        return TypeAdapter(RiskLimits).validate_python(json.loads(settings_json)["risk"])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(step) for step in first["loc"])
        remedy = "another version made this run; give its caps with --config"
        raise BadInput(f"risk.{name}", first["input"], remedy) from None
