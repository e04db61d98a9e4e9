"""A rehearsal: an exchange of our own, the live path against it as if for money, and both sides' books at the end."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from astra_actors.config.load import laid_over, load_settings, shipped_dir
from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec
from astra_actors.kernel.errors import BadInput
from astra_actors.reporting.venue_books import Books, account_books, booked, differences, lost, venue_books
from supervision.driver import Run, prepare
from supervision.key_handoff import DESCRIPTOR, SECRET, seal_secrets
from supervision.live_drive import proof_of
from supervision.rehearsal_chaos import CALM_S, CHAOS
from supervision.rehearsal_plot import REASON, Plot
from supervision.rehearsal_venue import RehearsalVenue

SPARE_DAYS: Final = 12.0  # of the world beyond the rehearsal's end, or its markets would all close with it
LIFE_DAYS: Final = 6.0  # of a market of the world, about
BANKROLL_USD: Final = 5_000
DAY_MINUTES: Final = 1_440
LATEST_MINUTES: Final = 10.0  # the plot ends the run; the plan only bounds it, its start on a slow machine included
OUTCOME_MS: Final = 20_000  # from an outcome at the exchange to our ledger: two sources are asked, and must agree
DIFFERENCES_MAX: Final = 40  # more of them say the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person may ask of a rehearsal."""

    folder: Path
    minutes: float = 10.0
    speed: float = 1_500.0
    markets: int = 24  # open at once, about
    seed: int = 1
    chaos: str = "none"
    kill: bool = False
    config: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        if self.chaos not in CHAOS:
            raise BadInput("--chaos", self.chaos, f"choose one of {', '.join(CHAOS)}")
        if self.minutes * 60 <= CALM_S[self.chaos] + 20:
            raise BadInput(
                "--minutes", self.minutes, f"give more than {(CALM_S[self.chaos] + 20) / 60:.1f} with this chaos"
            )

    @property
    def world_days(self) -> float:
        """How long the crowd's world lasts: to the end, with markets left over."""
        return self.minutes * self.speed / DAY_MINUTES + SPARE_DAYS

    @property
    def world_markets(self) -> int:
        """Of that whole world."""
        return math.ceil(self.markets * self.world_days / LIFE_DAYS)


@dataclass(slots=True)
class Outcome:
    """What a rehearsal came to. `passed` when nothing differs, nothing rests and nothing was sent twice."""

    folder: str
    interrupted: str = ""  # why it ended before its time
    orders: int = 0  # that were written down to be sent
    sent: int = 0  # that left: the others were taken back before
    orders_exchange: int = 0
    fills: int = 0
    fills_exchange: int = 0
    settled: int = 0
    failed: int = 0
    resolved: int = 0  # markets that paid out while we held or had held something
    resolved_late: int = (
        0  # that paid out too shortly before the end for two sources to be heard: compared with neither side
    )
    pnl_ours_e6: int = 0
    pnl_exchange_e6: int = 0
    realised_ours_e6: int = 0
    realised_exchange_e6: int = 0
    cash_ours_e6: int = 0
    cash_exchange_e6: int = 0
    inventory_equal: bool = False
    open_after: int = 0
    orphans: int = 0
    duplicates: int = 0
    lost_fills: int = 0
    cap_breaches: int = 0
    restarts: int = 0
    resting_max: int = 0
    first_order_s: float | None = None
    seconds_to_cancel: float | None = None
    proof: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    kills: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        shown = self.orders and self.fills  # nothing that was compared is no proof of anything
        wrong = self.open_after or self.orphans or self.duplicates or self.lost_fills or self.cap_breaches
        whole = not self.interrupted and bool(self.proof.get("cleared"))
        return bool(shown) and whole and not wrong and not self.differences

    def as_json(self) -> dict[str, Any]:
        return {"passed": self.passed, **asdict(self)}


def rehearse(wishes: Wishes, progress: Callable[[dict[str, Any], str], None]) -> Outcome:
    """Run it to its end. `progress` gets the run's status and what the rehearsal is doing; the exchange ends with us."""
    venue = RehearsalVenue(
        wishes.folder / "venue",
        [
            *("--seed", str(wishes.seed), "--speed", f"{wishes.speed:g}"),
            *("--markets", str(wishes.world_markets), "--days", f"{wishes.world_days:g}"),
        ],
    )
    venue.start()
    try:
        return _against(venue, wishes, progress)
    finally:
        venue.stop()


