"""`astra stress` on a portfolio from a file: the oracle's book in, every cap and a verdict out; mistakes cost one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_bad_input import astra, check_refused
from typer.testing import CliRunner

from astra_actors.cli.main import app
from astra_actors.kernel.errors import BadInput

POSITIONS = (
    ("m1", "A", "YES", 100, 0.45, 0.50, 0.49),
    ("m2", "A", "YES", 80, 0.60, 0.58, 0.57),
    ("m3", "A", "NO", 120, 0.40, 0.44, 0.42),
    ("m4", "A", "YES", 200, 0.22, 0.25, 0.24),
    ("m5", "A", "NO", 60, 0.80, 0.78, 0.77),
    ("m6", "B", "YES", 150, 0.30, 0.33, 0.32),
    ("m7", "C", "NO", 90, 0.50, 0.47, 0.46),
)
ORDERS = (
    ("m1", "YES", "BUY", 50, 0.48),
    ("m6", "YES", "BUY", 60, 0.31),
    ("m8", "NO", "BUY", 100, 0.40),
    ("m2", "YES", "SELL", 40, 0.60),
)


def portfolio(folder: Path, **head: object) -> str:
    path = folder / "portfolio.json"
    names = ("market", "cluster", "token", "shares", "cost", "mid", "bid")
    content = {
        "bankroll_usd": 5000,
        "cash_usd": 4300,
        "positions": [dict(zip(names, row, strict=True)) for row in POSITIONS],
        "orders": [dict(zip(("market", "token", "side", "shares", "price"), row, strict=True)) for row in ORDERS],
    }
    path.write_text(json.dumps({**content, **head}))
    return str(path)


def told_by(*words: str) -> dict[str, object]:
    answer = astra("stress", *words, "--json")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_the_book_of_the_oracles_against_every_cap(tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "scenarios:\n  - {name: oracle_split, kind: dispute, markets: [m2, m5]}\n"
        "  - {name: cluster_a, kind: resolve, cluster: A}\n"
    )
    told = told_by("--portfolio", portfolio(tmp_path), "--scenario", str(mine), "--data-dir", str(tmp_path / "data"))
    rows = {row["name"]: row for row in told["scenarios"]}
    losses = {name: row["loss_usd"] for name, row in rows.items()}
    assert losses["cluster_a"] == losses["worst_cluster"] == losses["five_correlated"] == 246.0
    assert losses["oracle_split"] == pytest.approx(23.2)
    assert losses["venue_outage"] == pytest.approx(420.4)
    assert losses["worst_cluster_then_depeg"] == pytest.approx(377.754)
    assert losses["liquidity_drain"] == pytest.approx(35.6625396, rel=1e-8)
    assert losses["feed_outage"] == pytest.approx(0.533429823, rel=1e-8)
    assert {check["scope"] for check in rows["venue_outage"]["checks"]} == {
        *("market", "cluster", "aggregate", "all losses"),
    }
    assert (told["worst"]["name"], told["verdict"]) == ("venue_outage", "PASS")
    assert told["worst_pair"]["name"] == "collateral_depeg then venue_outage"
    assert len(told["pairs"]) == 13 * 12 / 2  # of two sequences of scenarios none is combined again
    assert (told["fullest"]["worst"]["loss_at_cost_usd"], told["fullest"]["verdict"]) == (1855.12, "PASS")
    assert told["evidence"]["kept"] is False
    page = Path(told["page"]).read_text(encoding="utf-8")
    assert "Loss of every scenario in dollars" in page
    assert told["digest"] in page


@pytest.mark.parametrize(
    ("words", "named"),
    [
        pytest.param(("--only", "flood"), ("--only", "flood", "venue_outage"), id="a scenario that is not there"),
        pytest.param(("--scenario", "none.yaml"), ("--scenario", "none.yaml"), id="no such file"),
        pytest.param(("--address", "nowhere"), ("--address", "nowhere"), id="no address of a cluster"),
        pytest.param(("--workers", "0"), ("--workers", "0"), id="no worker"),
    ],
)
def test_what_cannot_be_asked_is_refused(tmp_path, words, named):
    data = tmp_path / "data"
    answer = CliRunner().invoke(app, ["stress", "--portfolio", portfolio(tmp_path), *words, "--data-dir", str(data)])
    assert isinstance(answer.exception, BadInput)
    assert all(word in str(answer.exception) for word in named), answer.exception
    assert not data.exists()


def test_an_unknown_cluster_and_no_ledger_cost_one_sentence(tmp_path):
    (tmp_path / "unknown.yaml").write_text("{name: x, kind: resolve, cluster: Z}\n")
    words = ("--portfolio", portfolio(tmp_path), "--scenario", str(tmp_path / "unknown.yaml"))
    check_refused(astra("stress", *words, "--data-dir", str(tmp_path)), "x.cluster", "Z", "A, B, C")
    check_refused(astra("stress", "--data-dir", str(tmp_path)), "--data-dir", "there is no ledger", "--portfolio")


@pytest.mark.ray
@pytest.mark.soak
def test_workers_find_what_one_process_finds(tmp_path):
    words = ("--portfolio", portfolio(tmp_path), "--data-dir", str(tmp_path / "data"))
    assert told_by(*words, "--workers", "2")["digest"] == told_by(*words)["digest"]
