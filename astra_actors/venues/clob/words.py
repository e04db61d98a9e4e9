"""What the owner of a market and the holder of the account say to each other; plain values, none of them a secret.

An owner says `Join` when it begins, and again when the account has another holder. It then hears of every order of its
market that is not over, of every fill that its ledger may lack, and at last `Joined`: until then it rests nothing. All of
it may be said twice, so whoever hears it takes each order and each fill once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from astra_actors.execution.order import Order
from astra_actors.market.instrument import Side, Token
from astra_actors.venues.clob.building import Listing
from astra_actors.venues.port import Answer

NEVER_LEFT: Final = "not sent: "  # how the reason of a rejection begins that is ours, not the venue's
VOID: Final = "VOID"  # the liquidity of the entry that takes a failed fill back


def void_id(fill_id: str) -> str:
    """The id of that entry."""
    return f"{fill_id}-void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Rest this order. It leaves only while its owner is the latest one and its lease has not run out."""

    order: Order
    listing: Listing  # the market's token and grid as the owner's book has them now
    lease_until_ns: int
    incarnation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Take this order off; passes whoever says it."""

    market_id: str
    order_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """This incarnation owns the market now: orders of an older one are cancelled, everything known is told.

    `open_orders` are those that the owner takes for open. One without an intent on record never left, and is told as
    rejected: the word that it should leave was lost with an earlier holder of the account.
    """

    market_id: str
    incarnation: int
    open_orders: tuple[str, ...] = ()


Word = Place | Cancel | Join


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """An order of this market that is not over; its owner may never have heard of it."""

    order: Order  # as it was sent: SENT, nothing filled; what became of it follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A fill that the owner's ledger has, and whose settlement is still under way; told once to each owner that joins."""

    fill_id: str
    order_id: str
    token: Token
    side: Side
    price_e4: int
    size_e6: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a fill bought is there to be sold."""

    fill_id: str
    token: Token
    side: Side
    size_e6: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Voided:
    """The settlement of a fill failed: its shares never came, its dollars never left."""

    fill_id: str
    order_id: str
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Everything that is known of the market has been told to this incarnation."""

    incarnation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Whether new orders can rest at all, for every market of the shard; `why` is empty when they can."""

    why: str


News = Answer | Adopted | Claimed | Settled | Voided | Joined | Weather


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One piece of news for one shard. Numbers go up by one within one holder of the account (`gateway`)."""

    gateway: int  # the holder's incarnation
    number: int
    market_id: str  # empty for what concerns every market
    news: News
