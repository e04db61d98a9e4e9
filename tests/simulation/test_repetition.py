"""A run can be lived through again from its ledger alone, and the readiness gate learns what that showed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from astra_actors.cli.main import app
from astra_actors.cli.options import settings_for
from astra_actors.config.restore import settings_from
from astra_actors.config.snapshot import settings_hash, settings_json
from astra_actors.engine.build import FeedSpec, open_feed
from astra_actors.kernel.errors import BadInput, ConfigError
from astra_actors.lockstep.repetition import Repetition, repeat
from astra_actors.reporting.evidence import EVIDENCE, read_evidence, write_evidence
from astra_actors.reporting.truth_report import build_report, write_report
from supervision.local_run import LocalRun
from supervision.repeating import shown_at_the_end

DAYS, MARKETS = 8.0, 8
FLAGS = {"seed": 7, "days": DAYS, "markets": MARKETS}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A small run in a folder of its own; the folder and the run's id."""
    folder = tmp_path_factory.mktemp("repeated")
    settings = settings_for("world", None, {**FLAGS, "data_dir": str(folder)})
    spec = FeedSpec(kind="world", seed=7, days=DAYS, markets=MARKETS)
    feed, spot = open_feed(spec, settings)
    with LocalRun(settings, spec, feed=feed, spot=spot) as local:
        run_id = str(local.complete()["run_id"])
    ledger = folder / "ledger.db"
    write_report(build_report(ledger, run_id, extra={}), folder / "reports", "first")
    return folder, run_id


def ledger_of(folder: Path, copy_to: Path) -> sqlite3.Connection:
    """A copy that a test may spoil."""
    copied = shutil.copy(folder / "ledger.db", copy_to / "ledger.db")
    return sqlite3.connect(copied)


def test_the_whole_run_is_the_same_again(run: tuple[Path, str], tmp_path: Path) -> None:
    folder, run_id = run
    ledger = ledger_of(folder, tmp_path)
    found = repeat(ledger, run_id, days=100.0)
    windows, fills = (ledger.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in ("windows", "fills"))
    assert found.same is True
    assert found.windows == windows - 1  # the last one cancels what still rests, at an operator's word
    assert (found.days, found.fills) == (DAYS, fills)
    assert found.orders > 0 and fills > 0


def test_a_repetition_stops_where_it_is_told_to(run: tuple[Path, str], tmp_path: Path) -> None:
    folder, run_id = run
    found = repeat(ledger_of(folder, tmp_path), run_id, days=0.5)
    assert (found.days, found.windows, found.differs_at) == (0.5, 36, None)


def test_one_other_digest_is_found_in_its_window(run: tuple[Path, str], tmp_path: Path) -> None:
    folder, run_id = run
    ledger = ledger_of(folder, tmp_path)
    ledger.execute("""UPDATE windows SET digest = printf('%064d', 0) WHERE "window" = 5""")
    found = repeat(ledger, run_id, days=1.0)
    assert (found.same, found.differs_at, found.windows) == (False, 5, 5)
    assert found.fills == 0  # a difference counts whether or not something was filled
    assert "window 5" in found.said


def test_what_a_person_said_ends_the_comparison(run: tuple[Path, str], tmp_path: Path) -> None:
    folder, run_id = run
    ledger = ledger_of(folder, tmp_path)
    ledger.execute("""UPDATE risk_events SET author = 'ann', "window" = 4 WHERE author = 'operator'""")
    assert repeat(ledger, run_id, days=1.0).windows == 3
    ledger.execute("""UPDATE risk_events SET "window" = 1 WHERE author = 'ann'""")
    nothing = repeat(ledger, run_id, days=1.0)
    assert (nothing.windows, nothing.same) == (0, None)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param("UPDATE runs SET feed = 'polymarket'", "polymarket", id="a live feed does not come again"),
        pytest.param(
            "UPDATE runs SET lineage = 'an earlier run'", "an earlier run", id="a run that goes on from another"
        ),
        pytest.param("DELETE FROM config_snapshots", "no such run", id="a run that is not there"),
    ],
)
def test_what_cannot_be_repeated_is_refused(run: tuple[Path, str], tmp_path: Path, change: str, named: str) -> None:
    folder, run_id = run
    ledger = ledger_of(folder, tmp_path)
    ledger.execute("PRAGMA foreign_keys = OFF")
    ledger.execute(change)
    with pytest.raises(BadInput, match=named):
        repeat(ledger, run_id, days=1.0)


