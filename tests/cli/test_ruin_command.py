"""`astra ruin`: a record in, figures with intervals out; what says nothing is refused before anything is started."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from test_bad_input import astra, check_refused

from astra_actors.config.load import load_settings
from astra_actors.kernel.rng import stream
from astra_actors.simulation.ruin.laws import law_of
from astra_actors.simulation.ruin.paths import PathPlan
from astra_actors.simulation.ruin.study import chunks_of, put_together, walk_chunk

RETURNS = stream(1, "record").normal(0.001, 0.01, 200)


def written(folder: Path, *rows: object) -> Path:
    path = folder / "returns.csv"
    path.write_text("".join(f"{row}\n" for row in rows))
    return path


@pytest.mark.parametrize(
    ("rows", "words", "named"),
    [
        pytest.param(("r", 0.1, "nan", -0.1, 0.1), (), ("returns row 2", "nan"), id="NaN"),
        pytest.param(tuple(RETURNS), ("--paths", "-5"), ("--paths", "-5"), id="negative paths"),
        pytest.param(tuple(RETURNS), ("--law", "copula", "--rho", "2"), ("--rho", "2"), id="a correlation above one"),
        pytest.param(tuple(RETURNS), ("--address", "nowhere"), ("--address", "nowhere"), id="no address of a cluster"),
    ],
)
def test_a_study_that_cannot_be_is_refused(tmp_path, rows, words, named):
    data = tmp_path / "data"
    check_refused(astra("ruin", "--returns", str(written(tmp_path, *rows)), *words, "--data-dir", str(data)), *named)
    assert not data.exists()


def test_without_a_record_there_is_nothing_to_study(tmp_path):
    check_refused(astra("ruin", "--returns", str(tmp_path / "none.csv")), "--returns", "none.csv")
    check_refused(astra("ruin", "--data-dir", str(tmp_path)), "--data-dir", "there is no ledger")


@pytest.mark.ray
def test_workers_walk_the_very_paths_that_one_process_would(tmp_path):
    file = written(tmp_path, "return", *RETURNS)
    words = ("--paths", "1200", "--trades", "150", "--seed", "5", "--law", "iid")
    answer = astra("ruin", "--returns", str(file), *words, "--data-dir", str(tmp_path / "data"), "--json")
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    law, plan = law_of("iid", [float(x) for x in RETURNS]), PathPlan(trades=150, limits=load_settings(environ={}).risk)
    here = put_together(law, plan, 5, [walk_chunk(law, plan, 5, *chunk) for chunk in chunks_of(1_200)])
    assert told["digest"] == here.digest
    assert (told["paths"], told["trades"], told["law"]) == (1_200, 150, "iid")
    assert told["mean_mdd"]["value"] == pytest.approx(float(np.mean(here.drawdown)))
    for key in ("p_mdd_20", "p_mdd_50", "p_ruin"):
        assert told[key]["ci_low"] <= told[key]["value"] <= told[key]["ci_high"]
    assert told["rho"] is None
    assert told["evidence"] == {
        "kept": False,
        "why": "it is not of the run's own trades under the run's own caps",
        "measures": {},
    }
    assert told["rare_ruin"]["p"] is None
    assert "never came there" in told["rare_ruin"]["why"]  # half of everything, at 1 % a trade, within 150 trades
    page = Path(told["page"]).read_text(encoding="utf-8")
    assert "Rare ruin: unknown" in page
    assert "Fan of simulated equity" in page
    assert here.digest in page
