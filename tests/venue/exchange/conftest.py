"""One running exchange for all conformance cases, and states of it without a process for everything else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from exchange_bench import Bench


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """`astra exchange` without a crowd, as a process of its own."""
    with Bench(tmp_path_factory.mktemp("exchange"), "--speed", "0", "--settle-ms", "40") as started:
        started.enrich()
        yield started
