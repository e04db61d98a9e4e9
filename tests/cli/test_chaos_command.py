"""`astra chaos`: bad input gets one clear error, a breach gives exit 1 with seed and trace, the JSON has its promised keys."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from astra_actors.cli.chaos import again, read_seeds
from astra_actors.cli.main import app
from astra_actors.kernel.errors import BadInput
from astra_actors.simulation.campaign import Job

KEYS = {"seeds", "steps", "faults", "breaches", "failing_seed", "trace", "digest", "wall_s"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--seeds", "9..1"], "a range goes upwards"),
        (["--seeds", "all"], "1..1000"),
        (["--seeds", "1..99999999999"], "at most"),
        (["--seeds", ""], "at least one seed"),
        (["--steps", "-5"], "--steps: -5"),
        (["--jobs", "-1"], "--jobs: -1"),
        (["--mutant", "nobody"], "lease_ignored"),
        (["--mutant", "lease_ignored", "--anomaly-walk"], "one or the other"),
        (["--seed-file", "there/is/none"], "--seed-file"),
    ],
)
def test_bad_input_is_refused_with_its_remedy(arguments, told):
    answer = CliRunner().invoke(app, ["chaos", *arguments])
    assert answer.exit_code != 0
    assert isinstance(answer.exception, BadInput)
    assert told in str(answer.exception)


def test_seeds_are_read_in_their_order_each_once():
    assert list(read_seeds("5..7,1,6\n9")) == [5, 6, 7, 1, 9]


def test_a_clean_campaign_says_so(tmp_path):
    (tmp_path / "seeds").write_text("3\n1..2\n")
    answer = CliRunner().invoke(
        app, ["chaos", "--seed-file", str(tmp_path / "seeds"), "--steps", "60", "--jobs", "1", "--json"]
    )
    found = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert set(found) >= KEYS
    assert (found["seeds"], found["breaches"], found["failing_seed"], found["trace"]) == (3, 0, None, None)
    assert found["steps"] >= 3 * 60


@pytest.mark.parametrize(
    ("job", "told"),
    [
        (Job(seeds=(1, 7)), "astra chaos --seeds 7 --steps 200"),
        (Job(seeds=(7,), steps=500, mutant="double_fill"), "astra chaos --seeds 7 --steps 500 --mutant double_fill"),
        (Job(seeds=(7,), steps=40, anomaly_walk=True), "astra chaos --seeds 7 --steps 40 --anomaly-walk"),
    ],
)
def test_the_command_that_fails_again_names_all_it_depends_on(job, told):
    assert again(job, 7) == told


def test_a_breach_is_exit_1_with_its_seed_and_its_trace():
    answer = CliRunner().invoke(app, ["chaos", "--seeds", "1..3", "--mutant", "lease_ignored", "--jobs", "1", "--json"])
    found = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert (found["failing_seed"], found["breaches"], found["mutant"]) == (1, 1, "lease_ignored")
    assert found["trace"][-1].startswith("broken   ")
