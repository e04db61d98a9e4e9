"""A run on the venue's own feed: which markets it begins with, until when, and where a restart finds them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec
from astra_actors.feeds.polymarket_rest import Discovery, PolymarketRest
from astra_actors.kernel.errors import AstraError
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_S
from astra_actors.lockstep.coordinator import STOP_GRACE_NS
from astra_actors.lockstep.run_plan import RunPlan
from astra_actors.market.instrument import MarketListing
from astra_actors.reporting.atomic import write_atomic
from supervision.pace import WallClock
from supervision.scout import Scout


class NothingToTrade(AstraError):
    """Discovery gave no list that may be used."""


class _Kept(msgspec.Struct, frozen=True):
    start_ns: int
    end_ns: int
    listings: list[MarketListing]


class ListingFile:
    """The markets of one run in the order in which they were admitted: no table of the ledger holds their rules."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> _Kept | None:
        """What was kept, None for a new run."""
        if not self.path.exists():
            return None
        return msgspec.json.decode(self.path.read_bytes(), type=_Kept)

    def write(self, plan: RunPlan) -> None:
        """Replace the file at once and whole."""
        self._keep(_Kept(plan.start_ns, plan.end_ns, list(plan.listings)))

    def prolong(self, span_ns: int, *, now_ns: int) -> None:
        """A run that is taken up after its planned end goes on for as long again; one before it ends when it was to end."""
        kept = self.read()
        if kept is not None and kept.end_ns <= now_ns:
            self._keep(msgspec.structs.replace(kept, end_ns=now_ns + span_ns))

    def _keep(self, kept: _Kept) -> None:
        write_atomic(self.path, msgspec.json.encode(kept).decode())


def listing_file(ledger: Path, run_id: str) -> ListingFile:
    """Where the markets of a run stand, beside its ledger."""
    return ListingFile(ledger.with_name(f"listings-{run_id}.json"))


def live_plan(feed: FeedSpec, settings: Settings, file: ListingFile, *, now_ns: int) -> RunPlan:
    """The plan of a new run from a discovery, or the plan that was kept; an incomplete discovery starts nothing."""
    kept = file.read()
    if kept is None:
        discovery = discover(feed, settings)
        if not discovery.ok or not discovery.listings:
            left = ", ".join(f"{count} {why.name}" for why, count in discovery.left_out.items())
            raise NothingToTrade(f"{discovery.reason.value}: {discovery.detail or 'no open market'}; left out: {left}")
        listings: Sequence[MarketListing] = in_order(discovery.listings)
        kept = _Kept(now_ns, now_ns + int(feed.days * NS_PER_DAY), list(listings))
    plan = RunPlan(
        listings=tuple(kept.listings),
        start_ns=kept.start_ns,
        end_ns=kept.end_ns,
        window_ns=settings.run.window_s * NS_PER_S,
        burn_in_windows=settings.supervision.burn_in_cycles,
        burn_in_failures_max=settings.supervision.burn_in_failures_max,
        live=True,
        elsewhere=settings.run.venue != "paper",
        lease_ns=int(settings.supervision.lease_s * NS_PER_S),
    )
    file.write(plan)
    return plan


def wall_clock(
    feed: FeedSpec,
    settings: Settings,
    file: ListingFile,
    *,
    now_ns: Callable[[], int],
    sleep: Callable[[float], None],
    failed: Callable[[str], None],
) -> WallClock:
    """The pace of a live run, with a look for new markets beside it."""
    scout = Scout(
        lambda: discover(feed, settings),
        every_ns=int(settings.stream.scan_s * NS_PER_S),
        now_ns=now_ns(),
        executor=ThreadPoolExecutor(max_workers=1, thread_name_prefix="scout"),
        failed=failed,
    )
    return WallClock(now_ns=now_ns, sleep=sleep, scout=scout, admitted=file.write, grace_ns=stop_grace_ns(settings))


def stop_grace_ns(settings: Settings) -> int:
    """How long the last window may take at most: until every cancel is proven, which a venue elsewhere takes its time for."""
    return STOP_GRACE_NS if settings.run.venue == "paper" else int(settings.live.cancel_timeout_s * NS_PER_S)


def discover(feed: FeedSpec, settings: Settings) -> Discovery:
    """Ask the catalogue once."""
    rest = PolymarketRest(settings.stream)
    try:
        return rest.discover(markets_max=min(feed.markets, settings.stream.markets_max))
    finally:
        rest.http.close()


def in_order(listings: Sequence[MarketListing]) -> list[MarketListing]:
    """By opening, then id: the order in which the coordinator takes them up."""
    return sorted(listings, key=lambda listing: (listing.open_ns, listing.market_id))
