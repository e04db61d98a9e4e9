"""Rows on their way to the disk, and what waits for them: one request at a time, in order, with all that has gathered."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from astra_actors.venues.clob.account_rows import AccountRow
from astra_actors.venues.clob.deeds import Record

ROWS_MAX: Final = 1_000  # in one request: a burst of fills in milliseconds of writing
Then = Callable[[int], None]


class Journal:
    """The write-ahead order of the account: `then` is called with the time once its row is durable, first in, first out."""

    __slots__ = ("_numbers", "_out", "_under_way", "_waiting")

    def __init__(self, numbers: Iterator[int]) -> None:
        self._numbers = numbers
        self._waiting: deque[tuple[AccountRow, Then | None]] = deque()
        self._out: tuple[tuple[AccountRow, Then | None], ...] = ()
        self._under_way = 0

    def write(self, row: AccountRow, then: Then | None = None) -> None:
        """Have a row written, and go on from there."""
        self._waiting.append((row, then))

    def deeds(self) -> list[Record]:
        """What to write now; nothing while a request is under way."""
        if self._under_way or not self._waiting:
            return []
        self._out = tuple(self._waiting.popleft() for _ in range(min(ROWS_MAX, len(self._waiting))))
        self._under_way = next(self._numbers)
        return [Record(self._under_way, tuple(row for row, _ in self._out))]

    def on_recorded(self, number: int, now_ms: int) -> None:
        """The rows are durable; an answer that is told twice counts once."""
        if number != self._under_way or not number:
            return
        done, self._out, self._under_way = self._out, (), 0
        for _, then in done:
            if then is not None:
                then(now_ms)

    @property
    def is_empty(self) -> bool:
        """Whether everything that was learned is durable."""
        return not self._under_way and not self._waiting
