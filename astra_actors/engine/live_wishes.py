"""What a live shard would like to know besides its stream: books to compare or fetch, markets that may be over."""

from __future__ import annotations

from collections.abc import Mapping

from astra_actors.engine.live_links import Freshness
from astra_actors.engine.market_engine import MarketEngine
from astra_actors.feeds.stream_params import StreamParams
from astra_actors.feeds.stream_words import Wanted
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.book import BookState
from astra_actors.market.instrument import MarketListing


def wanted(
    engines: Mapping[str, MarketEngine], markets: Mapping[str, Freshness], now_ns: int, params: StreamParams
) -> Wanted:
    """Books in doubt and books with quotes of ours come first; a question has room for a hundred markets."""
    first: list[str] = []
    later: list[str] = []
    outcomes: list[MarketListing] = []
    notes: list[str] = []
    for market_id, engine in engines.items():
        fresh = markets[market_id]
        quoted = bool(engine.blotter.open_orders())
        if _worth_asking(engine, fresh, now_ns, params, quoted=quoted):
            instrument = fresh.listing.instrument
            urgent = quoted or engine.book.state is not BookState.LIVE
            (first if urgent else later).extend((instrument.yes_asset, instrument.no_asset))
        if _may_be_over(engine, now_ns):
            outcomes.append(fresh.listing)
        elif quoted or engine.lease is not None or engine.holds_something:
            notes.append(market_id)
    return Wanted((*first, *later), tuple(outcomes), tuple(notes))


def _worth_asking(engine: MarketEngine, fresh: Freshness, now_ns: int, params: StreamParams, *, quoted: bool) -> bool:
    if fresh.link is None or not fresh.link.up:
        return False  # whatever REST shows, the stream could not keep it fresh
    if engine.book.state is not BookState.LIVE:
        return now_ns - fresh.doubted_ns >= params.resync_s * NS_PER_S
    return fresh.watch.due(now_ns, params.sweep_s if quoted else params.sweep_all_s)


def _may_be_over(engine: MarketEngine, now_ns: int) -> bool:
    hours = engine.hours_to_close(now_ns)
    return bool(engine.outcomes) or engine.note == "closed" or (hours is not None and hours <= 0)
