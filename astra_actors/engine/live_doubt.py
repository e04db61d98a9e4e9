"""When a live market's book cannot be trusted: quotes out at once, and a connection that does not serve us made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from astra_actors.engine import live_hearing
from astra_actors.engine.live_links import Freshness, Link
from astra_actors.engine.market_engine import MarketEngine
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.book import BookState
from astra_actors.market.events import Event, FeedInterrupted

if TYPE_CHECKING:
    from astra_actors.engine.live_shard import LiveShard

_RENEW_GAP_QUIET_S: Final = 30.0  # a connection that is silent as a whole; the reconnect itself takes about a second


def watch_freeze(shard: LiveShard, engine: MarketEngine, fresh: Freshness, link: Link, now_ns: int) -> None:
    """Doubt a book that stands still where others move; a connection that freezes often is made anew."""
    params = shard.stream
    reason = fresh.watch.frozen(now_ns, params.freeze_grace_s)
    if not reason:
        return
    fresh.watch.forget(now_ns)
    link.freezes += 1
    shard.on_event(FeedInterrupted(engine.market_id, now_ns, now_ns, reason))
    silent = now_ns - link.data_ns >= params.sweep_s * NS_PER_S
    gap_s = _RENEW_GAP_QUIET_S if silent else params.reseed_gap_s
    often = link.freezes >= params.reseed_after_empty
    if (silent or often) and now_ns - link.renewed_ns >= gap_s * NS_PER_S:
        link.renewed_ns = now_ns
        shard.renewals.append((link.number, "frozen"))
        live_hearing.frozen(shard, link.number, now_ns, silent_s=params.sweep_s if silent else 0.0)


def book_turned(engine: MarketEngine, fresh: Freshness, state: BookState, event: Event) -> None:
    """A book became good or doubtful: the market is looked at, and doubt pulls quotes now."""
    now_ns = engine.now_ns
    if state is BookState.LIVE:
        fresh.watch.forget(now_ns)
        engine.on_top(now_ns)  # the signals forgot the top with the gap; the same one again changes no book
        engine.look_again(now_ns)
        return
    fresh.doubted_ns = now_ns
    if engine.evaluate_due_ns > now_ns:
        engine.evaluate_due_ns = now_ns
    engine.run_timers(now_ns)  # doubt pulls quotes now, not with the next tick
    if fresh.link is not None and not isinstance(event, FeedInterrupted):
        fresh.link.resyncs += 1
