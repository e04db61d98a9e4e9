"""What the account wants done, as values; whoever has sockets does it and says what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from astra_actors.venues.clob.account_rows import AccountRow
from astra_actors.venues.clob.building import Draft
from astra_actors.venues.clob.questions import Question


@dataclass(frozen=True, slots=True)
class Record:
    """Have these rows made durable; nothing that rests on them is done or told before."""

    number: int
    rows: tuple[AccountRow, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """Send these orders in one request, 1 to 15 of them, once: an answer that is lost is never replaced by another try."""

    number: int
    drafts: tuple[Draft, ...]


@dataclass(frozen=True, slots=True)
class TakeOff:
    """Cancel these orders in one request; may be repeated freely."""

    number: int
    venue_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakeOffAll:
    """Cancel every order of the account."""

    number: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Put a question, read its answer to the last page."""

    number: int
    question: Question


Deed = Record | Post | TakeOff | TakeOffAll | Ask
