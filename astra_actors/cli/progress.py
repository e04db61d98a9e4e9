"""What a person sees while a run goes on, and the summary at its end."""

from __future__ import annotations

import sys
import time
from typing import Any, Final

from astra_actors.cli.options import say

PLAIN_EVERY_S: Final = 5.0  # between two lines where there is no terminal to draw on


class ProgressScreen:
    """A live panel on a terminal, a line now and then elsewhere, nothing when quiet."""

    def __init__(self, *, quiet: bool) -> None:
        self._terminal = sys.stderr.isatty() and not quiet
        self._quiet = quiet
        self._live: Any = None
        self._spoken = 0.0
        self._started = time.monotonic()

    def __enter__(self) -> ProgressScreen:
        if self._terminal:
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), refresh_per_second=4)
            self._live.__enter__()
        return self

    def __exit__(self, *exc: Any) -> None:
        if self._live is not None:
            self._live.__exit__(*exc)

    def update(self, status: dict[str, Any]) -> None:
        """Show where the run stands."""
        if self._live is not None:
            self._live.update(_panel(status, time.monotonic() - self._started))
        elif time.monotonic() - self._spoken >= PLAIN_EVERY_S:
            self._spoken = time.monotonic()
            say(_line(status))


def print_summary(report: dict[str, Any]) -> None:
    """The end of a run: what came of it, the gate as it really is, and where everything lies."""
    from rich.console import Console
    from rich.table import Table

    from astra_actors.reporting.report_text import gate_title

    console = Console(stderr=True, highlight=False)
    console.print()
    console.print(f"run {report['run_id']}: {report['exit_reason']} after {report['wall_s']:.1f} s")
    facts = Table(show_header=False, box=None)
    for name, value in _summary(report):
        facts.add_row(name, value)
    console.print(facts)
    table = Table(title=gate_title(report), title_justify="left", box=None)
    for heading in ("", "item", "value", "limit", "status"):
        table.add_column(heading)
    for name, line in report["gate"].items():
        mark = {"PASS": "[green]PASS", "FAIL": "[red]FAIL"}.get(line["status"], f"[yellow]{line['status']}")
        table.add_row(str(line.get("id", "")), name, _short(line["value"]), str(line["limit"]), mark)
    console.print(table)
    if report.get("synthetic"):
        console.print("The markets of this run are synthetic: its figures show that the machinery works, not an edge.")
    console.print(
        f"truth report: {report['report_path']}\nledger: {report['ledger_path']}  digest {report['ledger_digest'][:16]}"
    )


def _summary(report: dict[str, Any]) -> list[tuple[str, str]]:
    from astra_actors.reporting.report_text import is_live

    band, live = report["pnl_band"], is_live(report)
    queue = [] if live else [("fills read otherwise", _short(report["fills_band"]))]
    pnl = f"{_short(report['pnl_usd'])} USD" + ("" if live else f"; read otherwise {_short(band)}")
    return [
        ("markets", f"{report['markets']}, {report['events']:,} events, {report['decisions']:,} decisions"),
        ("orders", f"{report['orders']:,}, {report['fills']:,} fills, {report['resolved']} resolved trades"),
        ("resolved in", f"{_short(report['categories'])} categories, {_short(report['strategies'])} strategies"),
        ("P&L", pnl),
        *queue,
        ("equity", f"{_short(report['equity_usd'])} USD, largest drawdown {_short(report['max_drawdown'])}"),
        ("Sharpe a trade", f"{_short(report['sharpe_per_trade'])} {_short(report['sharpe_ci'])}"),
        ("win rate", f"{_short(report['win_rate'])} {_short(report['win_rate_ci'])}"),
        ("Brier", f"{_short(report['brier'])}, the market's own {_short(report['brier_market'])}"),
        ("safety", f"cap breaches {report['cap_breaches']}, orphan orders {report['orphan_orders']}, "
                   f"restarts {report['restarts']}"),
    ]  # fmt: skip


def _short(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_short(part) for part in value) + "]"
    return str(value)


def _share(status: dict[str, Any]) -> float:
    span = status["end_ns"] - status["start_ns"]
    return (status["now_ns"] - status["start_ns"]) / span if span else 1.0


def _line(status: dict[str, Any]) -> str:
    from astra_actors.kernel.clock import utc_text

    equity = status["equity_usd"]
    return (
        f"{utc_text(status['now_ns'])[:16]}  {_share(status):4.0%}  equity {_short(equity)}  fills {status['fills']}  "
        f"markets {status['live_markets']}  orders open {status['open_orders']}  {status['trading_state']}"
    )


def _panel(status: dict[str, Any], wall_s: float) -> Any:
    from rich.console import Group
    from rich.panel import Panel
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    from astra_actors.kernel.clock import utc_text

    table = Table.grid(padding=(0, 2))
    vetoes = list(status["vetoes"].items())[:4]
    rate = status["events"] / wall_s if wall_s > 0 else 0.0
    rows = [
        ("time", f"{utc_text(status['now_ns'])[:19]}  window {status['window']}"),
        (
            "equity",
            f"{_short(status['equity_usd'])} USD  drawdown {_short(status['drawdown'])}  {status['trading_state']}",
        ),
        ("exposure", f"{_short(status['exposure_usd'])} USD, granted {_short(status['granted_usd'])}"),
        ("markets", f"{status['live_markets']} open of {status['opened']} seen"),
        ("orders", f"{status['open_orders']} resting, {status['orders']:,} sent, {status['fills']:,} fills"),
        ("vetoes", ", ".join(f"{name} {count:,}" for name, count in vetoes)),
        ("feed", f"{status['events']:,} events, {rate:,.0f}/s, {status['resyncs']} resyncs"),
        ("tree", f"restarts {status['restarts']}, cap breaches {status['cap_breaches']}"),
    ]
    for name, value in rows:
        table.add_row(name, value)
    bar = ProgressBar(total=1.0, completed=_share(status), width=60)
    return Panel(Group(bar, table), title="astra paper", title_align="left")
