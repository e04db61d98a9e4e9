"""One death costs one restart, whoever notices it first; and what killed children left behind is cleared away."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ray.exceptions import RayActorError

from actors.black_box import BlackBox, box_path, remove_boxes
from astra_actors.lockstep.ports import WindowCommit
from supervision.care import Care
from supervision.ray_ports import RayLedger, ask


@dataclass
class Process:
    """A ledger's process: what it was sent, and whether it died before it could answer."""

    dead: bool = False
    commits: list[int] = field(default_factory=list)

    def __getattr__(self, method: str) -> Any:
        return SimpleNamespace(remote=lambda *sent: (self, method, sent))


class House:
    """A keeper of one ledger, with as many successors as it is asked for."""

    epoch = 1

    def __init__(self) -> None:
        self.children = {"ledger": SimpleNamespace(handle=Process())}
        self.placement = SimpleNamespace(lost=lambda name: "")
        self.restarts = 0

    def wait(self, name: str, reference: Any) -> str:
        process, method, sent = reference
        if process.dead:
            raise RayActorError
        if method == "on_commit":
            process.commits.append(sent[1])
        return f"{method} done"

    def restart(self, name: str, cause: str) -> None:
        self.restarts += 1
        self.children[name].handle = Process()


def test_a_death_that_an_alert_met_first_is_not_charged_to_the_commit_as_well() -> None:
    house: Any = House()
    care = Care(noted=lambda *_: None, owned=lambda _: None, spent=lambda *_: None)
    ledger = RayLedger(house, "ledger", care=care)
    ledger.begin_commit(WindowCommit(window=7, end_ns=1, records=(), decided=(), state=b""))
    house.children["ledger"].handle.dead = True
    assert ask(house, care, "ledger", "on_alerts", []) == "on_alerts done"
    assert ledger.finish_commit() == "on_commit done"
    assert house.restarts == 1
    assert house.children["ledger"].handle.commits == [7], "the successor was sent the window"


def test_a_commit_that_meets_a_death_alone_replaces_the_child() -> None:
    house: Any = House()
    care = Care(noted=lambda *_: None, owned=lambda _: None, spent=lambda *_: None)
    ledger = RayLedger(house, "ledger", care=care)
    ledger.begin_commit(WindowCommit(window=7, end_ns=1, records=(), decided=(), state=b""))
    house.children["ledger"].handle.dead = True
    assert ledger.finish_commit() == "on_commit done"
    assert (house.restarts, house.children["ledger"].handle.commits) == (1, [7])


def test_boxes_of_one_run_are_cleared_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for run_id, name in (("one", "market-0"), ("one", "market-1"), ("two", "market-0")):
        BlackBox(box_path(run_id, name)).serving(3, "0xaa")
    remove_boxes("one")
    assert [path.name for path in tmp_path.iterdir()] == ["astra-two-market-0.box"]
