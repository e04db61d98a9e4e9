"""Every number of the account's brain, with the reason for its default."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from astra_actors.execution.params import OrderParams
from astra_actors.market.instrument import FeeSchedule
from astra_actors.venues.clob.proof import ProofParams
from astra_actors.venues.clob.user_stream import StreamParams


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseLimits:
    """What a warm-up phase allows: a last line of defence, since the engine's own risk settings follow the same phase."""

    observe_only: bool = False  # phase A sends nothing at all
    markets_max: int | None = None  # markets with an order that is not over
    order_usd_max: int | None = None  # dollars of one buy
    bankroll_usd: int | None = None  # dollars of all open buys and of what was bought and not sold


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountParams:
    """How the account is kept. The limits on requests themselves stand in `limits` and `rate_tiers`."""

    limits: PhaseLimits = field(default_factory=PhaseLimits)
    orders: OrderParams = field(default_factory=OrderParams)
    proof: ProofParams = field(default_factory=ProofParams)
    stream: StreamParams = field(default_factory=StreamParams)
    tier: str = "standard"
    builder: str = "0x" + "0" * 64  # attribution code of the orders; none
    taker_fees: FeeSchedule = field(default_factory=lambda: FeeSchedule(rate=Decimal("0.07")))
    # the venue's highest rate: post-only orders never take, and if one does its cost is not understated
    reconcile_s: int = 300  # methods §18.13
    overlap_s: int = 60  # trades are listed from before the last list: a match may reach the list late
    look_back_s: int = 3_600  # trades of a market about which nothing is known; GTD orders live minutes
    channel_grace_ms: int = 10_000  # a reconnect takes a second or two; longer, and fills are not seen
    heartbeat_misses_max: int = 2  # sent each 5 s; the venue cancels everything after 10 s without
    clock_apart_ms_max: int = (
        8_000  # lists are read from ten seconds before an order: beyond that a fill could be missed
    )
    cancel_repeat_ms: int = 2_000  # between two cancels of one order that is not proven gone
    ask_repeat_ms: int = 2_000  # between two equal questions
    asks_in_flight_max: int = 16  # so that a comparison of hundreds of markets leaves room for proofs
    posts_in_flight_max: int = 8  # 120 orders; more means that the venue does not answer
    queue_max: int = 2_000  # orders that wait to leave; beyond it they are refused
    tick_ms: int = 100  # how often everything that is open is looked at
    finished_kept: int = 20_000  # orders that are over, remembered for late fills: hours of them
    said_max: int = 500  # news in one answer to a poll
