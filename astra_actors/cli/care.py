"""Commands that take care of an installation: settings, doctor, db."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from astra_actors.cli.options import DEFAULT_DATA_DIR, Config, DataDir, Json, print_json, say, settings_for

db = typer.Typer(help="Check, migrate, back up and restore the ledger.", no_args_is_help=True, rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Register the commands of this group."""
    app.command()(settings)
    app.command()(doctor)
    app.add_typer(db, name="db")


def settings(
    feed: Annotated[str, typer.Option(help="The profile of a feed: world, tape or polymarket.")] = "world",
    config: Config = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Print every effective setting, its hash, and what differs from the last run."""
    from astra_actors.config.snapshot import diff, settings_hash, settings_json, settings_tree

    tree = settings_for(feed, config, {"data_dir": str(data_dir)})
    before = _last_settings(data_dir)
    changes = [str(change) for change in diff(before, settings_json(tree))] if before else []
    content = {"hash": settings_hash(tree), "settings": settings_tree(tree), "changes_since_last_run": changes}
    if json:
        print_json(content)
        return
    for name, value in _leaves(content["settings"]):
        typer.echo(f"{name} = {value}")
    say(f"hash {content['hash']}")
    for change in changes:
        say(f"since the last run {change}")


def doctor(config: Config = None, data_dir: DataDir = DEFAULT_DATA_DIR, json: Json = False) -> None:
    """Go through the startup checklist without starting anything; exits 1 when an item fails."""
    from dataclasses import asdict

    from supervision.doctor import examine

    lines = examine(settings_for("world", config, {"data_dir": str(data_dir)}))
    if json:
        print_json({"passed": all(line.status != "FAIL" for line in lines), "items": [asdict(line) for line in lines]})
    else:
        for line in lines:
            typer.echo(
                f"{line.status:5}{line.number:>3} {line.name}: {line.seen}"
                + (f" → {line.remedy}" if line.remedy else "")
            )
    if any(line.status == "FAIL" for line in lines):
        raise typer.Exit(1)


@db.command()
def check(data_dir: DataDir = DEFAULT_DATA_DIR, json: Json = False) -> None:
    """Check the ledger's integrity, schema and chain of windows."""
    from astra_actors.ledger.care import inspect

    content = inspect(data_dir / "ledger.db")
    if json:
        print_json(content)
    else:
        for name, value in content.items():
            typer.echo(f"{name}: {value}")


@db.command()
def migrate(data_dir: DataDir = DEFAULT_DATA_DIR, json: Json = False) -> None:
    """Bring the ledger to this version's schema, after a backup."""
    from astra_actors.ledger.migrations import SCHEMA_VERSION
    from astra_actors.ledger.store import LedgerStore

    with LedgerStore.open(data_dir / "ledger.db", create=False):
        content = {"schema_version": SCHEMA_VERSION}
    print_json(content) if json else typer.echo(f"schema version {SCHEMA_VERSION}")


@db.command()
def backup(data_dir: DataDir = DEFAULT_DATA_DIR, json: Json = False) -> None:
    """Copy the ledger to bak1; older backups move down to bak3."""
    from astra_actors.ledger.store import LedgerStore

    with LedgerStore.open(data_dir / "ledger.db", create=False) as store:
        path = store.backup()
    print_json({"backup": str(path)}) if json else typer.echo(str(path))


@db.command()
def restore(
    number: Annotated[int, typer.Argument(help="Which backup: 1 is the newest.")] = 1,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Put a backup in the ledger's place once it passed its check; the old file is kept aside."""
    from astra_actors.ledger.backup import restore as put_back

    aside = put_back(data_dir / "ledger.db", number)
    print_json({"put_aside": str(aside)}) if json else typer.echo(
        f"restored bak{number}; the old ledger lies at {aside}"
    )


def _last_settings(data_dir: Any) -> str | None:
    import sqlite3
    from contextlib import closing

    from astra_actors.ledger.runs import last_settings_json

    path = data_dir / "ledger.db"
    if not path.exists():
        return None
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return last_settings_json(connection)


def _leaves(value: Any, name: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        return [leaf for key, child in value.items() for leaf in _leaves(child, f"{name}.{key}" if name else key)]
    return [(name, value)]