def test_a_stretch_without_a_fill_proves_nothing() -> None:
    quiet = Repetition(windows=72, days=1.0, orders=4, fills=0, differs_at=None)
    assert quiet.same is None
    assert "repeat more days" in quiet.said


def test_settings_come_back_from_what_the_ledger_keeps() -> None:
    settings = settings_for("world", None, FLAGS)
    assert settings_hash(settings_from(settings_json(settings))) == settings_hash(settings)


def test_settings_of_another_version_are_refused() -> None:
    tree = json.loads(settings_json(settings_for("world", None, FLAGS)))
    tree["run"]["a_setting_of_tomorrow"] = 1
    with pytest.raises(ConfigError, match="a_setting_of_tomorrow"):
        settings_from(json.dumps(tree))
    del tree["run"]["a_setting_of_tomorrow"], tree["run"]["days"]
    with pytest.raises(BadInput, match=r"run\.days"):
        settings_from(json.dumps(tree))


def test_the_gate_passes_on_evidence_of_its_own_run(run: tuple[Path, str]) -> None:
    folder, run_id = run
    asked = ["gates", "paper", "--json", "--data-dir", str(folder)]
    before = json.loads(CliRunner().invoke(app, asked).stdout)["lines"]
    assert before["same_seed_same_fills"]["status"] == "UNKNOWN"
    after = CliRunner().invoke(app, [*asked, "--repeat-days", "2"])
    lines = json.loads(after.stdout)["lines"]
    assert lines["same_seed_same_fills"]["status"] == "PASS"
    assert "2 days in 144 windows" in after.stderr
    untouched = [name for name in lines if name != "same_seed_same_fills"]
    assert {name: lines[name] for name in untouched} == {name: before[name] for name in untouched}
    again = build_report(folder / "ledger.db", run_id, extra={})["gate"]
    assert again["same_seed_same_fills"]["status"] == "PASS"  # a later report reads it too


def test_evidence_of_another_run_says_nothing(tmp_path: Path) -> None:
    write_evidence(tmp_path / EVIDENCE, "same_seed_same_fills", True, run_id="one", at="now", detail={})
    assert read_evidence(tmp_path / EVIDENCE, "one") == {"same_seed_same_fills": True}
    assert read_evidence(tmp_path / EVIDENCE, "another") == {}


def test_a_file_that_is_no_evidence_is_named(tmp_path: Path) -> None:
    path = write_evidence(tmp_path, "same_seed_same_fills", True, run_id="one", at="now", detail={})
    path.write_text("{", encoding="utf-8")
    with pytest.raises(BadInput, match="same_seed_same_fills-one"):
        read_evidence(tmp_path, "one")


def test_a_run_tells_which_settings_the_environment_gave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTRA_RISK__MARKET_CAP", "0.005")
    monkeypatch.setenv("ASTRA_HEALTH_PATH", "/nowhere")  # no setting: it names no section
    shown = shown_at_the_end(tmp_path, "one", days=30.0, whole=False)
    assert shown["environment_overrides"] == ["ASTRA_RISK__MARKET_CAP"]
    assert shown["measures"] == {"environment_overrides": True}
    assert shown["repetition"] is None


def test_a_run_of_weeks_is_begun_again_at_its_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[str, float]] = []

    def repeated(folder: Path, run_id: str, days: float) -> Repetition:
        asked.append((run_id, days))
        return Repetition(windows=72, days=days, orders=3, fills=2, differs_at=None)

    monkeypatch.setattr("supervision.repeating.repeat_run", repeated)
    shown = shown_at_the_end(tmp_path, "one", days=30.0, whole=True)
    assert asked == [("one", 1.0)]
    assert shown["repetition"] == "1 days in 72 windows, 3 orders and 2 fills: the same again"
    assert shown_at_the_end(tmp_path, "one", days=20.9, whole=True)["repetition"] is None
    assert len(asked) == 1