def rehearsal_settings(wishes: Wishes, greeting: dict[str, Any]) -> Settings:
    """A live run's settings, the rehearsal's own over them, and the exchange's addresses over all."""
    files = [shipped_dir() / "feeds" / "polymarket.yaml", shipped_dir() / "rehearse.yaml", *wishes.config]
    flags: dict[str, Any] = {
        "run": {
            "feed": "polymarket",
            "venue": "clob",
            "bankroll_usd": BANKROLL_USD,
            "seed": wishes.seed,
            "days": (wishes.minutes + LATEST_MINUTES) / DAY_MINUTES,
            "calendar_speed": max(1.0, wishes.speed),
            "data_dir": str(wishes.folder / "live"),
        },
        "stream": {
            "gamma_url": greeting["gamma"],
            "clob_url": greeting["clob"],
            "market_ws_url": greeting["ws_market"],
        },
    }
    account = {"user_ws_url": greeting["ws_user"], "relayer_url": greeting["relayer"], "chain_id": greeting["chain_id"]}
    flags = laid_over(flags, {"live": {"allow_remote_hosts": False, "gateway": account}})
    return load_settings(profile="live", files=files, flags=flags)


def _against(venue: RehearsalVenue, wishes: Wishes, progress: Callable[[dict[str, Any], str], None]) -> Outcome:
    settings = rehearsal_settings(wishes, venue.greeting)
    _hand_over(venue, wishes.folder)
    run = settings.run
    spec = FeedSpec(kind=run.feed, seed=run.seed, days=run.days, markets=settings.stream.markets_max)
    prepared = prepare(settings, spec)
    plot = Plot(venue, prepared.workspace, wishes, now_s=time.monotonic)
    with Run(prepared) as running:

        def turn(status: dict[str, Any]) -> None:
            progress(status, plot.turn(status))

        reason = running.drive(turn)
        status = running.status
        report = running.finish(reason)
    outcome = _compared(venue, prepared.workspace.ledger, wishes.folder, plot.stopped_ms - OUTCOME_MS)
    outcome.proof = proof_of(status)
    outcome.interrupted = "" if reason == REASON else reason
    outcome.cap_breaches = int(report["cap_breaches"] or 0)
    outcome.restarts = int(report["restarts"] or 0)
    plot.tell(outcome)
    return outcome


def _hand_over(venue: RehearsalVenue, folder: Path) -> None:
    """The worthless key goes the way of a real one; real ones that stand in this environment go nowhere."""
    for name in SECRET:
        os.environ.pop(name, None)
    os.environ["ASTRA_HEALTH_PATH"] = str(folder / "health")  # a run for money may beat at the usual place
    _, cleaned = seal_secrets({**os.environ, **venue.account.environ})
    os.environ[DESCRIPTOR] = cleaned[DESCRIPTOR]


def _compared(venue: RehearsalVenue, ledger: Path, folder: Path, until_ms: int) -> Outcome:
    account, windows = account_books(ledger), booked(ledger)
    paid = [market for market, book in windows.markets.items() if book.payout_e6 is not None]
    theirs = venue_books(venue.books, venue.account.funder, booked_by_us=paid, until_ms=until_ms)
    found = list(differences(theirs, account, windows))
    wallet = _wallet(venue)
    found += _of_wallet(theirs, wallet, venue.account.collateral_usd)
    known = venue_books(venue.books, venue.account.funder).markets
    return Outcome(
        folder=str(folder),
        orders=len(account.orders),
        sent=len(account.orders) - account.held_back,
        orders_exchange=len(theirs.orders),
        fills=len(account.fills),
        fills_exchange=len(theirs.fills),
        settled=account.settled,
        failed=account.statuses.get("FAILED", 0),
        resolved=len(paid),
        resolved_late=sum(book.payout_e6 is not None and market not in paid for market, book in known.items()),
        pnl_ours_e6=windows.pnl_e6,
        pnl_exchange_e6=theirs.pnl_e6,
        realised_ours_e6=windows.realised_e6,
        realised_exchange_e6=theirs.realised_e6,
        cash_ours_e6=sum(book.cash_e6 for book in windows.markets.values()),
        cash_exchange_e6=wallet["cash_e6"] - venue.account.collateral_usd * 1_000_000,
        inventory_equal=_held(windows) == wallet["tokens_e6"],
        open_after=len(theirs.open_orders),
        orphans=len(theirs.orders - account.orders),
        duplicates=account.repeated,
        lost_fills=len(lost(theirs, account)),
        differences=found[:DIFFERENCES_MAX],
    )


def _of_wallet(theirs: Books, wallet: dict[str, Any], collateral_usd: int) -> list[str]:
    """The exchange's own account against the sum of its trades: only what is not mined yet may lie between them."""
    moved_e6 = sum(book.cash_e6 for book in theirs.markets.values())
    if theirs.statuses.get("MATCHED", 0) + theirs.statuses.get("RETRYING", 0):
        return []
    have_e6 = wallet["cash_e6"] - collateral_usd * 1_000_000
    return [] if have_e6 == moved_e6 else [f"the wallet moved by {have_e6} micro-dollars, its trades by {moved_e6}"]


def _wallet(venue: RehearsalVenue) -> dict[str, Any]:
    funder = venue.account.funder.lower()
    found: dict[str, Any] = next(one for one in venue.get("accounts") if one["address"].lower() == funder)
    return found


def _held(books: Books) -> dict[str, int]:
    return {asset: size for book in books.markets.values() for asset, size in book.held.items()}
