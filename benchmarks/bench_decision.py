"""From frame bytes to a decision in one market: wire decode, book, signals, and where asked the whole evaluation.

Three ways through the same frames, taking turns: decode and book alone (the baseline), the engine as it runs (it looks
at a market every quarter of an hour or when the price moves), and the engine made to decide on every frame. CPU time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from time import process_time_ns
from typing import Any

from _table import DATA, at_percent, options, show

from astra_actors.config.load import load_settings
from astra_actors.definitions.contract import DefinitionContract
from astra_actors.engine.build import engine_params, open_research, open_strategies
from astra_actors.engine.market_engine import MarketEngine
from astra_actors.engine.messages import OpenMarket, WindowCommand
from astra_actors.estimation.estimator import Estimator
from astra_actors.feeds.port import SpotSource
from astra_actors.feeds.tape import open_tape
from astra_actors.feeds.world.world import World
from astra_actors.kernel.clock import utc_text
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_MS, USD_ONE_E10, price, shares
from astra_actors.market.book import MarketBook
from astra_actors.market.events import BookChanged, BookSnapshot, Event, TradePrinted
from astra_actors.market.instrument import MarketListing
from astra_actors.market.wire import Decoder
from astra_actors.risk.lease import Lease
from astra_actors.strategies.registry import choose

BUDGET_US = 1_000.0  # frame to order decision, at the 99th percentile
SETTINGS = load_settings(environ={})
RECORDED = "tickscope_20260607_0130.csv.gz"
Frame = tuple[bytes, int]  # as it came, and when by our clock
Markets = dict[str, tuple[MarketListing, DefinitionContract]]
Way = Callable[["Source"], tuple[Callable[[str], Any], Callable[[Any, Sequence[Event], int], None]]]


@dataclass(frozen=True)
class Source:
    """Frames of some markets, and what is needed to trade those."""

    name: str
    frames: list[Frame]
    markets: Markets
    spot: SpotSource | None


def world_source(count: int) -> Source:
    """Frames of a synthetic world's first markets, from the day they open."""
    world = World(SETTINGS.world, seed=7, days=30.0, markets=60)
    listings = world.listings()[:40]
    read = zip(listings, open_research(SETTINGS).read(listings), strict=True)
    markets = {one.market_id: (one, found.definition) for one, found in read if found.definition is not None}
    events = [e for m in markets for e in world.events(m, world.start_ns, world.start_ns + 5 * NS_PER_DAY)]
    return Source("world", _frames(events, count), markets, world)


def recorded_source(count: int) -> Source:
    """Frames of a recorded hour."""
    markets, events = recorded_hour()
    return Source("recorded", _frames(events, count), markets, None)


def recorded_hour() -> tuple[Markets, list[Event]]:
    """The markets of a recorded hour, with a contract by hand because the tape knows no rules, and all its events."""
    tape = open_tape([DATA / "ws" / RECORDED])
    close_ns = tape.end_ns + 30 * NS_PER_DAY
    markets = {}
    for one in tape.listings():
        markets[one.market_id] = (replace(one, open_ns=tape.start_ns, close_ns=close_ns), _contract(one, close_ns))
    events = [e for m in markets for e in tape.events(m, tape.start_ns, tape.end_ns)]
    events.sort(key=lambda event: event.local_ns)
    return markets, events


def _contract(listing: MarketListing, close_ns: int) -> DefinitionContract:
    return DefinitionContract(
        market_id=listing.market_id,
        category="event_outcome",
        resolution_type="event",
        underlying="",
        quote_ccy="",
        cutoff_ts_utc=utc_text(close_ns),
        oracle_source="the venue",
        oracle_details={"rule": "the recorded outcome"},
        condition={"outcome": "Yes"},
        venue_rules_version="1",
    )


def _frames(events: list[Event], count: int) -> list[Frame]:
    events.sort(key=lambda event: event.local_ns)
    return list(islice(((frame, event.local_ns) for event in events for frame in _told(event)), count))


