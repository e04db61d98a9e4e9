"""How a run goes through time: as fast as the markets' past can be replayed, or with the clock on the wall."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from astra_actors.kernel.units import NS_PER_S
from astra_actors.lockstep.coordinator import STOP_GRACE_NS
from astra_actors.risk.trading_state import TradingMode

if TYPE_CHECKING:
    from astra_actors.lockstep.coordinator import Coordinator
    from astra_actors.lockstep.run_plan import RunPlan
    from supervision.scout import Scout


CONFIRM_S: Final = 0.05  # a cancel is on its way for about this long
CONFIRMS: Final = 16  # looks at most: a word is answered within a second, confirmed or not


class Pace(Protocol):
    """Whoever says when the next window ends."""

    def turn(self, coordinator: Coordinator, budget_s: float) -> None:
        """Bring the run one window further, or wait for it, at most for about `budget_s` seconds."""
        ...

    def at_once(self, coordinator: Coordinator) -> None:
        """Run a short window now, whatever the schedule says: somebody has spoken, and it must not wait."""
        ...


class LockStep:
    """One window after the other: as fast as the shards can, or at `speed` virtual seconds a second."""

    def __init__(self, *, now_ns: Callable[[], int], sleep: Callable[[float], None], speed: float = 0.0) -> None:
        self._now_ns, self._sleep, self._speed = now_ns, sleep, speed
        self._began: tuple[int, int] | None = None  # real and virtual time of the first window

    def turn(self, coordinator: Coordinator, budget_s: float) -> None:
        """Run the next window, once its time has come."""
        if self._speed > 0:
            began_ns, virtual_ns = self._began = self._began or (self._now_ns(), coordinator.state.now_ns)
            due_ns = began_ns + (coordinator.state.now_ns + coordinator.plan.window_ns - virtual_ns) / self._speed
            wait_s = (due_ns - self._now_ns()) / NS_PER_S
            if wait_s > 0:
                self._sleep(min(wait_s, max(0.0, budget_s)))
                if wait_s > budget_s:
                    return
        coordinator.step()

    def at_once(self, coordinator: Coordinator) -> None:
        """Long enough for the venue to confirm every cancel, and no longer: a slow run stays near its schedule."""
        coordinator.step_to(min(coordinator.state.now_ns + STOP_GRACE_NS, coordinator.plan.end_ns))


class WallClock:
    """A window each time its length has passed: permission is renewed, and what happened meanwhile is put on record."""

    def __init__(
        self,
        *,
        now_ns: Callable[[], int],
        sleep: Callable[[float], None],
        scout: Scout,
        admitted: Callable[[RunPlan], None],
        grace_ns: int,
    ) -> None:
        self._now_ns, self._sleep, self._scout, self._admitted = now_ns, sleep, scout, admitted
        self._grace_ns = grace_ns

    def turn(self, coordinator: Coordinator, budget_s: float) -> None:
        """Wait for the window's end, then run it; at the end of the run cancel everything first."""
        due_ns = coordinator.state.now_ns + coordinator.plan.window_ns
        wait_s = (due_ns - self._now_ns()) / NS_PER_S
        if wait_s > 0:
            self._sleep(min(wait_s, max(0.0, budget_s)))
        now_ns = self._now_ns()
        if now_ns < due_ns:
            return
        if now_ns >= coordinator.plan.end_ns:
            coordinator.stop("the planned end", grace_ns=self._grace_ns)
            return
        if coordinator.admit(self._scout.poll(now_ns)):
            self._admitted(coordinator.plan)
        coordinator.step_to(now_ns)

    def at_once(self, coordinator: Coordinator) -> None:
        """Windows as short as a cancel takes, as long as orders rest that may not."""
        for _ in range(CONFIRMS):
            coordinator.step_to(
                min(self._now_ns(), coordinator.plan.end_ns)
            )  # beyond it nothing would be cancelled any more
            halted = coordinator.authority.state.mode in (TradingMode.HALTED, TradingMode.KILLED)
            if coordinator.done or not halted or not any(report.open_orders for report in coordinator.reports.values()):
                return
            self._sleep(CONFIRM_S)
