"""A mailbox around analysis: it reads the ledger from a process of its own and writes what a person reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from astra_actors.reporting.daily import daily_truth, write_daily
from astra_actors.reporting.daily_summary import summary_text
from astra_actors.reporting.truth_report import build_report, write_report


class AnalystActor:
    """Answer analytical questions over the ledger, read-only; keeps nothing that a restart would lose."""

    def __init__(self, ledger: Path, reports: Path) -> None:
        self._ledger, self._reports = ledger, reports
        self._written = 0

    def __repr__(self) -> str:
        return "AnalystActor(truth reports)"

    def on_report(self, run_id: str, label: str, extra: dict[str, Any]) -> dict[str, Any]:
        """Build the truth report of a run as it stands, write it, and return it with its path."""
        report = build_report(self._ledger, run_id, extra=extra)
        path = write_report(report, self._reports, label)
        self._written += 1
        return {**report, "report_path": str(path)}

    def on_day(self, run_id: str, day: int, restarts: int = 0, gates: bool = False) -> str:
        """Write the truth of one UTC day that is over; returns it as a short text, `gates` with the readiness gate."""
        truth = daily_truth(self._ledger, run_id, day)
        write_daily(truth, self._reports / "daily")
        self._written += 1
        gate = (
            build_report(self._ledger, run_id, extra={})["gate_outcomes"] if gates else None
        )  # reads the whole ledger
        return summary_text(truth, restarts=restarts, gate=gate)

    def progress(self) -> dict[str, Any]:
        """How many reports were written."""
        return {"pid": os.getpid(), "progress": self._written}
