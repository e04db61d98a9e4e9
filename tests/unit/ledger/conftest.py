"""A run, and facts of every class with values that differ from field to field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from astra_actors.kernel.facts import Fact
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.schema import columns
from astra_actors.ledger.store import LedgerStore

RUN_A = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
RUN_B = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def identity(run_id: str = RUN_A, **changes: Any) -> RunIdentity:
    """A run of the world on paper."""
    values: dict[str, Any] = {
        "run_id": run_id,
        "git_sha": "0" * 40,
        "started_at": "2026-03-01T00:00:00.000Z",
        "python_version": "3.11.7",
        "config_hash": "a" * 64,
        "prompt_bundle_hash": "b" * 64,
        "paper_mode": True,
        "feed": "world",
        "venue": "paper",
        "seed": 7,
    }
    return RunIdentity(**{**values, **changes})


def fact(fact_class: type[Fact], n: int = 0, **values: Any) -> Any:
    """A fact with something in every field; `values` says what matters to the test."""
    made: dict[str, Any] = {}
    for place, column in enumerate(columns(fact_class)):
        if column.is_list:
            made[column.name] = (f"a{n}", "b")
        elif column.kind is bool:
            made[column.name] = (place + n) % 2 == 0
        elif column.kind is str:
            made[column.name] = f"{column.name}-{n}"
        else:
            made[column.name] = column.kind(100 * n + place)
    return fact_class(**{**made, "seq": n, "market_id": "m1", "local_ns": n, **values})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def store(path: Path) -> Iterator[LedgerStore]:
    """A ledger in which run A has begun."""
    with LedgerStore.open(path) as opened:
        opened.begin_run(identity(), "{}")
        yield opened


@pytest.fixture
def make() -> Callable[..., Any]:
    return fact


@pytest.fixture
def run() -> Callable[..., RunIdentity]:
    return identity
