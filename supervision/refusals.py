"""Why a run did not start, or ended before its time: one sentence each, with what to do."""

from __future__ import annotations

from astra_actors.kernel.errors import AstraError
from supervision.startup_checklist import CheckLine


class NotReady(AstraError):
    """The startup checklist does not pass."""

    def __init__(self, lines: list[CheckLine]) -> None:
        self.lines = lines
        failed = [f"{line.number} {line.name}: {line.seen} ({line.remedy})" for line in lines if line.status == "FAIL"]
        super().__init__("not started: " + "; ".join(failed))


class GaveUp(AstraError):
    """Something without which nothing can go on died more often than it may."""

    def __init__(self, why: str, report_path: str) -> None:
        super().__init__(
            f"gave up: {why}; everything was cancelled and trading is halted, the report is {report_path},"
            " and `--resume` takes the run up once the cause is gone"
        )
