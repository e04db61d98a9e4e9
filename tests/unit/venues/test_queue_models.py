"""O6.1: the path of the queue ahead under each model, and the filled shares."""

from __future__ import annotations

import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.venues.queue import queue_model

EVENTS = "D120→160, T25, D160→130, D130→150, D150→95, T40, D95→40, T35, T40"

PATHS = [
    pytest.param("risk_averse", 1, [120, 95, 95, 95, 95, 55, 40, 5, -35], id="risk-averse"),
    pytest.param(
        "power",
        2,
        [120, 95, 91.5943396, 91.5943396, 52.4930966, 12.4930966, 12.1568902, -22.8431098, -62.8431098],
        id="power n=2",
    ),
    pytest.param(
        "power",
        3,
        [120, 95, 91.213008, 91.213008, 47.8278766, 7.82787656, 7.81702291, -27.1829771, -67.1829771],
        id="power n=3",
    ),
    pytest.param(
        "log",
        1,
        [120, 95, 92.3929937, 92.3929937, 63.4043265, 23.4043265, 16.997435, -18.002565, -58.002565],
        id="log",
    ),
    pytest.param(
        "power_form",
        2,
        [120, 95, 93.2373047, 93.2373047, 71.9872725, 31.9872725, 30.286687, -4.71331299, -44.713313],
        id="power-3 form n=2",
    ),
]


@pytest.mark.parametrize(("name", "power", "expected"), PATHS)
def test_the_path_of_the_queue_is_the_documents(name: str, power: float, expected: list[float]) -> None:
    update = queue_model(name, power)
    ahead, traded, path = 120e6, 0, []
    for event in EVENTS.split(", "):
        if event.startswith("D"):
            before, after = (int(part) * 1_000_000 for part in event[1:].split("→"))
            ahead, traded = update(ahead, before, after, traded), 0
        else:
            size = int(event[1:]) * 1_000_000
            ahead, traded = ahead - size, traded + size
        path.append(ahead / 1e6)
    assert path == pytest.approx(expected, rel=1e-8)
    assert min(max(-min(path), 0), 30) == 30  # filled = clip(max over time of −F, 0, size)


@pytest.mark.parametrize("name", ["risk_averse", "power", "log", "power_form"])
def test_at_the_front_no_cancel_moves_us(name: str) -> None:
    assert queue_model(name, 3)(-5e6, 100_000_000, 0, 0) == -5e6


@pytest.mark.parametrize("name", ["risk_averse", "power", "log", "power_form"])
def test_a_level_that_vanishes_leaves_nobody_ahead_and_fills_nothing(name: str) -> None:
    assert queue_model(name, 3)(60e6, 100_000_000, 0, 0) == 0


def test_an_unknown_model_is_refused_with_the_choices() -> None:
    with pytest.raises(BadInput, match="risk_averse"):
        queue_model("fifo", 1)
