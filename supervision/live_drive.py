"""One live run from its settings to the proof that nothing of ours rests any more."""

from __future__ import annotations

from typing import Any, Final

from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec
from astra_actors.kernel.errors import AstraError
from supervision.driver import Progress, Run, prepare
from supervision.refusals import GaveUp

UNPROVEN: Final = {"cleared": False, "seconds": 0.0, "open": [], "why": "the run ended before the account was asked"}
MARGIN_S: Final = 5.0  # what an answer may need beyond the time the Gateway was given


class EndedEarly(AstraError):
    """The run gave up; `proof` says what may still rest at the venue."""

    def __init__(self, why: str, proof: dict[str, Any]) -> None:
        self.proof = proof
        super().__init__(f"gave up: {why}; trading is halted, and `--resume` takes the run up once the cause is gone")


def drive_live(settings: Settings, *, resume: bool, progress: Progress) -> dict[str, Any]:
    """Trade until the end or a signal; the report with `proof`: `cleared`, `seconds`, `open`. Raises `EndedEarly`.

    A run that breaks off takes its orders off before anything of it ends, whatever broke it.
    """
    run = settings.run
    spec = FeedSpec(kind=run.feed, seed=run.seed, days=run.days, markets=run.markets)
    prepared = prepare(settings, spec, resume=resume)
    with Run(prepared) as running:
        try:
            reason = running.drive(progress)
        except Exception as error:  # a full disk, a Supervisor that does not come back, a bug
            raise EndedEarly(sentence(error), clear_at_once(running.namespace, settings)) from error
        proof = proof_of(running.status)
        try:
            report = running.finish(reason)
        except GaveUp:
            raise EndedEarly(running.status["given_up"], proof) from None
        except Exception as error:  # what was proven is told, also where no report can be written any more
            raise EndedEarly(f"the run could not be closed: {sentence(error)}", proof) from error
    return {**report, "proof": proof}


def clear_at_once(namespace: str, settings: Settings) -> dict[str, Any]:
    """Past a Supervisor that may be gone: the holder of the keys itself takes everything off and says what is proven."""
    import ray

    timeout_s = settings.live.cancel_timeout_s
    try:
        gateway = ray.get_actor("gateway", namespace=namespace)
        return dict(ray.get(gateway.on_stop.remote(timeout_s), timeout=timeout_s + MARGIN_S))
    except Exception as error:  # whatever happens to it now, the venue's dead man's switch is left
        return {**UNPROVEN, "why": f"the gateway does not answer: {sentence(error)}"}


def sentence(error: BaseException) -> str:
    """An exception as one line."""
    return f"{type(error).__name__}: {error}".splitlines()[0]


def proof_of(status: dict[str, Any]) -> dict[str, Any]:
    """What the holder of the account proved at the end; without its word nothing is proven."""
    return dict(status.get("cleared") or UNPROVEN)
