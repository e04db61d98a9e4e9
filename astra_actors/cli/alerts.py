"""Commands about alerts: send a test to every target, list what was told."""

from __future__ import annotations

from typing import Annotated

import typer

from astra_actors.cli.options import DEFAULT_DATA_DIR, Config, DataDir, Json, print_json, say, settings_for

alerts = typer.Typer(
    help="Try the targets of alerts; list what people were told.", no_args_is_help=True, rich_markup_mode=None
)


def add_to(app: typer.Typer) -> None:
    """Register the commands of this group."""
    app.add_typer(alerts, name="alerts")


@alerts.command("test")
def send_test(config: Config = None, json: Json = False) -> None:
    """Send a test alert to every configured target, named without its token; exits 1 when one does not take it."""
    from astra_actors.kernel.errors import BadInput
    from supervision.alert_targets import configured_targets, try_target

    targets = configured_targets(settings_for("world", config, {}).alerts)
    if not targets:
        raise BadInput("ALERT_WEBHOOK_URL", "", "set it, or ASTRA_ALERTS__URLS, to the address of a webhook or service")
    results = [(target.name, try_target(target)) for target in targets]
    if json:
        print_json({"targets": [{"target": name, "delivered": not why, "why": why} for name, why in results]})
    for name, why in results if not json else []:
        typer.echo(f"{name}: {'refused, ' + why if why else 'delivered'}")
    if any(why for _, why in results):
        failed = ", ".join(name for name, why in results if why)
        say(f"astra: not delivered to {failed}")
        raise typer.Exit(1)


@alerts.command("list")
def show(
    last: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest at the end.")] = 50,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """List the alerts of the ledger: what, how often, and whether somebody was told."""
    from contextlib import closing
    from dataclasses import asdict

    from astra_actors.ledger.alert_rows import read_alert_rows
    from astra_actors.ledger.connection import open_reader
    from astra_actors.reporting.heartbeat import iso

    with closing(open_reader(data_dir / "ledger.db")) as connection:
        rows = read_alert_rows(connection, last=last)
    if json:
        print_json({"alerts": [asdict(row) for row in rows]})
        return
    for row in rows:
        often = f" ({row.count} times)" if row.count > 1 else ""
        typer.echo(
            f"{iso(row.raised_ns)} {row.severity:8} {row.kind}{often} [{row.scope}] {' / '.join(row.message.splitlines())}"
            f" → {row.outcome}{f' ({row.detail})' if row.detail else ''}"
        )
    if not rows:
        say("no alerts on record")
