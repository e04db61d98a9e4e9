"""The driver's end of the Supervisor: a question is put again to one that died and came back, and a failure is a sentence."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from astra_actors.kernel.errors import AstraError
from astra_actors.reporting.logging import get_logger

if TYPE_CHECKING:
    from supervision.supervisor import RunSpec

LOG: Final = get_logger("driver")
TRIES: Final = 5
HUNG: Final = 3  # times our patience: it may itself be waiting for a child that hangs and for its successor


class SupervisorLost(AstraError):
    """The Supervisor does not start, or does not come back."""

    def __init__(self, error: Exception) -> None:
        said = [line.strip() for line in str(error).splitlines() if line.strip()]
        cause = next((line for line in reversed(said) if "Error" in line), said[-1] if said else "no reason given")
        super().__init__(f"the Supervisor is gone: {cause}; what was acknowledged is in the ledger, see --resume")


class SupervisorLink:
    """Start the Supervisor of a run and ask it; `losses` counts how often it had to be waited for."""

    def __init__(
        self,
        namespace: str,
        *,
        patience_s: float,
        hung_s: float | None = None,
        lost: Callable[[str], None] = lambda method: None,
    ) -> None:
        self._namespace, self._patience_s, self._lost = namespace, patience_s, lost
        self._hung_s = hung_s or HUNG * patience_s  # without an answer for so long it is ended; Ray starts it again
        self._actor: Any = None
        self.losses = 0

    def start(self, spec: RunSpec) -> dict[str, Any]:
        """Start it and hear where the run stands. Ray brings it back when it dies; our handle must stay for that."""
        import ray
        from ray.exceptions import RayActorError
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        from supervision.supervisor import Supervisor

        beside_us = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        options = {
            "num_cpus": 0,
            "max_restarts": TRIES,
            "name": "supervisor",
            "namespace": self._namespace,
            "scheduling_strategy": beside_us,  # the ledger lies on the driver's disk
        }
        self._actor = ray.remote(**options)(Supervisor).remote(spec)
        try:
            status: dict[str, Any] = ray.get(self._actor.status.remote())
        except RayActorError as error:
            raise SupervisorLost(error) from None
        return status

    def ask(self, method: str, *arguments: Any) -> Any:
        """Put a question; one that died over it is started again by Ray and recovers, so the question is put again."""
        from ray.exceptions import RayActorError, RayTaskError

        for attempt in range(TRIES):
            try:
                return self._answer(getattr(self._actor, method).remote(*arguments))
            except (
                RayTaskError
            ) as error:  # it lives, and this is what it raised: perhaps of a child, which is no loss of it
                if isinstance(error.cause, AstraError):
                    raise error.cause from None
                raise
            except RayActorError as error:
                if attempt + 1 == TRIES:
                    raise SupervisorLost(error) from None
                self.losses += 1
                LOG.error("supervisor.lost", method=method, losses=self.losses)
                self._lost(method)
                self._await_return()
        raise AssertionError("the last attempt returns or raises")

    def _answer(self, reference: Any) -> Any:
        """The answer; one who gives none although its process lives is as good as dead, and is made so."""
        import ray

        if not ray.wait([reference], timeout=self._hung_s)[0]:
            LOG.error("supervisor.hung", silent_s=self._hung_s)
            ray.kill(self._actor, no_restart=False)
        return ray.get(reference)

    def _await_return(self) -> None:
        """Wait for Ray to bring it back; its constructor recovers before it answers."""
        import ray
        from ray.exceptions import ActorUnavailableError, RayActorError

        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                ray.get(self._actor.status.remote())
                return
            except ActorUnavailableError as error:
                if time.monotonic() > deadline:
                    raise SupervisorLost(error) from None
            except RayActorError as error:
                raise SupervisorLost(error) from None
            time.sleep(0.1)
