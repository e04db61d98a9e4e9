"""A word that is heard in a live run's last moment does not carry it past its end, where nothing would be cancelled."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from astra_actors.risk.trading_state import TradingMode
from supervision.pace import WallClock

END_NS = 1_000


class Windows:
    """A coordinator as far as a pace sees it: orders rest until somebody stops it."""

    def __init__(self, now_ns: int) -> None:
        self.state, self.plan = SimpleNamespace(now_ns=now_ns), SimpleNamespace(end_ns=END_NS, window_ns=100)
        self.authority = SimpleNamespace(state=SimpleNamespace(mode=TradingMode.HALTED))
        self.reports = {"m": SimpleNamespace(open_orders=1)}

    @property
    def done(self) -> bool:
        return bool(self.state.now_ns >= self.plan.end_ns)

    def step_to(self, now_ns: int) -> None:
        self.state.now_ns = max(now_ns, self.state.now_ns + 1)


def test_the_window_of_a_word_ends_with_the_run_at_the_latest() -> None:
    windows: Any = Windows(END_NS - 1)
    unused: Any = None
    pace = WallClock(
        now_ns=lambda: END_NS + 500, sleep=lambda s: None, scout=unused, admitted=lambda plan: None, grace_ns=0
    )
    pace.at_once(windows)
    assert windows.done
    assert windows.state.now_ns == END_NS, "`Coordinator.complete` cancels what rests only up to the planned end"
