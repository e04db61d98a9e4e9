"""A lifecycle knows its rows and refuses everything else."""

from __future__ import annotations

from enum import Enum

import pytest

from astra_actors.kernel.errors import IllegalTransition
from astra_actors.kernel.fsm import Lifecycle


class Door(Enum):
    OPEN = "open"
    SHUT = "shut"
    LOCKED = "locked"


class Hand(Enum):
    PUSH = "push"
    TURN = "turn"


ROWS = {(Door.OPEN, Hand.PUSH): Door.SHUT, (Door.SHUT, Hand.TURN): Door.LOCKED, (Door.SHUT, Hand.PUSH): Door.OPEN}
DOOR = Lifecycle("door", ROWS)
PAIRS = [(state, event) for state in Door for event in Hand]


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_every_pair_is_a_row_or_is_refused(state: Door, event: Hand) -> None:
    assert DOOR.allows(state, event) == ((state, event) in ROWS)
    if (state, event) in ROWS:
        assert DOOR.step(state, event) is ROWS[state, event]
        return
    with pytest.raises(IllegalTransition, match=f"^door: {event.name} cannot happen in {state.name}$"):
        DOOR.step(state, event)


def test_the_table_cannot_be_changed_from_outside() -> None:
    DOOR.rows.clear()  # type: ignore[attr-defined]
    assert DOOR.rows == ROWS


def test_the_diagram_is_drawn_from_the_table() -> None:
    assert DOOR.diagram() == (
        "stateDiagram-v2\n    OPEN --> SHUT: PUSH\n    SHUT --> LOCKED: TURN\n    SHUT --> OPEN: PUSH"
    )
