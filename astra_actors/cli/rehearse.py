"""The command a newcomer runs before trusting Astra with money: the live path against an exchange of its own."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from astra_actors.cli.options import DEFAULT_DATA_DIR, Config, DataDir, Json, print_json, say

if TYPE_CHECKING:
    from supervision.rehearsal import Outcome

PLAIN_EVERY_S: Final = 5.0


def add_to(app: typer.Typer) -> None:
    """Register the commands of this group."""
    app.command()(rehearse)


def rehearse(
    minutes: Annotated[float, typer.Option(help="How long, settlement at the end included.")] = 10.0,
    speed: Annotated[float, typer.Option(min=1.0, max=10_000.0, help="How fast the exchange's world lives.")] = 1_500.0,
    markets: Annotated[int, typer.Option(min=1, max=1_000, help="How many markets are open at once, about.")] = 24,
    seed: Annotated[int, typer.Option(help="Decides markets, crowd, account and faults.")] = 1,
    chaos: Annotated[
        Literal["none", "some", "all"],
        typer.Option(help="Faults of the exchange during the run: none, a bad day, all."),
    ] = "none",
    kill: Annotated[
        bool, typer.Option("--kill", help="Kill the Gateway, a market actor and the exchange on the way.")
    ] = False,
    config: Config = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Rehearse live trading without money against an exchange of its own, and compare both sides' books at the end."""
    from supervision.rehearsal import Wishes, rehearse
    from supervision.rehearsal_evidence import keep_evidence

    folder = data_dir / "rehearsals" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    wishes = Wishes(
        folder=folder, minutes=minutes, speed=speed, markets=markets, seed=seed, chaos=chaos, kill=kill,
        config=tuple(config or ()),
    )  # fmt: skip
    if not json:
        say(
            f"astra rehearse: {minutes:g} minutes on an exchange of its own, worthless money; everything lies in {folder}"
        )
    outcome = rehearse(wishes, _Line(quiet=json))
    shown = keep_evidence(data_dir, outcome, at=datetime.now(UTC).isoformat(timespec="seconds"))
    if json:
        print_json({**outcome.as_json(), "evidence": shown})
    else:
        _tell(outcome)
        if shown:
            say(f"for the live gate of the newest paper run here: {', '.join(shown)}")
    if not outcome.passed:
        raise typer.Exit(1)


class _Line:
    """A line of progress now and then."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet, self._said_s, self._began_s = quiet, 0.0, time.monotonic()

    def __call__(self, status: dict[str, Any], doing: str) -> None:
        now_s = time.monotonic()
        if self._quiet or now_s - self._said_s < PLAIN_EVERY_S:
            return
        self._said_s = now_s
        equity = status["equity_usd"]
        say(
            f"  {now_s - self._began_s:4.0f} s  {doing:<10}  {status['open_orders']:>3} resting, {status['orders']:>5} sent, "
            f"{status['fills']:>4} fills, {status['live_markets']:>3} markets, "
            f"equity {'-' if equity is None else f'{equity:,.2f}'}  {status['trading_state']}"
        )


def _tell(outcome: Outcome) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("", "ours", "the exchange's", box=None)
    for name, ours, theirs in _pairs(outcome):
        table.add_row(name, ours, theirs)
    Console(stderr=True, highlight=False).print(table)
    proof, struck = outcome.proof, sum(outcome.faults.values())
    say(f"orders rested at most {outcome.resting_max} at once, the first after {outcome.first_order_s} s")
    say(f"all cancelled {outcome.seconds_to_cancel} s after the word; proof that none rests: {proof.get('cleared')}")
    say(f"faults that struck: {struck}; killed: {', '.join(outcome.kills) or 'nobody'}")
    say(f"orphans {outcome.orphans}, sent twice {outcome.duplicates}, lost fills {outcome.lost_fills}")
    say(f"restarts {outcome.restarts}, cap breaches {outcome.cap_breaches}")
    if outcome.resolved_late:
        say(f"{outcome.resolved_late} paid out too shortly before the end to be booked here, and are left out above")
    if outcome.interrupted:
        say(
            f"interrupted ({outcome.interrupted}): what was compared is right or wrong, but this was no whole rehearsal"
        )
    for difference in outcome.differences:
        say(f"  differs: {difference}")
    say("rehearsal passed: both books are equal to the micro-dollar" if outcome.passed else "rehearsal NOT passed")
    say(f"ledger {Path(outcome.folder) / 'live' / 'ledger.db'}, exchange {Path(outcome.folder) / 'venue' / 'exchange'}")


def _pairs(outcome: Outcome) -> list[tuple[str, str, str]]:
    def usd(amount_e6: int) -> str:
        return f"{amount_e6 / 1e6:,.6f}"

    return [
        ("orders sent, and taken there", str(outcome.sent), str(outcome.orders_exchange)),
        ("orders taken back before they left", str(outcome.orders - outcome.sent), ""),
        ("fills", str(outcome.fills), str(outcome.fills_exchange)),
        ("markets that paid out", str(outcome.resolved), str(outcome.resolved + outcome.resolved_late)),
        ("realised there, USD", usd(outcome.realised_ours_e6), usd(outcome.realised_exchange_e6)),
        ("P&L, open shares at 0, USD", usd(outcome.pnl_ours_e6), usd(outcome.pnl_exchange_e6)),
        ("cash moved by trades, USD", usd(outcome.cash_ours_e6), usd(outcome.cash_exchange_e6)),
        ("shares by token", "equal" if outcome.inventory_equal else "DIFFER", ""),
    ]
