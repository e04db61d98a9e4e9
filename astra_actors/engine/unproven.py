"""What a live shard told a Supervisor that died before its ledger had it: said once more, with the next window."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from astra_actors.engine.messages import WindowRecords, WindowResult
from astra_actors.engine.window_memory import Answered
from astra_actors.risk.report import MarketReport


def merge(lost: Sequence[Answered], result: WindowResult, records: WindowRecords) -> None:
    """Add it in front of what is new. A market stands where its newest report says; what happened in it, all of them say."""
    if not lost:
        return
    records.facts[:0] = [fact for told in lost for fact in told.records.facts]
    records.artifacts[:0] = [_in_window(line, records.window) for told in lost for line in told.records.artifacts]
    result.poisoned = (*(pair for told in lost for pair in told.result.poisoned), *result.poisoned)
    result.alerts = (*(alert for told in lost for alert in told.result.alerts), *result.alerts)
    newest: dict[str, MarketReport] = {}
    for report in [*(report for told in lost for report in told.result.reports), *result.reports]:
        earlier = newest.get(report.market_id)
        newest[report.market_id] = _after(earlier, report) if earlier else report
    gone = {market_id for market_id, _ in result.poisoned}
    result.reports = tuple(newest[market_id] for market_id in newest if market_id not in gone)


def _after(earlier: MarketReport, report: MarketReport) -> MarketReport:
    """The newer one, with what happened in the windows of both."""
    return msgspec.structs.replace(
        report,
        trade_returns=(*earlier.trade_returns, *report.trade_returns),
        accepted=earlier.accepted + report.accepted,
        failed=earlier.failed + report.failed,
    )


def markets_of(lost: Sequence[Answered]) -> frozenset[str]:
    """Every market that was spoken of: open already, or over already."""
    reported = (report.market_id for told in lost for report in told.result.reports)
    poisoned = (market_id for told in lost for market_id, _ in told.result.poisoned)
    return frozenset((*reported, *poisoned))


def _in_window(line: tuple[int, str, bytes], window: int) -> tuple[int, str, bytes]:
    """An artifact counted to the window that brings it to the ledger: the log drops what is numbered beyond the last one."""
    at_ns, market_id, raw = line
    return at_ns, market_id, msgspec.json.encode({**msgspec.json.decode(raw), "window": window})
