"""Real Ray: one cluster a module, small runs of the lively world, each in a namespace of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from ray_run import ENVIRONMENT, RayRun, poison_hook

from astra_actors.simulation.harness.house import House, lively


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A local Ray for the tests of one module. Its workers read the poison file before they serve a market."""
    import ray
    import ray_run

    ray.cloudpickle.register_pickle_by_value(ray_run)  # the workers cannot import what lies beside a test
    os.environ.update(ENVIRONMENT)
    os.environ["POISONED_MARKET_FILE"] = str(tmp_path_factory.mktemp("poison") / "victim")
    ray.init(
        address="local",
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        runtime_env={"worker_process_setup_hook": poison_hook},
    )
    yield
    ray.shutdown()


@pytest.fixture
def run(cluster: None, tmp_path: Path) -> Iterator[Callable[..., RayRun]]:
    """Start runs behind Ray; what still lives at the end of the test is ended."""
    started: list[RayRun] = []

    def start(*, shards: int = 2, **settings: Any) -> RayRun:
        made = RayRun(tmp_path / f"run{len(started)}", shards=shards, **settings)
        started.append(made)
        return made

    yield start
    for made in started:
        made.end()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], str]:
    """The digest of the same run in one process without Ray, stopped after a window; runs only as far as it is asked."""
    folder = tmp_path_factory.mktemp("undisturbed")
    digests: dict[int, str] = {}

    def digest(window: int) -> str:
        if window not in digests:
            made = House(lively(folder / str(window)), audited=False).run_to(window)
            digests[window] = made.stop()
            made.store.close()
        return digests[window]

    return digest
