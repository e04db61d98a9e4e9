"""Learning as a heavy job: read outcomes, fit every category on a worker, and hand the fits to the ledger's one writer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from astra_actors.kernel.errors import BadInput
from astra_actors.learning.learner import categories_of, fit_calibration
from astra_actors.learning.records import Fit
from astra_actors.ledger.calibration_rows import read_calibrations, read_outcomes
from astra_actors.ledger.connection import open_reader
from astra_actors.ledger.store import LedgerStore
from supervision.heavy_jobs import HeavyJob, JobPlace

SMALL: Final = 500_000  # outcomes times categories: fitted here in less time than a Ray takes to start


@dataclass(frozen=True, slots=True)
class Learned:
    """The fits over one run's outcomes, in the order of their categories, everything together first."""

    run_id: str
    outcomes: int
    fits: tuple[Fit, ...]
    distribution: dict[str, Any]


def fit_all(ledger: Path, method: str, place: JobPlace) -> Learned:
    """Fit every category of the newest run, which need not be over; raises `BadInput` where there is nothing to learn."""
    if not ledger.exists():
        raise BadInput("--data-dir", str(ledger.parent), "there is no ledger; a run writes one")
    with closing(open_reader(ledger)) as db:
        newest = db.execute("SELECT run_id, lineage FROM runs ORDER BY rowid DESC LIMIT 1").fetchone()
        if newest is None:
            raise BadInput("--data-dir", str(ledger.parent), "the ledger holds no run yet")
        run_id, lineage = newest
        outcomes = read_outcomes(db, lineage)
        known = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'calibrations'").fetchone()
        history = read_calibrations(db, lineage) if known else []  # a ledger of an older Astra has no such table yet
    if not outcomes:
        raise BadInput("--data-dir", str(ledger.parent), "no market with a forecast has settled yet; run longer")
    cut_ns = max(one.resolved_ns for one in outcomes) + 1
    chunks = [(method, cut_ns, category) for category in categories_of(outcomes)]
    if place == JobPlace() and len(outcomes) * len(chunks) < SMALL:
        return Learned(run_id, len(outcomes), tuple(fit_calibration(outcomes, history, *chunk) for chunk in chunks), {})
    job = HeavyJob("calibrate", fit_calibration, (outcomes, history), chunks, place)
    order = {category: number for number, (_, _, category) in enumerate(chunks)}
    fits = sorted(job, key=lambda one: order[one.category])
    return Learned(run_id, len(outcomes), tuple(fits), job.figures())


def put_on_record(ledger: Path, run_id: str, fits: Sequence[Fit]) -> None:
    """Write the fits; raises `LedgerHeld` while a run writes the ledger."""
    with LedgerStore.open(ledger, create=False) as store:
        store.record_calibrations(run_id, fits)
