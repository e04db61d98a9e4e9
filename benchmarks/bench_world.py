"""How fast the synthetic world makes events, against a bare loop that only constructs the same kind of event.

`--markets` of them are played in whole, out of a world of 240. The ratio counts: near 1 the generator would cost nothing
beside its events. Times are this process's CPU time.
"""

from __future__ import annotations

import resource
from time import process_time

from _table import medians, options, show

from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.world import World
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.events import BookChanged, Event, LevelChange


def main() -> int:
    chosen = options(__doc__, markets=60, seed=7, rounds=3)
    events = count_events(chosen.markets, chosen.seed)
    spent = medians(
        chosen.rounds,
        {
            "construct only": lambda: baseline(events),
            "generate": lambda: generate(chosen.markets, chosen.seed),
        },
    )
    base = spent["construct only"]
    rows = [
        {
            "what": name,
            "events": events,
            "events_per_s": round(events / seconds),
            "ratio": round(seconds / base, 1),
        }
        for name, seconds in spent.items()
    ]
    windows, asked = by_windows(World(WorldParams(), seed=chosen.seed), hours=48)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    notes = [f"asked by the minute: {windows / asked:,.0f} windows/s", f"peak memory: {peak_mb:.0f} MB"]
    show("world", rows, as_json=chosen.json, notes=notes)
    return 0


def count_events(markets: int, seed: int) -> int:
    """How many events the first markets of a world have."""
    world = World(WorldParams(), seed=seed)
    return sum(len(world.events(m.market_id, 0, world.end_ns)) for m in world.listings()[:markets])


def generate(markets: int, seed: int) -> float:
    """Seconds to build a world and play its first markets in whole."""
    began = process_time()
    count_events(markets, seed)
    return process_time() - began


def baseline(count: int) -> float:
    """Seconds to construct `count` book changes with their two mirrored levels."""
    began = process_time()
    out: list[Event] = []
    for at in range(count):
        yes = LevelChange("yes", True, 4_800, 1_000_000 + at, 4_800, 4_900)
        no = LevelChange("no", False, 5_200, 1_000_000 + at, 5_100, 5_200)
        out.append(BookChanged("market", at, at, (yes, no)))
        if len(out) == 1_000:
            out.clear()
    return process_time() - began


def by_windows(world: World, *, hours: int) -> tuple[int, float]:
    """Requests of one minute, as the lock-step of a run makes them."""
    open_first = world.listings()[:60]
    began = process_time()
    count = 0
    for begins in range(world.start_ns, world.start_ns + hours * 3_600 * NS_PER_S, 60 * NS_PER_S):
        for listing in open_first:
            world.events(listing.market_id, begins, begins + 60 * NS_PER_S)
            count += 1
    return count, process_time() - began


if __name__ == "__main__":
    raise SystemExit(main())
