"""The command `astra`. What a command needs is imported when it runs, so that `astra --help` answers at once."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from astra_actors import __version__
from astra_actors.cli import (
    alerts,
    care,
    chaos,
    clusters,
    exchange,
    heavy,
    live,
    look,
    rehearse,
    run,
    status,
    steer,
    stress,
    study,
)
from astra_actors.kernel.errors import AstraError

app = typer.Typer(
    name="astra",
    help="Trade Polymarket's binary markets as a maker, on paper and live, as a tree of supervised Ray actors.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback with locals would print what must not be printed
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def top(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    """Trade Polymarket's binary markets as a maker."""
    if version:
        typer.echo(f"astra {__version__}")
        raise typer.Exit


run.add_to(app)
live.add_to(app)
status.add_to(app)
look.add_to(app)
care.add_to(app)
alerts.add_to(app)
steer.add_to(app)
study.add_to(app)
heavy.add_to(app)
stress.add_to(app)
clusters.add_to(app)
chaos.add_to(app)
exchange.add_to(app)
rehearse.add_to(app)


def main() -> None:
    """Run a command: 0 done, 1 refused or failed with one clear sentence on stderr, 2 wrong usage."""
    try:
        app()
    except AstraError as error:
        typer.echo(f"astra: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)


if __name__ == "__main__":
    main()
