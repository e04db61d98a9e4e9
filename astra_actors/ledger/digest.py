"""One number for all that happened: each window's digest is taken over the digest before it and the window's facts.

Neither the run's id, nor any wall-clock time, nor the incarnation of an owner enters, and the order of facts is theirs
alone, so two runs of one seed end in one digest whichever actor spoke first and whichever died.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from astra_actors.kernel.facts import Fact, LeaseGranted, OrderIntended, TradeClosed

GENESIS: Final = "0" * 64
FIRST: Final = 1  # the incarnation that every row counts as

_encode = msgspec.json.Encoder().encode


def in_order(facts: Iterable[Fact]) -> tuple[list[Fact], list[bytes]]:
    """The facts as they enter the ledger, and their bytes. What `order_key` leaves open is settled by content."""
    keyed = sorted(((fact.order_key, fact.table, _bytes_of(fact), fact) for fact in facts), key=lambda row: row[:3])
    return [row[3] for row in keyed], [row[2] for row in keyed]


def chained(before: str, encoded: Iterable[bytes]) -> str:
    """The digest after a window whose facts have these bytes, in ledger order."""
    digest = hashlib.sha256(before.encode())
    for line in encoded:
        digest.update(line)
        digest.update(b"\n")
    return digest.hexdigest()


def window_digest(before: str, facts: Iterable[Fact]) -> str:
    """The digest after a window of these facts, in whatever order they are handed in."""
    return chained(before, in_order(facts)[1])


def _bytes_of(fact: Fact) -> bytes:
    if isinstance(fact, TradeClosed) and fact.resolution_outcome is not None:
        # the one column that a later fact fills in: without it a ledger can be checked against its own digests
        fact = msgspec.structs.replace(fact, resolution_outcome=None)
    elif isinstance(fact, OrderIntended | LeaseGranted) and fact.incarnation != FIRST:
        fact = msgspec.structs.replace(
            fact, incarnation=FIRST
        )  # how often an owner had died is no part of what happened
    raw = _encode(fact)
    if b":-0.0" in raw:  # SQLite keeps no negative zero, and what is read back must have the same bytes
        raw = raw.replace(b":-0.0,", b":0.0,").replace(b":-0.0}", b":0.0}")
    return raw
