"""The command that runs the local exchange."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import Annotated, Any

import typer

from astra_actors.cli.options import DEFAULT_DATA_DIR, DataDir, Json, say


def add_to(app: typer.Typer) -> None:
    """Register the commands of this group."""
    app.command()(exchange)


def exchange(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    seed: Annotated[int, typer.Option(help="Decides markets, crowd, accounts and faults.")] = 1,
    speed: Annotated[
        float, typer.Option(min=0.0, max=100_000.0, help="How fast the crowd lives; 0: no crowd and no markets.")
    ] = 1.0,
    markets: Annotated[int, typer.Option(min=1, max=10_000, help="Markets of the synthetic world.")] = 24,
    days: Annotated[float, typer.Option(min=0.05, max=3_660, help="How long that world lasts, in its own time.")] = 7.0,
    tape: Annotated[
        list[Path] | None, typer.Option("--tape", help="A recorded tape instead of the world; may be repeated.")
    ] = None,
    fault: Annotated[list[str] | None, typer.Option("--fault", help="NAME=RATE; may be repeated.")] = None,
    switch: Annotated[list[str] | None, typer.Option("--switch", help="NAME=FORM; may be repeated.")] = None,
    tier: Annotated[str, typer.Option(help="The signers' rate-limit tier.")] = "standard",
    settle_ms: Annotated[
        int | None, typer.Option(min=1, max=600_000, help="From match to tokens, on average; default 3,500.")
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Run a Polymarket-compatible exchange on loopback, with worthless money. SIGTERM ends it; its state stays on disk.

    At --speed 0 it lists nothing: POST /admin/markets lists a market by hand. Market buys on a grid finer than a cent by
    clients that send five places want --switch market_output=5.
    """
    from astra_actors.cli.exchange_setup import Wishes, run

    wishes = Wishes(
        port=port, seed=seed, speed=speed, markets=markets, days=days, tapes=tuple(tape or ()),
        faults=tuple(fault or ()), switches=tuple(switch or ()), tier=tier, settle_ms=settle_ms, data_dir=data_dir,
    )  # fmt: skip
    run(wishes, lambda greeting: _greet(greeting, data_dir / "exchange", json=json, empty=not speed))


def _greet(greeting: dict[str, Any], folder: Path, *, json: bool, empty: bool) -> None:
    if json:
        typer.echo(jsonlib.dumps(greeting))
        return
    say("astra exchange: local, and its money is worth nothing. Never use these keys anywhere else.")
    for name in ("gamma", "clob", "ws_market", "ws_user", "relayer", "admin"):
        say(f"  {name:<10}{greeting[name]}")
    for account in greeting["accounts"]:
        say(
            f"  account   type {account['signature_type']}  key {account['private_key']}  funder {account['funder']}"
            f"  {account['collateral_usd']:,} USD"
        )
    say(f"  data      {folder}")
    if empty:
        say("  markets   none by themselves at --speed 0: list one with POST /admin/markets")
    say("  end       Ctrl-C or SIGTERM; the same flags and data directory take it up again")
