"""The portfolio of a run that still goes: the authority's own worst case, nothing disturbed, evidence for its own gate."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest
from test_stress_oracles import S4, S10, studied
from typer.testing import CliRunner

from astra_actors.cli.main import app
from astra_actors.cli.options import settings_for
from astra_actors.engine.build import FeedSpec, open_feed
from astra_actors.gates.readiness import live_gate
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_DAY, usd
from astra_actors.reporting.evidence import EVIDENCE, Standing, read_evidence, write_evidence
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.report import MarketReport
from astra_actors.simulation.kept_run import bankroll_e10_of, limits_of, newest_run
from astra_actors.simulation.stress.book import Book
from astra_actors.simulation.stress.from_ledger import book_of_ledger
from supervision.local_run import LocalRun

SEED, DAYS, MARKETS = 7, 8.0, 12


def standing(reports: Iterable[MarketReport]) -> bool:
    """Whether positions are held and orders rest."""
    found = list(reports)
    return any(one.positions_worst_e10 for one in found) and any(one.open_orders for one in found)


@pytest.fixture(scope="module")
def going(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Book]:
    """A run that holds positions and has orders resting, read while its writer holds the ledger."""
    folder = tmp_path_factory.mktemp("going")
    settings = settings_for("world", None, {"seed": SEED, "days": DAYS, "markets": MARKETS, "data_dir": str(folder)})
    spec = FeedSpec(kind="world", seed=SEED, days=DAYS, markets=MARKETS)
    feed, spot = open_feed(spec, settings)
    with LocalRun(settings, spec, feed=feed, spot=spot) as run:
        while run.coordinator.last is None or not standing(run.coordinator.reports.values()):
            run.coordinator.step()
        run.coordinator.flush()
        ledger = folder / "ledger.db"
        book = book_of_ledger(ledger, newest_run(ledger, instead="--portfolio FILE"))
        assert newest_run(ledger, instead="--portfolio FILE") == run.run_id
        run.coordinator.step()  # whoever read has left nothing behind that would stop the writer
    return folder, book


def exposure_on_record(folder: Path, book: Book) -> int:
    with sqlite3.connect(f"file:{folder / 'ledger.db'}?mode=ro", uri=True) as db:
        row = db.execute(
            "SELECT exposure_e10 FROM equity WHERE local_ns <= ? ORDER BY rowid DESC LIMIT 1",
            (book.facts["ledger_ns"],),
        ).fetchone()
    return int(row[0])


def test_the_worst_case_is_the_one_that_the_authority_heard(going):
    folder, book = going
    assert book.holdings, "a run without a position shows nothing"
    assert book.orders, "nor does one without an order"
    outage = studied(book, (S4,)).single[0].total
    assert outage.cost_e10 == exposure_on_record(folder, book)
    assert usd(outage.cost_e10) == book.facts["authority"]["exposure_usd"]
    assert usd(outage.cost_e10) <= book.facts["authority"]["granted_usd"]
    assert studied(book, (S10,)).single[0].total.cost_e10 <= outage.cost_e10


def test_the_book_has_cash_marks_clusters_and_caps_of_the_run(going):
    folder, book = going
    with sqlite3.connect(f"file:{folder / 'ledger.db'}?mode=ro", uri=True) as db:
        flows = db.execute(
            "SELECT SUM(CASE side WHEN 'BUY' THEN -price_e4 ELSE price_e4 END * size_e6 - fee_e10) FROM fills"
            " WHERE local_ns <= ?",
            (book.facts["ledger_ns"],),
        ).fetchone()[0]
        paid = db.execute(
            "SELECT coalesce(SUM(payout_e10), 0) FROM resolutions WHERE local_ns <= ?", (book.facts["ledger_ns"],)
        ).fetchone()[0]
    assert book.cash_e10 == book.bankroll_e10 + flows + paid
    near = 0.01 * usd(book.mark_e10) + 1  # mids are as old as the last look at each market
    assert usd(book.equity_e10) == pytest.approx(book.facts["authority"]["equity_usd"], abs=near)
    assert all(market.scope.clusters and market.question for market in book.markets.values())
    assert book.limits == settings_for("world", None, {}).risk
    assert "SYNTHETIC" in book.source


def test_caps_may_be_asked_about_that_are_not_the_run_s(going):
    folder, book = going
    limits = settings_for("world", None, {}).risk.__class__(cluster_cap=0.001)
    other = book_of_ledger(folder / "ledger.db", newest_run(folder / "ledger.db", instead="--portfolio FILE"), limits)
    assert not studied(other, (S10,)).holds
    assert studied(book, (S10,)).holds


def test_a_ledger_without_a_run_and_no_ledger_are_refused(tmp_path):
    with pytest.raises(BadInput, match="there is no ledger"):
        newest_run(tmp_path / "ledger.db", instead="--portfolio FILE")


def struck(folder: Path, *words: str) -> dict[str, object]:
    answer = CliRunner().invoke(app, ["stress", "--data-dir", str(folder), "--json", "--no-pairs", *words])
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def test_what_it_shows_stands_in_the_gate_of_this_run_until_it_is_old(going, tmp_path):
    folder, book = going
    shutil.copy(folder / "ledger.db", tmp_path / "ledger.db")
    told = struck(tmp_path)
    assert told["evidence"]["kept"] is True
    run_id, config_hash = str(book.facts["run_id"]), str(book.facts["config_hash"])
    ledger_ns = told["portfolio"]["ledger_ns"]
    found = read_evidence(tmp_path / EVIDENCE, run_id, Standing(config_hash=config_hash, ledger_ns=ledger_ns))
    assert found == told["evidence"]["measures"]
    lines = {line.name: line.status.value for line in live_gate(found)}
    rows = ("stress_contained", "stress_loss_max", "stress_five_loss", "breaker_tested")
    assert [lines[name] for name in rows] == ["PASS"] * 4
    assert found["stress_loss_max"] == pytest.approx(0.4)  # the fullest book, not the few positions of this one
    for stale in (
        Standing(config_hash="0" * 64, ledger_ns=ledger_ns),
        Standing(config_hash=config_hash, ledger_ns=ledger_ns + NS_PER_DAY + 1),
        None,
    ):
        assert read_evidence(tmp_path / EVIDENCE, run_id, stale) == {}
    assert (
        read_evidence(tmp_path / EVIDENCE, "another run", Standing(config_hash=config_hash, ledger_ns=ledger_ns)) == {}
    )
    unknown = {line.name: line.status.value for line in live_gate({})}
    assert [unknown[name] for name in rows] == ["UNKNOWN"] * 4


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param(("--only", "void"), "without these of the shipped scenarios", id="some of them only"),
        pytest.param(("--config", "caps.yaml"), "not of the run's own portfolio", id="other caps"),
        pytest.param(("--scenario", "easy.yaml"), "gap_move", id="a shipped scenario made easier"),
    ],
)
def test_a_study_that_asks_something_else_is_no_evidence(going, tmp_path, monkeypatch, words, why):
    shutil.copy(going[0] / "ledger.db", tmp_path / "ledger.db")
    (tmp_path / "caps.yaml").write_text("risk: {cluster_cap: 0.5}\n")
    (tmp_path / "easy.yaml").write_text("{name: gap_move, kind: gap, log_odds: 0.001}\n")
    monkeypatch.chdir(tmp_path)
    told = struck(tmp_path, *words)
    assert told["evidence"]["kept"] is False
    assert why in told["evidence"]["why"]
    assert not (tmp_path / EVIDENCE).exists()


def test_a_study_of_a_record_that_says_nothing_of_its_time_is_no_evidence(tmp_path):
    path = write_evidence(tmp_path, "ruin_probability", 0.0, run_id="r", at="now", detail={})
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "of": {"config_hash": "c"}}))
    with pytest.raises(BadInput, match="delete the file"):
        read_evidence(tmp_path, "r", Standing(config_hash="c", ledger_ns=1))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        pytest.param("{}", "risk", id="no caps"),
        pytest.param('{"risk": {"market_cap": 7}}', "risk.market_cap", id="a cap above one"),
        pytest.param('{"risk": {"cap_of_old": 0.1}}', "risk.cap_of_old", id="a cap that is gone"),
    ],
)
def test_settings_of_another_version_are_refused_by_name(settings, named):
    with pytest.raises(BadInput, match=f"^{named}: .* another version"):
        limits_of(settings)


def test_settings_that_do_not_know_a_newer_cap_have_its_default():
    assert limits_of('{"risk": {"market_cap": 0.005}}') == RiskLimits(market_cap=0.005)
    assert bankroll_e10_of('{"run": {"bankroll_usd": "750.5"}}') == 750_5 * 10**9
    with pytest.raises(BadInput, match=r"run\.bankroll_usd"):
        bankroll_e10_of('{"run": {}}')
