"""One live run from its settings to the proof that nothing of ours rests any more."""

from __future__ import annotations

from typing import Any, Final

from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec
from astra_actors.kernel.errors import AstraError
from supervision.driver import Progress, Run, prepare
from supervision.refusals import GaveUp

UNPROVEN: Final = {"cleared": False, "seconds": 0.0, "open": [], "why": "the run ended before the account was asked"}


class EndedEarly(AstraError):
    """The run gave up; `proof` says what may still rest at the venue."""

    def __init__(self, why: str, proof: dict[str, Any]) -> None:
        self.proof = proof
        super().__init__(f"gave up: {why}; trading is halted, and `--resume` takes the run up once the cause is gone")


def drive_live(settings: Settings, *, resume: bool, progress: Progress) -> dict[str, Any]:
    """Trade until the end or a signal; the report with `proof`: `cleared`, `seconds`, `open`. Raises `EndedEarly`."""
    run = settings.run
    spec = FeedSpec(kind=run.feed, seed=run.seed, days=run.days, markets=run.markets)
    prepared = prepare(settings, spec, resume=resume)
    with Run(prepared) as running:
        reason = running.drive(progress)
        proof = proof_of(running.status)
        try:
            report = running.finish(reason)
        except GaveUp:
            raise EndedEarly(running.status["given_up"], proof) from None
    return {**report, "proof": proof}


def proof_of(status: dict[str, Any]) -> dict[str, Any]:
    """What the holder of the account proved at the end; without its word nothing is proven."""
    return dict(status.get("cleared") or UNPROVEN)
