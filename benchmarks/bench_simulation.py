"""The whole maker simulation on one core: every event through book, signals, gates, orders, queue, risk and records.

Twice, because events are not alike: a recorded hour, where almost every event moves a level far from the price, and a
synthetic world, where one event of nine leads to a decision. Baselines in the same run: the same events only applied to
books; and for the world, whose events are made on the way, the feed alone. CPU time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import process_time
from typing import Any

from _table import DATA, medians, options, show
from bench_decision import Markets, engines, recorded_hour

from astra_actors.config.load import load_settings
from astra_actors.engine.build import FeedSpec, open_feed, open_research, open_shard
from astra_actors.kernel.units import NS_PER_S, usd_e10
from astra_actors.lockstep.coordinator import Coordinator
from astra_actors.lockstep.local_ports import LocalShard
from astra_actors.lockstep.ports import WindowCommit
from astra_actors.lockstep.run_plan import RunPlan
from astra_actors.market.book import MarketBook
from astra_actors.market.events import Event
from astra_actors.risk.authority import RiskAuthority

SETTINGS = load_settings(environ={})


class Forgetful:
    """A ledger that keeps nothing: what the real one costs is measured by bench_ledger and bench_paper."""

    def begin_commit(self, commit: WindowCommit) -> None:
        self.last = commit.window

    def finish_commit(self) -> str:
        return str(self.last)


def simulate(spec: FeedSpec, counted: dict[str, Any]) -> float:
    """CPU seconds of a whole run; what it did goes to `counted`."""
    feed, _ = open_feed(spec, SETTINGS)
    plan = RunPlan(
        listings=tuple(sorted(feed.listings(), key=lambda one: (one.open_ns, one.market_id))),
        start_ns=feed.start_ns,
        end_ns=feed.end_ns,
        window_ns=SETTINGS.run.window_s * NS_PER_S,
        unattended=True,
    )
    coordinator = Coordinator(
        plan,
        shards=[LocalShard(open_shard(0, spec, SETTINGS))],
        ledger=Forgetful(),
        research=open_research(SETTINGS),
        authority=RiskAuthority(SETTINGS.risk, usd_e10(SETTINGS.run.bankroll_usd), plan.start_ns),
    )
    began = process_time()
    while not coordinator.done:
        coordinator.step()
    coordinator.flush()
    spent = process_time() - began
    counters = coordinator.counters
    counted |= {name: getattr(counters, name) for name in ("events", "decisions", "orders", "fills")}
    return spent


def told(spec: FeedSpec) -> tuple[Sequence[Any], Iterator[list[Event]]]:
    """The listings of a feed, and its events in the windows in which a run asks for them."""
    feed, _ = open_feed(spec, SETTINGS)
    step, listings = SETTINGS.run.window_s * NS_PER_S, feed.listings()
    windows = range(feed.start_ns, feed.end_ns, step)
    return listings, (list(feed.events(one.market_id, at, at + step)) for at in windows for one in listings)


def feed_alone(spec: FeedSpec) -> float:
    """CPU seconds to make the events."""
    began = process_time()
    assert sum(map(len, told(spec)[1]))
    return process_time() - began


def books_alone(spec: FeedSpec) -> float:
    """CPU seconds to make the events and apply them to books."""
    began = process_time()
    listings, batches = told(spec)
    books = {one.market_id: MarketBook(one.instrument) for one in listings}
    for batch in batches:
        for event in batch:
            books[event.market_id].apply(event)
    return process_time() - began


def recorded_books(markets: Markets, events: Sequence[Event]) -> float:
    """CPU seconds to apply the recorded events to books."""
    books = {market_id: MarketBook(one.instrument) for market_id, (one, _) in markets.items()}
    began = process_time()
    for event in events:
        books[event.market_id].apply(event)
    return process_time() - began


def recorded_whole(markets: Markets, events: Sequence[Event], counted: dict[str, Any]) -> float:
    """CPU seconds to trade on them."""
    ours = engines(markets, None, events[0].local_ns, events[-1].local_ns)
    began = process_time()
    for event in events:
        ours[event.market_id].on_event(event)
    spent = process_time() - began
    counted["decisions"] = sum(one.evaluations for one in ours.values())
    counted |= {what: sum(one.counts.get(what, 0) for one in ours.values()) for what in ("orders", "fills")}
    return spent


def recorded(rounds: int) -> tuple[list[dict[str, Any]], str]:
    """The recorded hour: rows, and what the simulation did."""
    markets, events = recorded_hour()
    counted: dict[str, Any] = {}
    spent = medians(
        rounds,
        {
            "recorded: books": lambda: recorded_books(markets, events),
            "recorded: whole simulation": lambda: recorded_whole(markets, events, counted),
        },
    )
    note = f"recorded: {counted['decisions']:,} decisions, {counted['orders']:,} orders, {counted['fills']:,} fills"
    return _rows(spent, len(events), spent["recorded: books"]), note


def _rows(spent: dict[str, float], events: int, base: float) -> list[dict[str, Any]]:
    return [
        {
            "what": name,
            "events": events,
            "events_per_s": round(events / seconds),
            "us_per_event": round(seconds / events * 1e6, 2),
            "ratio": round(seconds / base, 2),
        }
        for name, seconds in spent.items()
    ]


def main() -> int:
    chosen = options(__doc__, days=10, markets=40, rounds=3)
    spec = FeedSpec(kind="world", seed=7, days=float(chosen.days), markets=chosen.markets)
    counted: dict[str, Any] = {}
    spent = medians(
        chosen.rounds,
        {
            "world: feed + books": lambda: books_alone(spec),
            "world: feed alone": lambda: feed_alone(spec),
            "world: whole simulation": lambda: simulate(spec, counted),
        },
    )
    base = spent["world: feed + books"]
    rows = _rows(spent, counted["events"], base)
    thinking_us = (spent["world: whole simulation"] - base) / counted["decisions"] * 1e6
    notes = [
        f"world: {counted['decisions']:,} decisions, {counted['orders']:,} orders, {counted['fills']:,} fills; "
        f"all that books do not explain: {thinking_us:.0f} µs for each decision",
    ]
    if DATA.is_dir():
        found, note = recorded(chosen.rounds)
        rows, notes = found + rows, [note, *notes]
    else:
        notes.append(f"recorded events skipped: no data at {DATA}")
    show("simulation", rows, as_json=chosen.json, notes=notes)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
