"""A lifecycle as a table from (state, event) to state; an absent pair raises."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Generic, TypeVar

from astra_actors.kernel.errors import IllegalTransition

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)


class Lifecycle(Generic[S, E]):
    """The one way a state changes: `step` looks the pair up and refuses what the table does not know."""

    __slots__ = ("_rows", "name")

    def __init__(self, name: str, rows: Mapping[tuple[S, E], S]) -> None:
        self.name = name
        self._rows = dict(rows)

    @property
    def rows(self) -> Mapping[tuple[S, E], S]:
        """Every row of the table."""
        return dict(self._rows)

    def step(self, state: S, event: E) -> S:
        """The state after `event`; raises `IllegalTransition` where the table has no row."""
        try:
            return self._rows[state, event]
        except KeyError:
            raise IllegalTransition(f"{self.name}: {event.name} cannot happen in {state.name}") from None

    def allows(self, state: S, event: E) -> bool:
        """Whether the table has a row for this pair."""
        return (state, event) in self._rows

    def diagram(self) -> str:
        """The table as a Mermaid state diagram, for the documents."""
        lines = [f"    {a.name} --> {b.name}: {event.name}" for (a, event), b in self._rows.items()]
        return "\n".join(["stateDiagram-v2", *lines])
