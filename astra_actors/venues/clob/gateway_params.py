"""What the holder of the account may be told: where the private side of the venue is, and how patient to be with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Gt, Interval, Len

Seconds = Annotated[float, Gt(0)]
Count = Annotated[int, Ge(1)]
Url = Annotated[str, Len(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayParams:
    """Addresses and patience of the live path. Public addresses stand in the section `stream`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    # where
    user_ws_url: Url = "wss://ws-subscriptions-clob.polymarket.com/ws/user"
    relayer_url: str = (
        "https://relayer-v2.polymarket.com"  # says whether a deposit wallet stands; empty: nobody is asked
    )
    chain_id: Annotated[int, Ge(1)] = 137  # Polygon
    integer_sizes: bool = False  # lists give sizes in millionths: the venue's own sources disagree on it

    # a request
    connect_timeout_s: Seconds = 3.0
    post_timeout_s: Seconds = 5.0  # what the venue's own client waits; then the order is unknown, and asked about
    question_timeout_s: Seconds = 10.0  # a page of a hundred trades may take longer than an order
    connections_max: Count = 32  # requests at once: fifteen posts and their cancels, and questions behind them
    pages_max: Count = 50  # five thousand trades of one market since one moment: more prove nothing was read to the end
    answer_bytes_max: Count = 4_000_000  # a page of a hundred trades with many makers is a hundredth of it

    # the user channel
    ping_s: Seconds = 10.0  # polymarket.md 5.1; the venue drops a connection that says nothing
    silence_s: Seconds = 25.0  # two PONGs and a half: the connection is dead
    reconnect_s: Seconds = 0.5  # the first wait, doubled each time: our fills come through here
    reconnect_s_max: Seconds = 15.0
    reconnect_jitter: Annotated[float, Interval(ge=0, le=1)] = 0.2
    frame_bytes_max: Count = 1_048_576  # a trade with a thousand makers is a third of it

    # the venue's dead man's switch
    heartbeat_s: Seconds = 5.0  # polymarket.md 7.8: a gap of ten seconds cancels everything

    # before the first order
    clock_skew_s_max: Seconds = 5.0  # expirations are in the venue's time, and requests are proven with ours
    collateral_usd_min: Annotated[float, Ge(0)] = 10.0  # two of the smallest orders; less is a wallet mixed up
