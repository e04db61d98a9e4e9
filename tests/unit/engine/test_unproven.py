"""What a shard says again after a Supervisor's death: everything, once, in the window that brings it to the ledger."""

from __future__ import annotations

import msgspec

from astra_actors.engine.messages import ShardCounters, WindowCommand, WindowRecords, WindowResult
from astra_actors.engine.unproven import merge
from astra_actors.engine.window_memory import Answered
from astra_actors.reporting.alerts import Alert, AlertKind
from astra_actors.risk.report import MarketReport


def answered(window: int) -> Answered:
    command = WindowCommand(window=window, from_ns=0, to_ns=1, lease_until_ns=2)
    result = WindowResult(
        window=window,
        shard=0,
        reports=(),
        counters=ShardCounters(),
        poisoned=((f"0x{window}", "it raised"),),
        alerts=(Alert(kind=AlertKind.HALT, message=f"alert of {window}"),),
    )
    line = (window, "0xaa", msgspec.json.encode({"decision_id": f"d{window}", "window": window, "action": "SKIP"}))
    return Answered(command, result, WindowRecords(window=window, facts=[], artifacts=[line]), ShardCounters())


def test_lost_windows_are_told_once_under_the_number_of_the_window_that_is_written():
    now = answered(8)
    merge([answered(6), answered(7)], now.result, now.records)
    assert [alert.message for alert in now.result.alerts] == ["alert of 6", "alert of 7", "alert of 8"]
    assert [market_id for market_id, _ in now.result.poisoned] == ["0x6", "0x7", "0x8"]
    artifacts = [msgspec.json.decode(raw) for _, _, raw in now.records.artifacts]
    assert [one["decision_id"] for one in artifacts] == ["d6", "d7", "d8"]
    assert {one["window"] for one in artifacts} == {8}


def test_with_nothing_lost_nothing_changes():
    now = answered(8)
    merge([], now.result, now.records)
    assert (now.result, now.records) == (answered(8).result, answered(8).records)


def test_what_a_market_did_in_every_lost_window_is_counted_and_where_it_stands_is_the_newest_word():
    told = [answered(6), answered(7), answered(8)]
    for window, one in zip((6, 7, 8), told, strict=True):
        one.result.reports = (
            MarketReport(
                market_id="0xaa",
                incarnation=1,
                at_ns=window,
                worst_case_e10=window,
                trade_returns=((window, f"t{window}", 1, 2),),
                accepted=window - 6,
                failed=1,
            ),
        )
    now = told.pop()
    merge(told, now.result, now.records)
    (report,) = now.result.reports
    assert (report.at_ns, report.worst_case_e10) == (8, 8)
    assert [trade for _, trade, _, _ in report.trade_returns] == ["t6", "t7", "t8"]
    assert (report.accepted, report.failed) == (3, 3), "three refused in a row pause trading, whoever counts them"
