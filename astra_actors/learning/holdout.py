"""Which events no fit ever sees: a fifth of them, named by a hash, for good (methods §11.5)."""

from __future__ import annotations

import hashlib
from typing import Final

SALT: Final = "astra-holdout-v1"  # another salt would let yesterday's holdout into tomorrow's training
BUCKETS: Final = 10_000
HELD_OUT: Final = 2_000


def bucket(event_id: str, *, salt: str = SALT) -> int:
    """The bucket of an event, 0 to 9,999. The key is the event, so that its sibling markets stay on one side.

    >>> bucket("btc-100k-march")
    261
    """
    digest = hashlib.sha256(f"{salt}|{event_id}".encode()).hexdigest()
    return int(digest[:8], 16) % BUCKETS


def is_held_out(event_id: str) -> bool:
    """Whether the event only judges and never teaches."""
    return bucket(event_id) < HELD_OUT
