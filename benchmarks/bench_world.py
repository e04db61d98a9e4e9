"""How fast the synthetic world makes events, against a bare loop that only constructs the same kind of event.

    python benchmarks/bench_world.py [--markets 60] [--seed 7]

The ratio counts: near 1 the generator would cost nothing beside its events. Times are this process's CPU time.
"""

from __future__ import annotations

import argparse
import resource
from time import process_time

from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.world import World
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.events import BookChanged, Event, LevelChange


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markets", type=int, default=60, help="markets to play in whole, out of a world of 240")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()

    began = process_time()
    world = World(WorldParams(), seed=args.seed)
    built = process_time() - began
    began = process_time()
    events = sum(len(world.events(m.market_id, 0, world.end_ns)) for m in world.listings()[: args.markets])
    made = process_time() - began
    bare = baseline(events)
    windows, asked = by_windows(World(WorldParams(), seed=args.seed), hours=48)

    print(f"build a world of 240 markets: {built * 1e3:.0f} ms")
    print(f"generate: {events:,} events in {made:.2f} s = {events / made:,.0f} events/s a core")
    print(f"baseline (construct only): {events / bare:,.0f} events/s; ratio generate/baseline = {made / bare:.1f}")
    print(f"asked by the minute: {windows / asked:,.0f} windows/s")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


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
    main()
