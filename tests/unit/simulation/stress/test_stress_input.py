"""Scenarios and portfolios from files: what is read, and one clear refusal of everything that is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import usd
from astra_actors.risk.limits import RiskLimits
from astra_actors.simulation.stress.evidence import study_of_fullest
from astra_actors.simulation.stress.from_file import load_portfolio
from astra_actors.simulation.stress.load import check_names, chosen, load_scenarios, shipped_files, with_steps
from astra_actors.simulation.stress.scenarios import KINDS

ROW = {"market": "m1", "clusters": ["A"], "token": "YES", "shares": 100, "cost": 0.45, "mid": 0.5, "bid": 0.49}
ORDER = {"market": "m2", "cluster": "B", "token": "NO", "side": "BUY", "shares": 50, "price": 0.48}
HEAD = {"bankroll_usd": 5000, "cash_usd": 4300}


def portfolio(
    folder: Path, *rows: dict[str, object], orders: tuple[dict[str, object], ...] = (), **head: object
) -> Path:
    path = folder / "portfolio.json"
    path.write_text(json.dumps({**HEAD, "positions": rows, "orders": orders, **head}))
    return path


def scenario(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def refusal(call, *args) -> str:
    with pytest.raises(BadInput) as caught:
        call(*args)
    return str(caught.value)


def test_every_kind_is_shipped_and_every_file_is_read():
    shipped = load_scenarios()
    assert {one.kind for one in shipped} == set(KINDS)
    assert all(one.why for one in shipped), "the report says why each of them stands there"
    assert len(shipped_files()) >= 3


def test_a_portfolio_is_read_from_json_and_from_yaml(tmp_path):
    one = load_portfolio(portfolio(tmp_path, ROW, orders=(ORDER,)), RiskLimits())
    assert (usd(one.equity_e10), usd(one.cost_e10), len(one.orders)) == (4_350.0, 45.0, 1)
    assert one.clusters() == {"A": ("m1",), "B": ("m2",)}
    yaml = tmp_path / "portfolio.yaml"
    yaml.write_text(
        "bankroll_usd: 5000\ncash_usd: 4300\npositions:\n"
        "  - {market: m1, clusters: [A], token: YES, shares: 100, cost: 0.45, mid: 0.5, bid: 0.49}\n"
        "orders:\n  - {market: m2, cluster: B, token: NO, side: BUY, shares: 50, price: 0.48}\n"
    )
    other = load_portfolio(yaml, RiskLimits())
    assert (other.holdings, other.orders, other.markets) == (one.holdings, one.orders, one.markets)


@pytest.mark.parametrize(
    ("row", "named"),
    [
        pytest.param({"shares": -5}, ("m1.shares", "-5"), id="negative shares"),
        pytest.param({"shares": 0}, ("m1.shares", "0"), id="no shares"),
        pytest.param({"mid": float("nan")}, ("m1.mid", "nan"), id="a mid that is NaN"),
        pytest.param({"mid": 1.2}, ("m1.mid", "1.2"), id="a mid above a dollar"),
        pytest.param({"cost": float("inf")}, ("m1.cost", "inf"), id="a cost without end"),
        pytest.param({"bid": 0.6}, ("m1.bid", "0.6", "not above the mid"), id="a bid above the mid"),
        pytest.param({"token": "MAYBE"}, ("m1.token", "MAYBE"), id="a third token"),
        pytest.param({"shars": 5}, ("m1.shars", "no such field"), id="a field that is misspelt"),
    ],
)
def test_a_wrong_position_is_named(tmp_path, row, named):
    said = refusal(load_portfolio, portfolio(tmp_path, {**ROW, **row}), RiskLimits())
    assert all(word in said for word in named), said


def test_every_mistake_is_told_at_once(tmp_path):
    path = portfolio(tmp_path, {**ROW, "shares": -1}, orders=({**ORDER, "price": 2},), bankroll_usd=-3)
    said = refusal(load_portfolio, path, RiskLimits())
    assert len(said.splitlines()) == 3
    assert all(word in said for word in ("bankroll_usd", "m1.shares", "m2.price")), said


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("[1, 2]", "one object", id="a list"),
        pytest.param("{", "JSON that can be read", id="half an object"),
        pytest.param("[" * 90_000, "thousands deep", id="ninety thousand brackets"),
    ],
)
def test_a_file_that_is_no_portfolio_is_refused(tmp_path, text, named):
    path = tmp_path / "portfolio.json"
    path.write_text(text)
    assert named in refusal(load_portfolio, path, RiskLimits())
    assert "No such file" in refusal(load_portfolio, tmp_path / "none.json", RiskLimits())


def test_a_market_has_one_set_of_clusters(tmp_path):
    path = portfolio(tmp_path, ROW, {**ROW, "token": "NO", "clusters": ["C"]})
    assert "m1.clusters" in refusal(load_portfolio, path, RiskLimits())


MINE = "scenarios:\n  - {name: mine, kind: %s}\n"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        pytest.param("earthquake", ("mine.kind", "earthquake", "choose one of resolve"), id="an unknown kind"),
        pytest.param("gap, log_odds: -1", ("mine.log_odds", "-1"), id="a negative size"),
        pytest.param("gap, log_odds: .nan", ("mine.log_odds", "nan"), id="NaN"),
        pytest.param("gap", ("mine.log_odds", "no default"), id="a size left out"),
        pytest.param("collateral_depeg, loss: 1.5", ("mine.loss", "1.5"), id="more than all is lost"),
        pytest.param("venue_outage, hours: 3", ("mine.hours", "no such field"), id="a field of another kind"),
        pytest.param("sequence, steps: [gap_move, flood]", ("mine.steps", "flood"), id="a step that is no scenario"),
        pytest.param(
            "sequence, steps: [gap_move, worst_cluster_then_depeg]", ("mine.steps", "no sequence"), id="steps in steps"
        ),
        pytest.param(
            "liquidity_drain, spread_times: 3, liquidity_shares: 0", ("mine.liquidity_shares", "0"), id="no depth"
        ),
        pytest.param("resolve, markets_max: 0", ("mine.markets_max", "0"), id="no market"),
    ],
)
def test_a_wrong_scenario_is_named(tmp_path, body, named):
    said = refusal(load_scenarios, [scenario(tmp_path, MINE % body)])
    assert all(word in said for word in named), said
    assert len(said.splitlines()) == 1


def test_a_name_twice_in_a_file_and_a_file_without_any_are_refused(tmp_path):
    twice = (MINE % "venue_outage") + "  - {name: mine, kind: venue_outage}\n"
    assert "name every scenario of a file once" in refusal(load_scenarios, [scenario(tmp_path, twice)])
    assert "scenarios" in refusal(load_scenarios, [scenario(tmp_path, "scenarios: []\n")])
    assert "scenarios" in refusal(load_scenarios, [scenario(tmp_path, "")])


def test_one_scenario_alone_needs_no_list_and_takes_the_place_of_a_shipped_one(tmp_path):
    path = scenario(tmp_path, "name: gap_move\nkind: gap\nlog_odds: 2.5\n")
    found = [one for one in load_scenarios([path]) if one.name == "gap_move"]
    assert [one.log_odds for one in found] == [2.5]
    assert len(load_scenarios([path])) == len(load_scenarios())


def test_a_cluster_or_a_market_that_the_portfolio_does_not_have_is_named(tmp_path):
    book = load_portfolio(portfolio(tmp_path, ROW), RiskLimits())
    text = (
        "scenarios:\n  - {name: one, kind: resolve, cluster: Z}\n  - {name: two, kind: gap, log_odds: 1, cluster: worst}\n"
        "  - {name: three, kind: dispute, markets: [m1, m9]}\n"
    )
    said = refusal(check_names, load_scenarios([scenario(tmp_path, text)]), book)
    assert said.splitlines() == [
        "one.cluster: 'Z' is not usable; the portfolio's clusters are A, or say all or worst",
        "two.cluster: 'worst' is not usable; the portfolio's clusters are A, or say all",
        "three.markets: 'm9' is not usable; the portfolio's markets are m1",
    ]


def test_a_step_that_names_what_is_not_there_is_found_out_and_the_fullest_book_is_spared_what_is_ours(tmp_path):
    text = "{name: ours, kind: resolve, cluster: Z}\n  - {name: both, kind: sequence, steps: [void, ours]}\n"
    known = load_scenarios([scenario(tmp_path, "scenarios:\n  - " + text)])
    wanted = chosen(known, ["both", "gap_move", "worst_cluster_then_depeg"])
    needed = [one.name for one in with_steps(wanted, known)]
    assert needed == [one.name for one in known if one.name in needed]
    assert {"void", "ours", "worst_cluster", "collateral_depeg"} <= set(needed)
    assert "ours.cluster" in refusal(
        check_names, with_steps(wanted, known), load_portfolio(portfolio(tmp_path, ROW), RiskLimits())
    )
    struck = study_of_fullest(RiskLimits(), 5_000 * 10**10, wanted, known)
    assert [one.job[0] for one in struck.single] == ["gap_move", "worst_cluster_then_depeg"]
    assert study_of_fullest(RiskLimits(), 5_000 * 10**10, chosen(known, ["ours"]), known) is None
    assert study_of_fullest(RiskLimits(), 0, known, known) is None


def test_only_scenarios_that_exist_can_be_chosen():
    known = load_scenarios()
    assert [one.name for one in chosen(known, ["void"])] == ["void"]
    assert "flood" in refusal(chosen, known, ["flood"])
