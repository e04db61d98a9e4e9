"""One live run from its settings to the proof that nothing of ours rests any more."""

from __future__ import annotations

from typing import Any, Final

from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec
from supervision.driver import Progress, Run, prepare

UNPROVEN: Final = {"cleared": False, "seconds": 0.0, "open": [], "why": "the run ended before the account was asked"}


def drive_live(settings: Settings, *, resume: bool, progress: Progress) -> dict[str, Any]:
    """Trade until the end or a signal; the report with `proof`: `cleared`, `seconds`, and the orders that may still rest."""
    run = settings.run
    spec = FeedSpec(kind=run.feed, seed=run.seed, days=run.days, markets=run.markets)
    prepared = prepare(settings, spec, resume=resume)
    with Run(prepared) as running:
        reason = running.drive(progress)
        proof = proof_of(running.status)
        report = running.finish(reason)
    return {**report, "proof": proof}


def proof_of(status: dict[str, Any]) -> dict[str, Any]:
    """What the holder of the account proved at the end; without its word nothing is proven."""
    return dict(status.get("cleared") or UNPROVEN)
