"""One running exchange for the holder of the account, which meets it over the wire as it would meet the venue."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "exchange"))

from exchange_bench import Bench

from astra_actors.venues.exchange.faults import FAULTS


@pytest.fixture(scope="session")
def gateway_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """`astra exchange` without a crowd, as a process of its own."""
    with Bench(tmp_path_factory.mktemp("exchange"), "--speed", "0", "--settle-ms", "40") as started:
        started.enrich()
        yield started


@pytest.fixture
def venue(gateway_bench: Bench) -> Iterator[Bench]:
    """The shared exchange, with every fault off again at the end."""
    yield gateway_bench
    gateway_bench.admin("faults", dict.fromkeys(FAULTS, 0.0))
