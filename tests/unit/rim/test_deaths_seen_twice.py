"""One death costs one restart, whoever notices it first, and counts for a time; what the killed left behind is cleared away."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import ray
from ray.exceptions import RayActorError

from actors.black_box import BlackBox, box_path, remove_boxes
from astra_actors.config.alert_settings import AlertSettings
from astra_actors.kernel.units import NS_PER_S
from astra_actors.lockstep.ports import WindowCommit
from supervision.alert_post import AlertPost
from supervision.care import Care
from supervision.child_spec import ChildSpec, Spent
from supervision.keeper import Child, Keeper
from supervision.ray_ports import RayLedger, ask
from supervision.restart_budget import RestartBudget


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


def test_a_supervisor_that_comes_back_remembers_the_deaths_that_still_count() -> None:
    unused: Any = None
    now_ns = 1_000 * NS_PER_S
    keeper = Keeper("n", now_ns=lambda: now_ns, seed=1, placement=unused, badge=unused)
    spec = ChildSpec(
        name="market-0", kind="market", order=2, when_spent=Spent.OUT, health_deadline_s=1.0, start_timeout_s=1.0,
        stop_timeout_s=1.0, budget=RestartBudget(deaths_max=2, window_s=300),
    )  # fmt: skip
    keeper.children["market-0"] = Child(spec, None, (), 1)
    keeper.remember("market-0", [age_s * NS_PER_S for age_s in (90_000, 7_200, 400, 10)], restarts=4)
    budget = keeper.children["market-0"].spec.budget
    assert budget.deaths_ns == (990 * NS_PER_S,)
    assert not budget.spent, "four deaths in a day are no reason to give a shard up with the next lost node"
    assert keeper.restarts == 4


def test_the_summary_of_a_day_is_asked_for_again_when_the_analyst_died_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: dict[str, Any] = {"first": RayActorError(), "second": "equity 5,000.00 USD"}

    def get(reference: str) -> str:
        if isinstance(answers[reference], Exception):
            raise answers[reference]
        return str(answers[reference])

    monkeypatch.setattr(ray, "wait", lambda references, timeout: (references, []))
    monkeypatch.setattr(ray, "get", get)
    died: list[Exception] = []

    def successor(error: Exception) -> str:
        died.append(error)
        return "second"

    post = AlertPost(AlertSettings(), ask_again=successor)
    post.day("first")
    assert post.take() == [] and died == [answers["first"]]
    assert [alert.message for alert in post.take()] == ["equity 5,000.00 USD"]
    assert post.take() == []
