"""Ids come from content and chance from a seed, the same in every process whatever its hash seed (promise 4)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.kernel.ids import content_id
from astra_actors.kernel.rng import stream, unit

PRINT = """
from astra_actors.kernel.ids import content_id
from astra_actors.kernel.rng import stream, unit
print(content_id("order", "m", 1), unit(7, "latency", "o-1").hex(), stream(7, "world").integers(0, 2**62))
"""


def test_an_id_names_its_kind_and_eighty_bits() -> None:
    kind, _, digest = content_id("order", "0xabc", "YES", "BUY", 4_200, 17).partition("-")
    assert kind == "order"
    assert len(digest) == 20
    assert int(digest, 16) >= 0


def test_the_same_content_is_recognised() -> None:
    assert content_id("fill", "a", 1) == content_id("fill", "a", "1")
    assert content_id("fill", "a", 1) != content_id("order", "a", 1)


@given(
    st.lists(st.text(alphabet="ab-", max_size=3), max_size=4), st.lists(st.text(alphabet="ab-", max_size=3), max_size=4)
)
def test_ids_tell_parts_apart(one: list[str], other: list[str]) -> None:
    assert (content_id("x", *one) == content_id("x", *other)) == (one == other)


@pytest.mark.parametrize("hash_seed", ["0", "1", "12345"])
def test_another_process_makes_the_same(hash_seed: str) -> None:
    environ = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run([sys.executable, "-c", PRINT], env=environ, capture_output=True, text=True, check=True)
    here = content_id("order", "m", 1), unit(7, "latency", "o-1").hex(), str(stream(7, "world").integers(0, 2**62))
    assert tuple(said.stdout.split()) == here


def test_streams_do_not_disturb_each_other() -> None:
    alone = stream(1, "fills").random(5).tolist()
    other, fills = stream(1, "latency"), stream(1, "fills")
    mixed = [(other.random(), fills.random())[1] for _ in range(5)]
    assert mixed == alone
    assert stream(2, "fills").random(5).tolist() != alone
    assert stream(1, "fills", 0).random(5).tolist() != alone


def test_dice_depend_on_what_they_decide_alone() -> None:
    first = [unit(3, "latency", f"o-{n}") for n in range(2_000)]
    again = {n: unit(3, "latency", f"o-{n}") for n in reversed(range(2_000))}
    assert first == [again[n] for n in range(2_000)]
    assert all(0.0 <= value < 1.0 for value in first)
    # a uniform mean of 2,000 has a standard error of 0.0065; four of them
    assert abs(sum(first) / len(first) - 0.5) < 0.026
