"""How the local exchange is put together from what a person wished: clock, disk, crowd, server."""

from __future__ import annotations

import time
from ast import literal_eval
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from astra_actors.feeds.port import ReplayableFeed
from astra_actors.kernel.errors import ConfigError
from astra_actors.venues.exchange import faults as faulty
from astra_actors.venues.exchange.app import application
from astra_actors.venues.exchange.crowd import Crowd
from astra_actors.venues.exchange.dev_accounts import dev_accounts, fund
from astra_actors.venues.exchange.serving import greeting, listen, serve
from astra_actors.venues.exchange.state import Exchange, Timing
from astra_actors.venues.exchange.store import Store
from astra_actors.venues.exchange.switches import Switches, flipped
from astra_actors.venues.exchange.venue import Venue
from astra_actors.venues.rate_tiers import TIERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The flags of `astra exchange`."""

    port: int
    seed: int
    speed: float
    markets: int
    days: float
    tapes: tuple[Path, ...]
    faults: tuple[str, ...]
    switches: tuple[str, ...]
    tier: str
    settle_ms: int | None
    data_dir: Path


def run(wishes: Wishes, greet: Callable[[dict[str, Any]], None]) -> None:
    """Serve until a signal; `greet` gets the addresses and accounts once connections are taken."""
    venue = build(wishes)
    accounts = dev_accounts(wishes.seed)
    if not venue.resumed:
        fund(venue.x, accounts)
    crowd = crowd_of(wishes, venue)
    if crowd is not None:
        crowd.begin(venue.now_ms())
    venue.commit()
    socket = listen(wishes.port)
    port = socket.getsockname()[1]
    try:
        serve(application(venue, crowd), socket, lambda: greet(greeting(port, accounts)))
    finally:
        venue.store.close()


def build(wishes: Wishes) -> Venue:
    """The venue with its disk; wrong flags are refused before anything is opened."""
    if wishes.tier not in TIERS:
        raise ConfigError("tier", wishes.tier, f"choose one of {', '.join(TIERS)}")
    rates = dict(faulty.parse(text) for text in wishes.faults)
    pairs = [(text.partition("=")[0], text.partition("=")[2]) for text in wishes.switches]
    timing = Timing() if wishes.settle_ms is None else Timing(
        mine_ms=(wishes.settle_ms // 2, wishes.settle_ms * 3 // 2), confirm_ms=(wishes.settle_ms // 2, wishes.settle_ms)
    )  # fmt: skip
    x = Exchange(
        wishes.seed,
        switches=flipped(Switches(), pairs),
        faults=faulty.Faults(wishes.seed, rates),
        timing=timing,
    )
    folder = wishes.data_dir / "exchange"
    folder.mkdir(parents=True, exist_ok=True)
    return Venue(x, Store(folder / "exchange.sqlite"), lambda: time.time_ns() // 1_000_000, tier=wishes.tier)


def crowd_of(wishes: Wishes, venue: Venue) -> Crowd | None:
    """The crowd, None at speed 0. It goes on where it would be by now; another world needs another folder."""
    identity = f"{wishes.seed} {wishes.speed} {wishes.markets} {wishes.days} {[path.name for path in wishes.tapes]}"
    known = venue.store.meta("crowd")
    if known is not None and known != identity:
        remedy = f"it holds an exchange begun with {_flags(known)}; start it with these, or use another folder"
        raise ConfigError("data-dir", str(wishes.data_dir), remedy)
    venue.store.put_meta("crowd", identity)
    if not wishes.speed:
        return None
    anchor = venue.store.meta("anchor_ms")
    if anchor is None:
        anchor = str(venue.now_ms())
        venue.store.put_meta("anchor_ms", anchor)
    return Crowd(venue.x, _feed(wishes), anchor_ms=int(anchor), speed=wishes.speed)


def _flags(identity: str) -> str:
    """The flags that an exchange on disk was begun with, as a person types them."""
    seed, speed, markets, days, tapes = identity.split(" ", 4)
    said = f"--seed {seed} --speed {float(speed):g} --markets {markets} --days {float(days):g}"
    return said + "".join(f" --tape {quote(name)}" for name in literal_eval(tapes))


def _feed(wishes: Wishes) -> ReplayableFeed:
    if wishes.tapes:
        from astra_actors.feeds.tape import open_tape

        return open_tape(wishes.tapes)
    from astra_actors.feeds.world.params import WorldParams  # imported late: without a crowd nobody waits for scipy
    from astra_actors.feeds.world.world import World

    # a market that lives slowly is looked at often: about one action a second, whatever the speed
    params = WorldParams(events_per_minute=min(60.0, max(1.0, 60.0 / wishes.speed)))
    return World(params, wishes.seed, wishes.days, wishes.markets)
