"""Commands that look at what happened: report, gates, explain, sql."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from astra_actors.cli.options import DEFAULT_DATA_DIR, DataDir, Json, print_json, say


def add_to(app: typer.Typer) -> None:
    """Register the commands of this group."""
    app.command()(report)
    app.command()(gates)
    app.command()(explain)
    app.command()(sql)


def report(
    date: Annotated[str | None, typer.Option(help="A day such as 2026-03-14; default: the newest report.")] = None,
    html: Annotated[bool, typer.Option("--html", help="Print the path of the HTML page instead.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Print the truth report of a run."""
    from astra_actors.kernel.errors import BadInput

    found = sorted((data_dir / "reports").glob("*.json"))
    if date is not None:
        found = [path for path in found if date.replace("-", "") in path.name]
    if not found:
        raise BadInput(
            "--date" if date else "--data-dir", date or str(data_dir), "there is no such report; a run writes one"
        )
    path = found[-1]
    if html:
        typer.echo(str(path.with_suffix(".html")))
    elif json:
        typer.echo(path.read_text(encoding="utf-8"))
    else:
        typer.echo(path.with_suffix(".md").read_text(encoding="utf-8"))


def gates(
    which: Annotated[Literal["paper", "live"], typer.Argument(help="Which readiness gate.")],
    repeat_days: Annotated[
        float, typer.Option("--repeat-days", help="First live so many days of the run through again, and compare.")
    ] = 0.0,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Print a readiness gate with its evidence, from the newest report; exits 1 while it does not pass."""
    from astra_actors.reporting.gate_file import read_gate

    gate = read_gate(data_dir, which)
    if repeat_days > 0:
        from supervision.repeating import repeat_run

        say(repeat_run(data_dir, gate.run_id, repeat_days).said)
        gate = read_gate(data_dir, which)
    lines, ready = gate.lines, gate.passed
    if json:
        print_json({"gate": which, "passed": ready, "lines": lines, "report": str(gate.report)})
    else:
        for name, line in lines.items():
            typer.echo(f"{line['status']:8}{name}: {line['value']} (limit {line['limit']})")
        typer.echo(f"{which} gate: {'PASS' if ready else 'not passed'}")
    if not ready:
        raise typer.Exit(1)


def explain(
    subject: Annotated[
        str, typer.Argument(help="An order, trade, fill, decision or market id, or the name of a veto.")
    ],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Tell why a decision, a veto, an order or a trade happened, with the numbers that were compared."""
    from astra_actors.reporting.explain import explain as explain_subject

    lines = explain_subject(data_dir / "ledger.db", data_dir / "decisions", subject)
    if json:
        print_json({"subject": subject, "lines": lines})
    else:
        for line in lines:
            typer.echo(line)


def sql(
    query: Annotated[str, typer.Argument(help="One query over the ledger's tables; `decisions` are the artifacts.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Ask the ledger anything, with DuckDB; reads while Astra runs, never writes."""
    from astra_actors.ledger.analytics import ask

    answer = ask(data_dir / "ledger.db", query, {"decisions": str(data_dir / "decisions" / "*" / "*.jsonl")})
    if json:
        print_json({"columns": list(answer.columns), "rows": answer.dicts()})
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*answer.columns, box=None)
    for row in answer.rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console().print(table)
