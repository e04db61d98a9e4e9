"""A cluster that runs another Ray is refused in one sentence, before anything of a job is sent there."""

from __future__ import annotations

import pytest
from heavy_run import HeavyRun, ruin_words
from hosts import RayHosts

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.cluster, pytest.mark.timeout(600)]
OTHER_RAY = "import ray\nray.__version__ = '2.40.0'\n"


def test_a_cluster_of_another_ray_is_refused_in_one_sentence(cables, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(OTHER_RAY)
    with RayHosts(1, cables=cables, env={"PYTHONPATH": str(tmp_path)}) as hosts:
        words = ruin_words(tmp_path, hosts.address, "--paths", "10", "--trades", "10")
        made = HeavyRun(hosts.hosts[0], tmp_path / "run", *words, env={"PYTHONPATH": ""})
        assert made.process.wait(timeout=200) == 1
    assert made.told.startswith("astra: the Ray cluster at") and "2.40.0" in made.told, made.told
    assert "Traceback" not in made.told and len(made.told.strip().splitlines()) == 1
