"""A live run that breaks off takes its orders off first, by asking the holder of the keys itself."""

from __future__ import annotations

from typing import Any

import pytest
import ray

from astra_actors.config.load import load_settings
from supervision import live_drive
from supervision.live_drive import EndedEarly, drive_live

PROOF = {"cleared": True, "seconds": 1.5, "open": []}


class Broken:
    """A run whose ledger is full; stands for the run, for the Gateway, and for the call to it."""

    namespace = "astra-run"

    def __init__(self, *about: Any) -> None:
        self.on_stop = self

    def __enter__(self) -> Broken:
        return self

    def __exit__(self, *about: Any) -> None:
        return None

    def drive(self, progress: Any) -> str:
        raise OSError("database or disk is full")

    def remote(self, timeout_s: float) -> dict[str, Any]:
        return PROOF


@pytest.mark.parametrize("lives", [True, False], ids=["the gateway lives", "it died as well"])
def test_a_run_that_breaks_off_clears_its_orders(monkeypatch: pytest.MonkeyPatch, lives: bool) -> None:
    def find(name: str, namespace: str) -> Broken:
        if not lives:
            raise ValueError("nobody has that name")
        assert (name, namespace) == ("gateway", Broken.namespace)
        return Broken()

    monkeypatch.setattr(live_drive, "prepare", lambda *about, **more: None)
    monkeypatch.setattr(live_drive, "Run", Broken)
    monkeypatch.setattr(ray, "get_actor", find)
    monkeypatch.setattr(ray, "get", lambda answer, timeout: answer)
    with pytest.raises(EndedEarly, match="disk is full") as early:
        drive_live(load_settings(environ={}, flags={}), resume=False, progress=lambda status: None)
    assert early.value.proof["cleared"] is lives
    assert lives or "does not answer" in early.value.proof["why"]
