"""The Gateway is replaced when it stands still, and not because whoever watches it was away."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from supervision import gateway_watch
from supervision.gateway_watch import NAME, GatewayWatch

DEADLINE_S = 30.0


class Bench:
    """A Gateway that answers between two looks, if it answers at all, under a clock in the test's hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s, self.looks, self.turns, self.answers, self.replaced = 1_000.0, 0, 1, True, 0
        handle = SimpleNamespace(progress=SimpleNamespace(remote=self._ask))
        self.child = SimpleNamespace(handle=handle, pid=0, answered=False, deadline_s=DEADLINE_S)
        monkeypatch.setattr(gateway_watch, "ray", SimpleNamespace(wait=self._wait, get=lambda asked: asked))
        monkeypatch.setattr(gateway_watch, "replace_child", self._replace)
        keeper: Any = SimpleNamespace(children={NAME: self.child})
        care: Any = None
        self.watch = GatewayWatch(keeper, care, now_s=lambda: self.now_s)

    def _ask(self) -> dict[str, Any]:
        return {"pid": 7, "progress": self.turns, "account": {"turns": self.turns}, "look": self.looks}

    def _wait(self, asked: list[dict[str, Any]], timeout: float) -> tuple[list[Any], list[Any]]:
        return (asked, []) if self.answers and asked[0]["look"] < self.looks else ([], asked)

    def _replace(self, *about: Any) -> None:
        self.replaced += 1

    def look(self, after_s: float, *, moves: bool = True) -> None:
        self.now_s += after_s
        self.looks += 1
        self.turns += moves
        self.watch.look()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


@pytest.mark.parametrize("before", [2, 3, 4, 5], ids=["asked", "heard", "asked again", "heard again"])
def test_a_supervisor_that_was_away_for_long_replaces_nobody(bench: Bench, before: int) -> None:
    """It waits half a minute for a shard that hangs; meanwhile the Gateway did its work."""
    for _ in range(before):
        bench.look(0.001, moves=False)  # nothing has to be done between two of these
    for _ in range(5):
        bench.look(10 * DEADLINE_S)
    assert not bench.replaced
    assert bench.child.pid == 7


def test_one_that_gives_no_answer_is_replaced(bench: Bench) -> None:
    bench.look(1.0)
    bench.answers = False
    for _ in range(30):
        bench.look(1.0)
    before = bench.replaced
    bench.look(1.0)
    assert (before, bench.replaced) == (0, 1)


def test_one_that_answers_and_does_nothing_is_replaced(bench: Bench) -> None:
    bench.look(1.0)
    for _ in range(36):
        bench.look(1.0, moves=False)
    assert bench.replaced == 1
