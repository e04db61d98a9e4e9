"""A probability of YES with its interval, its origin and the age of what it rests on."""

from __future__ import annotations

import msgspec


class Estimate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`p_lo ≤ p ≤ p_hi`, all of YES. `input_age_ms` is the age of the oldest input when the estimate was made."""

    p: float
    p_lo: float
    p_hi: float
    estimator: str
    version: str
    made_ns: int
    input_age_ms: int = 0
    prompt_version: str = "none"  # every estimate names one (P3-4); "none" where no prompt was involved
    detail: str = ""
