"""`astra status`: what the run of a data directory looks like now, from the files it leaves and without disturbing it."""

from __future__ import annotations

import json as json_module
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from astra_actors.cli.options import DEFAULT_DATA_DIR, DataDir, Json, print_json

LOOK_EVERY_S: Final = 1.0  # the run writes four times a second; a person reads no faster than this
ALERTS_NS: Final = 3_600 * 1_000_000_000
ALERTS_MAX: Final = 200  # more than that in an hour is one thing to say, not two hundred
QUIET_S: Final = 10.0  # a Supervisor that works has its status written several times a second


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(status)


def status(
    name: Annotated[str | None, typer.Argument(help="One actor, such as `market-0`; default: the whole tree.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every second until Ctrl-C.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Show the run of a data directory as a tree: actors, their progress, restarts, markets, orders, leases."""
    if not watch:
        _show(_narrowed(look_at(data_dir, time.time_ns()), name), json=json)
        return
    try:
        _watch(data_dir, name, json=json)
    except KeyboardInterrupt:
        return  # how a watch ends


def look_at(data_dir: Path, now_ns: int) -> dict[str, Any]:
    """The status file with what only a reader can add: whether the run lives, ages, standing words, alerts, heartbeat."""
    from supervision.workspace import still_runs

    content = _read(data_dir)
    written_ns = _ns(content["written_at"])
    lives = content["ended"] is None and still_runs(content["driver_pid"], written_ns)
    state = "running" if lives else "ended" if content["ended"] else "died"
    return {
        **content,
        "state": state,
        "running": lives,
        "written_age_s": _age_s(written_ns, now_ns),
        "quiet": lives and now_ns - written_ns > QUIET_S * 1e9,
        "resume": state == "died" or (state == "ended" and content["ended"] != "finished"),
        "data_dir": str(data_dir),
        "progress_age_s": _age_s(content.get("progress_ns"), now_ns),
        "children": [_aged(child, now_ns, state) for child in content["children"]],
        "words": _words(data_dir),
        "alerts": _alerts(data_dir, content["run_id"], now_ns),
        "heartbeat": _heartbeat(content["run_id"], now_ns),
    }


def _watch(data_dir: Path, name: str | None, *, json: bool) -> None:
    from rich.console import Console
    from rich.live import Live

    console = Console()
    if json or not console.is_terminal:
        while True:
            _show(_narrowed(look_at(data_dir, time.time_ns()), name), json=json)
            time.sleep(LOOK_EVERY_S)
    from astra_actors.cli.status_view import drawn

    def draw() -> Any:
        return drawn(_narrowed(look_at(data_dir, time.time_ns()), name))

    with Live(draw(), console=console, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            time.sleep(LOOK_EVERY_S)
            live.update(draw(), refresh=True)


def _show(content: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(content)
        return
    from rich.console import Console

    from astra_actors.cli.status_view import drawn

    Console(highlight=False, soft_wrap=True).print(drawn(content))


def _narrowed(content: dict[str, Any], name: str | None) -> dict[str, Any]:
    """The tree with one child only, or none; the Supervisor is always there."""
    if name is None:
        return content
    if name == "supervisor":
        return {**content, "children": []}
    from astra_actors.kernel.errors import BadInput

    names = [child["name"] for child in content["children"]]
    if name not in names:
        raise BadInput("NAME", name, f"there is no such actor; there are: supervisor, {', '.join(names)}")
    return {**content, "children": [child for child in content["children"] if child["name"] == name]}


def _read(data_dir: Path) -> dict[str, Any]:
    from astra_actors.kernel.errors import BadInput

    path = data_dir / "status.json"
    try:
        content = json_module.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput("--data-dir", str(data_dir), "no run has written a status there") from None
    except (OSError, ValueError) as error:
        raise BadInput("--data-dir", str(path), f"the status cannot be read: {error}") from None
    needed = ("run_id", "written_at", "ended", "driver_pid", "children")
    if not isinstance(content, dict) or any(key not in content for key in needed):
        raise BadInput("--data-dir", str(path), "this is not a status of Astra")
    return content


def _aged(child: dict[str, Any], now_ns: int, run: str) -> dict[str, Any]:
    over = {"ended": "stopped", "died": "gone"}
    return {
        **child,
        "state": over.get(run) or child.get("state", "running"),
        "progress_age_s": _age_s(child.get("progress_ns"), now_ns),
        "feed_age_s": _age_s(child.get("feed_ns"), now_ns),
    }


def _words(data_dir: Path) -> list[dict[str, str]]:
    from supervision.control import standing_words

    return [{"action": word.action, "author": word.author, "why": word.why} for word in standing_words(data_dir)]


def _alerts(data_dir: Path, run_id: str, now_ns: int) -> list[dict[str, Any]]:
    """What people were told in the last hour, the newest last; a ledger that cannot be asked has none to show."""
    import sqlite3
    from contextlib import closing
    from dataclasses import asdict

    from astra_actors.kernel.errors import LedgerError
    from astra_actors.ledger.alert_rows import read_alert_rows
    from astra_actors.ledger.connection import open_reader

    try:
        with closing(open_reader(data_dir / "ledger.db")) as connection:
            rows = [asdict(row) for row in read_alert_rows(connection, last=ALERTS_MAX)]
    except (LedgerError, sqlite3.Error):
        return []
    return [
        {**row, "age_s": _age_s(row["raised_ns"], now_ns)}
        for row in rows
        if row["run_id"] == run_id and row["raised_ns"] > now_ns - ALERTS_NS
    ]


def _heartbeat(run_id: str, now_ns: int) -> dict[str, Any] | None:
    """The last beat of this run; None when there is none, or only another run's."""
    from astra_actors.kernel.errors import BadInput
    from astra_actors.reporting.heartbeat import alive, read_heartbeat
    from supervision.workspace import heartbeat_path

    path = heartbeat_path()
    try:
        beat = read_heartbeat(path)
    except BadInput:
        return None
    if beat.get("run_id") != run_id:
        return None
    return {"path": str(path), "age_s": _age_s(beat["timestamp_ns"], now_ns), "old": not alive(beat, now_ns)}


def _ns(text: str) -> int:
    from astra_actors.kernel.clock import ns_from_text

    return ns_from_text(text, field="written_at")


def _age_s(at_ns: int | None, now_ns: int) -> float | None:
    return None if at_ns is None else round(max(0, now_ns - at_ns) / 1e9, 3)
