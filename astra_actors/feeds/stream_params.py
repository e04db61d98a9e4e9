"""What the live feed may be told: where the venue is, how patient to be with it, how much to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Gt, Interval, Len

Seconds = Annotated[float, Gt(0)]
Count = Annotated[int, Ge(1)]
Url = Annotated[str, Len(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamParams:
    """Addresses of the public venue and the patience of methods §18.8; other addresses lead to `astra exchange`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    # where
    gamma_url: Url = "https://gamma-api.polymarket.com"  # what markets there are
    clob_url: Url = "https://clob.polymarket.com"  # books, and orders when live
    market_ws_url: Url = "wss://ws-subscriptions-clob.polymarket.com/ws/market"

    # a connection
    stale_ms_max: Count = 5_000  # §18.8: live quotes on a feed this quiet are gone by then
    pull_margin_ms: Annotated[int, Ge(0)] = 500  # a cancel travels too: pulling begins this much before the limit
    connect_timeout_s: Seconds = 10.0
    ping_s: Seconds = 10.0  # §18.8; the venue drops a connection that says nothing
    probe_s: Seconds = 1.5  # a connection without a frame for this long is asked at once: quiet is not dead
    pong_timeout_s: Seconds = 10.0  # §18.8; a missing PONG is dead
    data_age_s_max: Seconds = 120.0  # §19.2 (33); PONG alone proves no feed: without data it is made anew
    look_s: Seconds = 0.25  # how often a connection is looked at: small beside every patience here
    reconnect_every_s: Seconds = 600.0  # a frozen subscription looks like a quiet one: none gets older than this
    reconnect_s: Seconds = 1.0  # §18.8: the first wait, doubled each time
    reconnect_s_max: Seconds = 30.0  # §18.8
    reconnect_jitter: Annotated[float, Interval(ge=0, le=1)] = 0.2  # §18.8: shards do not knock all at once
    reconnect_attempts: Count = 10  # §18.8; then the supervisor is told
    frame_bytes_max: Count = 4_000_000  # a first snapshot of 200 assets is half of it; a hostile frame is not read
    subscribe_max: Annotated[int, Interval(ge=2, le=500)] = 200  # assets of one connection; the venue fails at 500

    # a check on what the stream shows
    sweep_s: Seconds = 2.0  # a quoted book that was silent for this long is compared with the venue's REST book
    sweep_all_s: Seconds = 60.0  # likewise a book without a quote of ours
    freeze_grace_s: Annotated[float, Ge(0)] = 0.5  # an event still on its way may explain a difference
    resync_s: Seconds = 1.0  # a book in doubt waits this long for the stream's own snapshot before it asks for one
    books_per_request: Annotated[int, Interval(ge=1, le=500)] = 200  # the venue takes 500 in one request
    outcome_poll_s: Seconds = 30.0  # the stream's own word on a resolution can be missing for good
    outcomes_per_poll: Count = 20

    # discovery
    scan_s: Seconds = 300.0  # §18.8
    fast_scan_s: Seconds = 60.0  # §18.8: while a market is about to close
    markets_max: Count = 200  # §18.8: live; paper.yaml raises it to 500
    page_size: Annotated[int, Interval(ge=1, le=100)] = 100  # the venue gives at most 100
    pages_max: Count = 60  # a listing that does not end is no listing
    liquidity_usd_min: Annotated[float, Ge(0)] = 500.0  # §18.7: thinner markets are vetoed anyway
    reseed_after_empty: Count = 3  # §18.8: cycles without a book before the subscription is made anew
    reseed_gap_s: Seconds = 300.0
    http_timeout_s: Seconds = 10.0
    http_attempts: Count = 3  # a GET may be repeated, nothing else
    body_bytes_max: Count = 16_000_000  # a hundred markets with their events are about three
    requests_per_min: Count = 80  # §18.8
