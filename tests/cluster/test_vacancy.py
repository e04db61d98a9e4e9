"""DESIGN §1, §4: one market, one owner. A cut-off owner's lease lapses by its own clock before its successor begins."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ray.exceptions import ActorDiedError, ActorUnavailableError

from astra_actors.engine.messages import ShardCounters, WindowCommand, WindowRecords, WindowResult
from supervision.care import Care
from supervision.keeper import ChildHung
from supervision.ray_shard import Markets, RayShard
from supervision.vacancy import Vacancy, earliest_takeover_ns, end_is_proven

S = 1_000_000_000
START, LEASE, MARGIN = 1_000 * S, 30 * S, 2.0
CUT = ActorUnavailableError("the cable is out", None)
DIED = ActorDiedError()


@pytest.mark.parametrize(
    ("named", "lease_until_ns", "margin_s", "expected_ns"),
    [
        ("the lease and the margin", 130 * S, 2.0, 132 * S),
        ("a margin of a tenth", 130 * S, 0.1, 130 * S + 100_000_000),
        ("a lease that has lapsed long ago", 5 * S, 2.0, 7 * S),
    ],
)
def test_a_takeover_waits_for_the_last_lease(named, lease_until_ns, margin_s, expected_ns):
    assert earliest_takeover_ns(lease_until_ns, margin_s) == expected_ns, named


@pytest.mark.parametrize(
    ("named", "error", "away", "lost", "proven"),
    [
        ("we killed it ourselves", ChildHung("it stands still"), False, "", True),
        ("its node lives and says so", DIED, True, "", True),
        ("its node is dead: perhaps only for us", DIED, True, "its node is dead", False),
        ("its connection is gone", CUT, True, "", False),
        ("it hangs, over there", ChildHung("it stands still"), True, "", False),
    ],
)
def test_an_end_is_proven_or_it_is_not(named, error, away, lost, proven):
    assert end_is_proven(error, away=away, lost=lost) is proven, named


class OneShard:
    """A port of a live shard whose process is on another host, a keeper that keeps count, and a clock in the hand."""

    def __init__(self) -> None:
        self.now_ns, self.slept_s = START, 0.0
        self.launched: list[int] = []  # when each successor began
        self.cut_off = False
        self.told: list[str] = []
        keeper: Any = SimpleNamespace(
            epoch=1, children={"market-0": SimpleNamespace(handle=self._handle(), incarnation=1)},
            placement=SimpleNamespace(away=lambda _: True, lost=lambda _: "its node is dead" if self.cut_off else ""),
            wait=self._wait, restart=self._restart, hello=lambda _: SimpleNamespace(left=None),
        )  # fmt: skip
        self.keeper = keeper
        self.port = RayShard(
            keeper, 0,
            markets=Markets(histories=tuple, succeeded=lambda: None, take_out=pytest.fail, out=pytest.fail),
            care=Care(noted=lambda kind, name, why: self.told.append(kind), owned=lambda _: None, spent=pytest.fail),
            vacancy=Vacancy(margin_s=MARGIN, now_ns=lambda: self.now_ns, sleep=self._sleep),
        )  # fmt: skip

    def window(self, number: int, *, cancel_all: bool = False) -> WindowResult:
        """Run one, which renews every lease for thirty seconds from its beginning."""
        self.port.begin(
            WindowCommand(
                window=number, from_ns=self.now_ns, to_ns=self.now_ns + S, lease_until_ns=self.now_ns + LEASE,
                cancel_all=cancel_all,
            )
        )  # fmt: skip
        result, records = self.port.finish()
        assert isinstance(records, WindowRecords) and records.facts == []
        self.now_ns += S
        return result

    def _handle(self) -> Any:
        def remote(command: WindowCommand) -> Any:
            return command, None

        return SimpleNamespace(on_window=SimpleNamespace(options=lambda **_: SimpleNamespace(remote=remote)))

    def _wait(self, name: str, reference: Any) -> Any:
        if self.cut_off:
            raise CUT
        if reference is None:
            return WindowRecords(window=0, facts=[], artifacts=[])
        return WindowResult(
            window=reference.window, shard=0, reports=(), counters=ShardCounters(events=1),
            epoch=reference.epoch, incarnation=reference.incarnation,
        )  # fmt: skip

    def _restart(self, name: str, cause: str) -> None:
        self.launched.append(self.now_ns)
        self.cut_off = False
        self.keeper.children[name].incarnation += 1

    def _sleep(self, seconds: float) -> None:
        self.slept_s += seconds
        self.now_ns += round(seconds * S)


def test_a_cut_off_shard_is_silent_until_its_lease_has_lapsed_and_the_run_goes_on():
    made = OneShard()
    assert made.window(1).counters.events == 1
    made.cut_off, cut_ns = True, made.now_ns
    for number in range(2, 60):
        answer = made.window(number)
        if made.launched:
            break
        assert (answer.reports, answer.counters.events) == ((), 0), "silence keeps what was granted spent"
    assert made.launched == [cut_ns + LEASE + 2 * S], (
        "the lease of the window it may still have heard of, and the margin"
    )
    assert answer.counters.events == 1
    assert answer.incarnation == 2, "the successor answers under a number of its own"
    assert made.told == ["cut_off", "lost_node"]


def test_a_clock_that_went_back_leaves_an_older_lease_the_longest():
    """Handed a lease to T + 30 s, then 12 s back: the newer lease ends earlier, the older one still stands."""
    made = OneShard()
    longest_ns = made.now_ns + LEASE
    made.window(1)
    made.now_ns -= 12 * S
    made.cut_off = True
    while not made.launched:
        made.window(2)
    assert made.launched[0] >= longest_ns + 2 * S


def test_a_stop_waits_for_it_so_that_nothing_is_left_behind():
    made = OneShard()
    made.window(1)
    made.cut_off, cut_ns = True, made.now_ns
    made.window(2)
    assert made.window(3, cancel_all=True).counters.events == 1
    assert made.launched == [cut_ns + LEASE + 2 * S]
    assert made.slept_s == pytest.approx(31.0), "a second had passed with window 2"


def test_after_the_supervisors_own_death_an_owner_that_did_not_answer_is_waited_for_too():
    made = OneShard()
    made.port.stand_vacant(made.now_ns + LEASE)
    assert made.port.recover([]) == ()
    assert [made.window(number).counters.events for number in range(1, 35)].index(1) == 32
    assert made.launched == [], "its process is new already: it only had to wait"
