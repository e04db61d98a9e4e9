"""`astra rehearse`: what it refuses, when its plot does what, and (for an hour of patience) the whole of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from astra_actors.config.live import hosts, is_loopback
from astra_actors.kernel.errors import BadInput
from astra_actors.ledger.store import LedgerStore
from astra_actors.reporting.evidence import EVIDENCE, read_evidence
from astra_actors.venues.exchange.faults import FAULTS
from supervision.control import PAUSE
from supervision.rehearsal import Outcome, Wishes, rehearsal_settings
from supervision.rehearsal_chaos import CALM_S, CHAOS
from supervision.rehearsal_evidence import keep_evidence, shown_by
from supervision.rehearsal_plot import Plot
from supervision.rehearsal_venue import RehearsalVenue, VenueFailed
from supervision.stop_signals import STOP
from supervision.workspace import Workspace

GREETING = {
    "gamma": "http://127.0.0.1:7/gamma", "clob": "http://127.0.0.1:7", "ws_market": "ws://127.0.0.1:7/m",
    "ws_user": "ws://127.0.0.1:7/u", "relayer": "http://127.0.0.1:7/r", "admin": "http://127.0.0.1:7/admin",
    "chain_id": 137,
}  # fmt: skip


class Door:
    """The exchange's operator's door, written down."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []
        self.killed = 0
        self.away = False

    def post(self, path: str, content: Any) -> Any:
        if self.away:
            raise VenueFailed("away")
        self.said.append((path, dict(content)))

    def get(self, path: str) -> Any:
        return {"faults": {"retrying": {"struck": 3}, "restart": {"struck": 0}}}

    def kill(self) -> None:
        self.killed += 1

    @property
    def books(self) -> Path:
        return Path("nowhere.sqlite")


class Story:
    """A plot on a clock that the test moves."""

    def __init__(self, folder: Path, **wishes: Any) -> None:
        folder.mkdir(exist_ok=True)
        self.now_s, self.door, self.folder = 100.0, Door(), folder
        wished = Wishes(folder=folder, **wishes)
        self.plot = Plot(self.door, Workspace(folder), wished, now_s=lambda: self.now_s)  # type: ignore[arg-type]

    def at(self, second: float, **status: Any) -> str:
        self.now_s = 100.0 + second
        return self.plot.turn({"open_orders": 0, "children": [], **status})


@pytest.fixture(autouse=True)
def _nobody_asked_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(STOP, "reason", "")
    STOP.asked.clear()
    yield
    STOP.asked.clear()


def test_the_settings_lead_nowhere_but_to_its_own_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = rehearsal_settings(Wishes(folder=tmp_path, speed=600), GREETING)
    assert all(is_loopback(url) for url in hosts(settings).values())
    assert settings.run.venue == "clob" and settings.run.calendar_speed == 600
    assert not settings.live.allow_remote_hosts


def test_what_the_environment_says_of_hosts_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTRA_STREAM__CLOB_URL", "https://clob.polymarket.com")
    monkeypatch.setenv("ASTRA_LIVE__ALLOW_REMOTE_HOSTS", "true")
    settings = rehearsal_settings(Wishes(folder=tmp_path), GREETING)
    assert settings.stream.clob_url == GREETING["clob"] and not settings.live.allow_remote_hosts


@pytest.mark.parametrize("wrong", [{"chaos": "much"}, {"minutes": 0.5}, {"chaos": "all", "minutes": 1.5}])
def test_wishes_that_make_no_sense_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Wishes(folder=tmp_path, **wrong)


def test_every_fault_of_the_exchange_is_in_the_worst_chaos() -> None:
    assert set(CHAOS["all"]) == set(FAULTS)
    assert all(rate > 0 for rates in CHAOS.values() for rate in rates.values())


def test_faults_come_after_the_first_orders_and_go_before_the_end(tmp_path: Path) -> None:
    story, calm_s = Story(tmp_path / "d", chaos="some", minutes=5), 300 - CALM_S["some"]
    assert story.at(0) == story.at(10, open_orders=3) == "quoting"
    assert story.at(20) == story.at(calm_s - 1) == "chaos some"
    assert story.door.said == [("faults", CHAOS["some"])]
    assert story.at(calm_s) == "calm"
    assert story.door.said[-1] == ("faults", dict.fromkeys(CHAOS["some"], 0.0))
    assert (tmp_path / "d" / PAUSE).exists()
    assert story.at(299) == "settling" and not STOP.asked.is_set()
    story.at(300)
    assert STOP.asked.is_set() and STOP.reason == "the rehearsal is over"
    told = Outcome(folder="")
    story.plot.tell(told)
    assert (told.first_order_s, told.resting_max, told.faults) == (10.0, 3, {"retrying": 3})


