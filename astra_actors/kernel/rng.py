"""Chance as it is handed to the core: streams named from one seed, and dice that only depend on what they decide.

A stream serves whoever draws in a fixed order (the world's generator). Whoever may be restarted in the middle draws with
`unit` from the id of the thing decided: the same order gets the same latency however often its market is rebuilt.
"""

from __future__ import annotations

import hashlib

import numpy as np

_SCALE = 2.0**-53


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A generator of its own for one purpose: same seed and names, same numbers, whatever else is drawn."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(_digest(seed, names), "little")))


def unit(seed: int, *names: str | int) -> float:
    """One uniform number in [0, 1) that depends on the seed and the names alone."""
    return (int.from_bytes(_digest(seed, names)[:8], "little") >> 11) * _SCALE


def _digest(seed: int, names: tuple[str | int, ...]) -> bytes:
    text = "\x1f".join((str(seed), *(str(name) for name in names)))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
