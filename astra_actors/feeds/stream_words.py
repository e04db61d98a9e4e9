"""What the live stream tells the owner of the markets, in the order in which it happened; the owner alone reads frames."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from astra_actors.market.events import BookSnapshot, Event
from astra_actors.market.instrument import MarketListing


class Word(msgspec.Struct, frozen=True, gc=False):
    """Anything a stream says; `at_ns` is when it happened by our clock."""

    at_ns: int


class Connected(Word, frozen=True, gc=False):
    """A connection stands; nothing has been seen on it yet."""

    connection: int


class Subscribed(Word, frozen=True, gc=False):
    """These tokens were asked for on a connection that stands; their books follow."""

    connection: int
    asset_ids: tuple[str, ...]


class Frame(Word, frozen=True, gc=False):
    """One frame as received."""

    connection: int
    data: bytes


class Alive(Word, frozen=True, gc=False):
    """The other side answered our PING: quiet, but there."""

    connection: int


class Disconnected(Word, frozen=True, gc=False):
    """A connection is over. `alive_ns` is when it last gave a sign of life, which may be long before we knew."""

    connection: int
    alive_ns: int
    reason: str


class Failing(Word, frozen=True, gc=False):
    """A connection could not be opened for many attempts in a row; it goes on trying."""

    connection: int
    attempts: int


class BooksSeen(Word, frozen=True, gc=False):
    """Books as the venue's REST side had them, asked for at `asked_ns`; what was asked for and is not there has none."""

    asked_ns: int
    books: tuple[BookSnapshot, ...]


class Heard(Word, frozen=True, gc=False):
    """Something about one market that came by another way than the stream."""

    event: Event


@dataclass(frozen=True, slots=True)
class Wanted:
    """The other way round: what the owner of the markets would like to know besides the stream."""

    books: tuple[str, ...] = ()  # tokens
    outcomes: tuple[MarketListing, ...] = ()  # past their close, or spoken for by one source
    notes: tuple[str, ...] = ()  # markets in which we are active: is their outcome proposed?