def test_an_exchange_in_a_restart_of_its_own_is_asked_again(tmp_path: Path) -> None:
    story = Story(tmp_path / "d", chaos="some", minutes=5)
    story.at(0)
    story.door.away = True
    assert story.at(20) == "quoting"
    story.door.away = False
    assert story.at(21) == "chaos some"


def test_the_dead_are_gateway_market_and_exchange_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append(pid))
    story = Story(tmp_path / "d", minutes=5, kill=True)
    children = [{"name": "gateway", "pid": 11}, {"name": "market-0", "pid": 22}]
    for second in range(0, 270, 5):
        story.at(second, children=children)
    assert killed == [11, 22] and story.door.killed == 1


def test_nothing_traded_is_no_rehearsal() -> None:
    proof = {"cleared": True}
    assert not Outcome(folder="", proof=proof).passed
    assert Outcome(folder="", proof=proof, orders=3, fills=1).passed
    for wrong in ({"open_after": 1}, {"orphans": 1}, {"duplicates": 1}, {"lost_fills": 1}, {"differences": ["x"]}):
        assert not Outcome(folder="", proof=proof, orders=3, fills=1, **wrong).passed  # type: ignore[arg-type]
    assert not Outcome(folder="", orders=3, fills=1).passed


def test_an_exchange_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(VenueFailed, match="the faults are"):
        RehearsalVenue(tmp_path / "v", ["--fault", "nonsense=1"]).start()


def reconciled(folder: Path, *, persisting: int = 0) -> Outcome:
    """A rehearsal that traded and was compared twice."""
    with LedgerStore.open(folder / "live" / "ledger.db") as store:
        store.connection.execute("PRAGMA foreign_keys = OFF")
        for at_ns in (1, 2):
            row = ("run", at_ns, "interval", 5, 1, 0, 0, 0, 0, 0, 0, persisting, 0, "[]")
            store.connection.execute(f"INSERT INTO reconciliations VALUES ({', '.join('?' * len(row))})", row)
    return Outcome(folder=str(folder), proof={"cleared": True}, orders=3, fills=1, seconds_to_cancel=1.0)


def test_a_rehearsal_that_passed_is_evidence_for_the_gate(tmp_path: Path) -> None:
    outcome = reconciled(tmp_path / "r")
    assert keep_evidence(tmp_path, outcome, at="now") == []  # no paper run waits for it
    (tmp_path / "reports").mkdir()
    report = {"run_id": "p", "venue": "paper", "feed": "polymarket", "config_hash": "", "now_ns": 0, "live_gate": {}}
    (tmp_path / "reports" / "1.json").write_text(json.dumps(report))
    names = ["client_authenticated", "submit_and_cancel", "reconciliation", "user_feed"]
    assert keep_evidence(tmp_path, outcome, at="now") == names
    assert read_evidence(tmp_path / EVIDENCE, "p") == dict.fromkeys(names, True)


def test_what_did_not_pass_or_was_not_seen_is_none(tmp_path: Path) -> None:
    assert keep_evidence(tmp_path, Outcome(folder=""), at="now") == []
    assert not shown_by(reconciled(tmp_path / "r", persisting=1))["reconciliation"]


@pytest.mark.soak
@pytest.mark.ray
@pytest.mark.timeout(900)
@pytest.mark.parametrize("chaos", ["none", "some"])
def test_both_books_are_equal_to_the_micro_dollar(astra, tmp_path: Path, chaos: str) -> None:
    command = astra("rehearse", "--minutes", "5", "--chaos", chaos, "--data-dir", str(tmp_path / "d"), "--json")
    assert command.process.wait(timeout=800) == 0, command.out.read_text() + command.told
    outcome = command.json()
    assert outcome["passed"] and outcome["inventory_equal"] and outcome["orders"] >= 50 and outcome["fills"] >= 10
    assert outcome["pnl_ours_e6"] == outcome["pnl_exchange_e6"]
    assert outcome["open_after"] == outcome["orphans"] == outcome["duplicates"] == outcome["lost_fills"] == 0
