"""The command that trades with money: it refuses, shows what it is about to do, asks, and stops with a proof."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from astra_actors.cli.options import DEFAULT_DATA_DIR, Config, DataDir, Json, print_json, say, settings_over

if TYPE_CHECKING:
    from astra_actors.config.settings import Settings
    from supervision.live_preflight import Preflight
    from supervision.live_start import LiveStart

Phase = Literal["A", "B", "C", "D", "E"]


def add_to(app: typer.Typer) -> None:
    """Register the commands of this group."""
    app.command()(live)


def live(
    phase: Annotated[
        Phase | None, typer.Option(help="Warm-up phase: A observes, B to D risk more, E is steady.")
    ] = None,
    override_gate: Annotated[
        str,
        typer.Option(
            "--override-gate", help="Why to trade without a passed gate; goes on record, halves the bankroll."
        ),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Everything up to the first order: keys, gate, venue, plan; then exit.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed where there is no terminal.")] = False,
    days: Annotated[float | None, typer.Option(help="Days of wall time.")] = None,
    markets: Annotated[int | None, typer.Option(help="How many of the most liquid open markets to look at.")] = None,
    actors: Annotated[int | None, typer.Option(help="Market actors.")] = None,
    config: Config = None,
    resume: Annotated[bool, typer.Option("--resume", help="Take up the last live run of this data directory.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Trade live with the account in the environment, as the readiness gate and the warm-up phase allow."""
    from supervision.key_handoff import DESCRIPTOR, reexec_without_secrets
    from supervision.live_keys import read_wallet
    from supervision.live_start import look_before

    handed_over = DESCRIPTOR in os.environ
    flags = {"days": days, "markets": markets, "actors": actors, "data_dir": str(data_dir)}
    settings = _settings(config, flags, phase)
    wallet = None if handed_over else read_wallet(os.environ)
    start = look_before(settings, data_dir, wallet, override=override_gate, resume=resume, dry_run=dry_run)
    if not handed_over:
        preflight = _ask(start)
        if dry_run:
            _show_plan(start, preflight, json=json)
            return
        _agree(start, preflight, yes=yes)
        reexec_without_secrets()  # this process ends here; the same command goes on without its keys
    _trade(start, data_dir, resume=resume, json=json)


def _settings(config: list[Path] | None, flags: dict[str, Any], phase: str | None) -> Settings:
    given = {name: value for name, value in flags.items() if value is not None}
    chosen = {} if phase is None else {"live": {"phase": phase}}
    over = {"run": {"feed": "polymarket", "venue": "clob", **given}, **chosen}
    return settings_over("polymarket", config, over, profile="live")


def _ask(start: LiveStart) -> Preflight:
    from supervision.live_preflight import ask_venue

    assert start.wallet is not None
    return ask_venue(start.settings, start.wallet, os.environ)


def _show_plan(start: LiveStart, preflight: Preflight, *, json: bool) -> None:
    from astra_actors.cli.live_words import introduce

    wrong = [*start.refused, *([] if preflight.passed else preflight.failures)]
    if json:
        lines = [{"name": each.name, "ok": each.ok, "told": each.told} for each in preflight.findings]
        print_json({**start.as_json(), "preflight": lines, "ready": not wrong})
    else:
        introduce(start, preflight)
        say("astra: dry run, nothing was started and no order was sent")
        for each in wrong:
            say(f"astra: not ready: {each}")
    if wrong:
        raise typer.Exit(1)


def _agree(start: LiveStart, preflight: Preflight, *, yes: bool) -> None:
    from astra_actors.cli.live_words import confirmed, introduce
    from supervision.live_start import NotLive

    introduce(start, preflight)
    if not preflight.passed:
        raise NotLive(preflight.failures)
    if not confirmed(start, yes=yes):
        raise typer.Exit(1)


def _trade(start: LiveStart, data_dir: Path, *, resume: bool, json: bool) -> None:
    from astra_actors.cli.live_words import say_proof
    from astra_actors.cli.progress import ProgressScreen, print_summary
    from supervision.live_drive import EndedEarly, drive_live

    try:
        with ProgressScreen(quiet=json) as screen:
            report = drive_live(start.settings, resume=resume, progress=screen.update)
    except EndedEarly as early:
        say_proof(early.proof)
        raise
    if json:
        print_json(report)
    else:
        print_summary(report)
    say_proof(report["proof"])
    if not report["proof"]["cleared"]:
        raise typer.Exit(1)
