"""Hosts of our own with a Ray cluster on them, and the lively world to run there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "live")]

from hosts import RayHosts, why_no_namespaces  # noqa: E402
from paper_run import PaperRun  # noqa: E402

from astra_actors.simulation.harness.house import LIVELY, House, lively  # noqa: E402

SPEED = "60000"  # virtual seconds a second: sixteen windows a second, slow enough to be caught in the act


@pytest.fixture(scope="session")
def cables() -> bool:
    """Whether hosts have an address and a cable of their own; says on what the tests run."""
    why = why_no_namespaces()
    print(f"HOSTS: {f'raylets on one host, because {why}' if why else 'network namespaces joined by a bridge'}")
    return not why


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of the whole lively run in one process without Ray."""
    made = House(lively(tmp_path_factory.mktemp("undisturbed")), audited=False)
    digest = made.complete()
    made.store.close()
    return digest


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., PaperRun]:
    """Start the lively run on the head of a cluster."""
    settings = tmp_path / "lively.yaml"
    settings.write_text(json.dumps({**LIVELY, "run": {**LIVELY["run"], "dashboard": False}}))

    def begin(hosts: RayHosts, *, shards: int, speed: str = SPEED) -> PaperRun:
        folder = tmp_path / f"run{len(list(tmp_path.glob('run*')))}"
        where = ("--address", hosts.address, "--actors", str(shards))
        return PaperRun(hosts.hosts[0], folder, "--config", str(settings), "--speed", speed, *where)

    return begin


@pytest.fixture
def two_hosts(cables: bool) -> Iterator[RayHosts]:
    """A head and a worker."""
    with RayHosts(2, cables=cables) as hosts:
        yield hosts


@pytest.fixture(scope="module")
def three(cables: bool) -> Iterator[RayHosts]:
    """A head and two workers, for several tests."""
    with RayHosts(3, cables=cables) as hosts:
        yield hosts


@pytest.fixture
def three_hosts(three: RayHosts) -> RayHosts:
    """All three of them alive, whatever the test before did."""
    three.mend()
    return three
