"""An overridden gate stands in the first window's risk events, once, and in what the report says."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from astra_actors.config.load import load_settings
from astra_actors.config.settings import Settings
from astra_actors.kernel.facts import RiskRaised
from astra_actors.lockstep.journal import Journal
from supervision.live_override import note_override, said_of_live

LOCAL = {
    "stream": {"gamma_url": "http://127.0.0.1:1/g", "clob_url": "http://127.0.0.1:1", "market_ws_url": "ws://127.0.0.1:1/m"},
    "live": {"gateway": {"user_ws_url": "ws://127.0.0.1:1/u", "relayer_url": ""}},
}  # fmt: skip
REASON = "the sum is small and a person is watching"


def overridden(profile: str = "live") -> Settings:
    settings = load_settings(profile=profile, environ={}, flags=LOCAL)
    live = replace(settings.live, gate_override=REASON, gate_rows=("2.1", "4.4"))
    return settings.model_copy(update={"live": live})


def noted(settings: Settings, window: int) -> list[RiskRaised]:
    journal = Journal()
    coordinator: Any = SimpleNamespace(journal=journal, state=SimpleNamespace(window=window, now_ns=7))
    note_override(coordinator, settings)
    return [fact for fact in journal.drain() if isinstance(fact, RiskRaised)]


def test_the_reason_and_the_open_rows_are_a_risk_event() -> None:
    (event,) = noted(overridden(), window=0)
    assert (event.kind, event.scope, event.author, event.observed) == ("gate_overridden", "account", "operator", 2.0)
    assert event.detail == f"{REASON}; open rows: 2.1, 4.4"


@pytest.mark.parametrize(
    ("settings", "window"),
    [
        pytest.param(overridden(), 3, id="a run that is taken up"),
        pytest.param(overridden("paper"), 0, id="a paper run"),
        pytest.param(load_settings(profile="live", environ={}, flags=LOCAL), 0, id="a gate that passed"),
    ],
)
def test_it_is_said_once_and_only_where_it_happened(settings: Settings, window: int) -> None:
    assert noted(settings, window) == []


def test_the_report_is_told() -> None:
    assert said_of_live(overridden()) == {"phase": "A", "gate_override": REASON, "gate_rows": ["2.1", "4.4"]}
    assert said_of_live(overridden("paper")) == {}
