"""The whole maker simulation on one core: every event through book, signals, gates, orders, queue, risk and records.

Baseline in the same run: the same feed, window by window, only applied to books; and the feed alone. CPU time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import process_time
from typing import Any

from _table import medians, options, show

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


def told(spec: FeedSpec) -> tuple[Sequence[Any], Iterator[Sequence[Event]]]:
    """The listings of a feed, and its events in the windows in which a run asks for them."""
    feed, _ = open_feed(spec, SETTINGS)
    step, listings = SETTINGS.run.window_s * NS_PER_S, feed.listings()
    windows = range(feed.start_ns, feed.end_ns, step)
    return listings, (feed.events(one.market_id, at, at + step) for at in windows for one in listings)


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


def main() -> int:
    chosen = options(__doc__, days=10, markets=60, rounds=3)
    spec = FeedSpec(kind="world", seed=7, days=float(chosen.days), markets=chosen.markets)
    counted: dict[str, Any] = {}
    spent = medians(
        chosen.rounds,
        {
            "feed + books": lambda: books_alone(spec),
            "feed alone": lambda: feed_alone(spec),
            "whole simulation": lambda: simulate(spec, counted),
        },
    )
    events, base = counted["events"], spent["feed + books"]
    rows = [
        {
            "what": name,
            "events": events,
            "events_per_s": round(events / seconds),
            "us_per_event": round(seconds / events * 1e6, 2),
            "ratio": round(seconds / base, 2),
        }
        for name, seconds in spent.items()
    ]
    thinking_us = (spent["whole simulation"] - base) / counted["decisions"] * 1e6
    notes = [
        f"the simulation: {counted['decisions']:,} decisions, {counted['orders']:,} orders, {counted['fills']:,} fills",
        f"all that books do not explain: {thinking_us:.0f} µs for each decision",
    ]
    show("simulation", rows, as_json=chosen.json, notes=notes)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
