"""What a person can do about each veto; `astra explain VETO` prints it beside the veto's own words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from astra_actors.risk.veto import Veto

REMEDIES: Final[Mapping[Veto, str]] = MappingProxyType(
    {
        # definition
        Veto.NO_DEFINITION: "Read the reason beside it; if the rules say it all, add a contract of your own.",
        Veto.NO_ESTIMATE: "Check that an estimator covers this category and that its source answers.",
        Veto.INPUT_STALE: "Check the source the estimate names; it answers late or not at all.",
        Veto.INVALID_PROBABILITY: "The estimator is wrong, not the market: read its inputs in the decision artifact.",
        Veto.INVALID_PRICE: "Check tick, price and fee schedule of the market in its listing.",
        Veto.NET_LB_BELOW_THRESHOLD: "Nothing to do: there is no edge at this price. Read which friction took it.",
        Veto.DEPTH_TOO_THIN: "Wait for depth, or lower the floor in the gate settings and accept a dearer exit.",
        # market state
        Veto.NO_BOOK: "Wait for both sides; if every market says so, check the feed.",
        Veto.STALE_BOOK: "Check the feed's connection; one quiet market alone is only quiet.",
        Veto.CROSSED_BOOK: "Wait: the next snapshot replaces the book. If it lasts, the feed loses messages.",
        Veto.RESYNC: "Wait for the snapshot; if none comes, check the feed's subscription.",
        Veto.PHASE: "Nothing to do: the market is too near its close, or past it.",
        Veto.NO_ACCUMULATION: "Nothing to do: near its close a market may only shrink the position.",
        Veto.RESOLUTION_RISK: "Read the parts of the score; a clear contract and a known history lower it.",
        Veto.NEAR_CLOSE_VOLATILE: "Nothing to do: the outcome is being decided right now.",
        Veto.SPREAD_UNDER_TICK: "Check the market's tick in its listing; the grid may have changed.",
        Veto.LIQUIDITY: "Wait for liquidity, or lower the floor in the quoteability settings.",
        Veto.NOT_ACTIVE: "Nothing to do: better markets fill the set. Widen it in the quoteability settings.",
        Veto.TOXIC_FLOW: "Wait; if it lasts, our fills in this market lose money and its estimate deserves a look.",
        Veto.BROKEN_REGIME: "Wait for the spread to come back within eight ticks.",
        # strategy
        Veto.NO_STRATEGY: "Enable a strategy that accepts this category, or leave the market alone.",
        Veto.NO_QUOTE: "Read the strategy's own sentence in the decision artifact.",
        # risk
        Veto.NO_LEASE: "Wait for the next grant; if none comes, the supervisor is down or the caps are used up.",
        Veto.LEASE_CAP: "Nothing to do: the market uses all it was granted; other markets may give some back.",
        Veto.EXPOSURE_CAP: "Read which cap it names; exposure has to shrink before more can be added.",
        Veto.DRAWDOWN_BREAKER: "It lifts itself below 5 %; a flat account needs `astra resume --reset-drawdown --reason ...`.",
        Veto.DAILY_LOSS: "Wait for 00:00 UTC, find the cause, then acknowledge the loss with `astra resume`.",
        Veto.HALTED: "Read the trigger in `astra status`; a technical halt ends by itself, the others name their way back.",
        Veto.KILLED: "Find out why, then `astra resume --revive --reason ...`, and `astra resume` as the second step.",
        Veto.PAUSED: "Run `astra resume`, or remove the pause file.",
        Veto.BURN_IN: "Wait: a few clean cycles without positions come first after every start.",
        Veto.QUARANTINED: "Read the traceback of its last death in the ledger; the other markets trade on.",
        # order
        Veto.WOULD_CROSS: "Nothing to do: the book moved through the price; the next decision sees the new book.",
        Veto.OFF_GRID: "Nothing to do: at this tick there is no room on our side of the market.",
        Veto.SIZE_BELOW_MIN: "Raise the strategy's size or the market's lease above the venue's minimum.",
        Veto.CHASE_EXCEEDED: "Nothing to do: the order is cancelled, and the next one starts a chain of its own.",
        Veto.TOXIC_NO_IMPROVE: "Nothing to do: in such a market orders are only cancelled.",
        Veto.MUTATION_BUDGET: "Wait a minute; if it lasts, quote fewer markets or refresh less often.",
        Veto.VENUE_DOWN: "Check the venue's status page; resting orders end at their own expiry.",
    }
)