def _told(event: Event) -> Iterator[bytes]:
    """The frame that says an event; what has none of its own on the wire is left out."""
    said: dict[str, Any] = {"market": event.market_id, "timestamp": str(event.venue_ns // NS_PER_MS)}
    if isinstance(event, BookSnapshot):
        sides = {"bids": event.bids, "asks": event.asks}
        levels = {name: [{"price": _p(p), "size": _s(s)} for p, s in side] for name, side in sides.items()}
        said |= {"event_type": "book", "asset_id": event.asset_id, **levels}
    elif isinstance(event, BookChanged):
        entries = [
            {"asset_id": c.asset_id, "side": "BUY" if c.is_bid else "SELL", "price": _p(c.price_e4),
             "size": _s(c.size_e6), "best_bid": _p(c.best_bid_e4 or 0), "best_ask": _p(c.best_ask_e4 or 0)}
            for c in event.changes
        ]  # fmt: skip
        said |= {"event_type": "price_change", "price_changes": entries}
    elif isinstance(event, TradePrinted):
        side = "BUY" if event.taker_buys else "SELL"
        said |= {"event_type": "last_trade_price", "asset_id": event.asset_id, "side": side}
        said |= {"price": _p(event.price_e4), "size": _s(event.size_e6)}
    else:
        return
    yield json.dumps(said, separators=(",", ":")).encode()


def _p(price_e4: int) -> str:
    return f"{price(price_e4):g}"


def _s(size_e6: int) -> str:
    return f"{shares(size_e6):.15g}"


def engines(markets: Markets, spot: SpotSource | None, from_ns: int, to_ns: int) -> dict[str, MarketEngine]:
    """An engine for each market, with a lease that lasts."""
    params, strategies = engine_params(SETTINGS, 7), open_strategies(SETTINGS)
    estimator = Estimator(params.estimation, spot)
    out = {}
    for market_id, (listing, contract) in markets.items():
        opened = OpenMarket(
            listing=listing, definition=contract, definition_reason="read", clusters=("one",), incarnation=1
        )
        strategy = choose(strategies, listing, contract)
        engine = MarketEngine(opened, strategy=strategy, estimator=estimator, spot=spot, params=params)
        lease = Lease(
            lease_id="l", market_id=market_id, incarnation=1, limit_e10=50 * USD_ONE_E10, granted_ns=from_ns,
            expires_ns=to_ns + NS_PER_DAY,
        )  # fmt: skip
        engine.begin_window(
            WindowCommand(window=1, from_ns=from_ns, to_ns=to_ns, lease_until_ns=to_ns + NS_PER_DAY, leases=(lease,))
        )
        out[market_id] = engine
    return out


def _engines_of(source: Source) -> dict[str, MarketEngine]:
    return engines(source.markets, source.spot, source.frames[0][1], source.frames[-1][1])


def book_alone(source: Source) -> tuple[dict[str, Any], Callable[[Any, Event], None]]:
    """Decode and book: what any bot does with a frame before it can think."""
    books = {market_id: MarketBook(one.instrument) for market_id, (one, _) in source.markets.items()}
    return books, lambda book, event: book.apply(event)


def as_it_runs(source: Source) -> tuple[dict[str, Any], Callable[[Any, Event], None]]:
    """Book, signals, the paper venue, and an evaluation when one is due."""
    return dict(_engines_of(source)), lambda engine, event: engine.on_event(event)


def every_frame(source: Source) -> tuple[dict[str, Any], Callable[[Any, Event], None]]:
    """The same, with an evaluation after every frame: estimate, gates, quotes, plan, reservation, artifact."""

    def decide(engine: MarketEngine, event: Event) -> None:
        engine.on_event(event)
        engine.evaluate_due_ns = event.local_ns
        engine.run_timers(event.local_ns)

    return dict(_engines_of(source)), decide


WAYS = {"decode + book": book_alone, "engine as it runs": as_it_runs, "decision every frame": every_frame}


def latencies(source: Source, way: str) -> tuple[list[int], dict[str, Any]]:
    """Nanoseconds of CPU for each frame but the first fifth, which fills books and caches."""
    parts, take = WAYS[way](source)
    decode, spent = Decoder().decode, []
    for number, (frame, local_ns) in enumerate(source.frames):
        began = process_time_ns()
        for event in decode(frame, local_ns):
            take(parts[event.market_id], event)
        spent.append(process_time_ns() - began)
        for part in parts.values() if number % 512 == 0 else ():
            if isinstance(part, MarketEngine):
                part.facts, part.decisions = [], []  # what the barrier of a window does
    return spent[len(spent) // 5 :], parts


def compare(source: Source, rounds: int) -> list[dict[str, Any]]:
    """One row a way: the medians over the rounds of the two percentiles, and the ratio to the baseline."""
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    decisions: dict[str, int] = {}
    orders: dict[str, int] = {}
    for _ in range(rounds):
        for way in WAYS:
            spent, parts = latencies(source, way)
            found[way].append((at_percent(spent, 50) / 1e3, at_percent(spent, 99) / 1e3))
            ours = [part for part in parts.values() if isinstance(part, MarketEngine)]
            decisions[way] = sum(one.evaluations for one in ours)
            orders[way] = sum(one.counts.get("orders", 0) for one in ours)
    rows: list[dict[str, Any]] = []
    for way, pairs in found.items():
        p50, p99 = (at_percent([pair[k] for pair in pairs], 50) for k in (0, 1))
        base = rows[0]["p50_us"] if rows else p50
        rows.append(
            {
                "way": f"{source.name}: {way}",
                "frames": len(source.frames),
                "decisions": decisions[way],
                "orders": orders[way],
                "p50_us": round(p50, 1),
                "p99_us": round(p99, 1),
                "ratio": round(p50 / base, 2),
            }
        )
    return rows


def main() -> int:
    chosen = options(__doc__, frames=20_000, rounds=3)
    notes = []
    rows = compare(world_source(chosen.frames), chosen.rounds)
    if (DATA / "ws" / RECORDED).is_file():
        rows += compare(recorded_source(chosen.frames), chosen.rounds)
    else:
        notes.append(f"recorded frames skipped: there is no {DATA / 'ws' / RECORDED}")
    worst = max(row["p99_us"] for row in rows)
    notes.append(f"budget: p99 of a decision under {BUDGET_US:,.0f} µs; worst here {worst:,.0f} µs")
    show("decision", rows, as_json=chosen.json, notes=notes)
    return 0 if worst < BUDGET_US else 1


if __name__ == "__main__":
    raise SystemExit(main())
