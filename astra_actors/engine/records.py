"""What a market writes down beside its decisions: markouts that fell due, snapshots by the hour, feed sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astra_actors.kernel.facts import FeedSessionEnded, MarkoutTaken, SnapshotTaken
from astra_actors.market.events import FeedInterrupted

if TYPE_CHECKING:
    from astra_actors.engine.market_engine import MarketEngine


def take_markouts(engine: MarketEngine, now_ns: int) -> None:
    """Put every markout that is due on record, and let the flow signals know it."""
    for markout in engine.markouts.due(now_ns, engine.ring, engine.book.updated_ns):
        if markout.points is not None:
            engine.flow.on_markout(markout.horizon_s, markout.points)
        engine.emit(
            MarkoutTaken,
            now_ns,
            cause=markout.fill_id,
            fill_id=markout.fill_id,
            horizon_s=markout.horizon_s,
            earned_e4=markout.earned_e4,
            markout_e4=markout.markout_e4,
        )


def take_snapshot(engine: MarketEngine, now_ns: int) -> None:
    """Put the market as it looks now on record."""
    engine.snapshot_due_ns = now_ns + engine.params.snapshot_every_ns
    book, reading = engine.book, engine.flow.reading(now_ns)
    engine.emit(
        SnapshotTaken,
        now_ns,
        best_bid_e4=book.best_bid_e4,
        best_ask_e4=book.best_ask_e4,
        bid_size_e6=book.bid_size_e6,
        ask_size_e6=book.ask_size_e6,
        mid_e4=book.mid_e4,
        toxicity=reading.score,
        regime=reading.regime,
    )


def end_feed_session(engine: MarketEngine, event: FeedInterrupted, now_ns: int) -> None:
    """The stretch in which the market's stream could be trusted is over."""
    engine.emit(
        FeedSessionEnded,
        now_ns,
        connection=f"market:{engine.market_id}",
        started_ns=engine.session_ns,
        ended_ns=now_ns,
        frames=engine.events,
        rejected_frames=0,
        resyncs=engine.book.resyncs,
        reason=event.reason,
    )
    engine.session_ns = now_ns
