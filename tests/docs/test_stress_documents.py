"""What is said about stress is what the code does: every kind, field and shipped scenario, the examples, the fullest book."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from astra_actors.kernel.units import USD_ONE_E10, usd
from astra_actors.risk.limits import RiskLimits
from astra_actors.simulation.stress.evidence import study_of_fullest
from astra_actors.simulation.stress.from_file import load_portfolio
from astra_actors.simulation.stress.load import check_names, load_scenarios
from astra_actors.simulation.stress.scenarios import KINDS, Sequence, Single

DOCS = Path(__file__).resolve().parents[2] / "docs"
CONCEPT = (DOCS / "concepts" / "stress.md").read_text(encoding="utf-8")
HOW_TO = (DOCS / "how-to" / "stress_a_portfolio.md").read_text(encoding="utf-8")
YAML = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_every_kind_stands_there_with_its_fields() -> None:
    kinds = CONCEPT.split("## The kinds")[1].split("\n## ")[0]
    rows = {row.split("`")[1]: row for row in kinds.splitlines() if row.startswith("| `")}
    for model in (*get_args(Single), Sequence):
        (kind,) = get_args(model.model_fields["kind"].annotation)
        assert kind in KINDS
        fields = [name for name in model.model_fields if name not in ("name", "why", "kind")]
        assert [name for name in fields if f"`{name}`" not in rows[kind]] == []


def test_every_shipped_scenario_stands_there() -> None:
    assert [one.name for one in load_scenarios() if f"`{one.name}`" not in CONCEPT] == []


def test_the_examples_are_read(tmp_path: Path) -> None:
    portfolio, scenarios = YAML.findall(HOW_TO)
    (tmp_path / "mine.yaml").write_text(portfolio)
    (tmp_path / "quake.yaml").write_text(scenarios)
    book = load_portfolio(tmp_path / "mine.yaml", RiskLimits())
    check_names(load_scenarios([tmp_path / "quake.yaml"]), book)
    assert set(book.clusters()) == {"bitcoin", "event-17"}


def test_the_figures_of_the_fullest_book_are_found_again() -> None:
    study = study_of_fullest(RiskLimits(), 5_000 * USD_ONE_E10, load_scenarios(), load_scenarios())
    assert study is not None
    losses = {one.job[0]: usd(one.total.cost_e10) for one in study.single}
    book = study.book
    assert (losses["worst_cluster"], losses["five_correlated"], losses["every_cluster"]) == (600.0, 250.0, 2_000.0)
    assert (len(book.markets), len(book.clusters()), len(book.holdings)) == (75, 5, 40)
    for figure in (
        "600.00, exactly 12 %",
        "250.00, 5 %",
        "2,000.00, exactly 40 %",
        "75 in 5",
        "refused in all 75 markets",
    ):
        assert figure in CONCEPT
