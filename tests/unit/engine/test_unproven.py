"""What a shard says again after a Supervisor's death: everything, once, in the window that brings it to the ledger."""

from __future__ import annotations

import msgspec

from astra_actors.engine.messages import ShardCounters, WindowCommand, WindowRecords, WindowResult
from astra_actors.engine.unproven import merge
from astra_actors.engine.window_memory import Answered
from astra_actors.reporting.alerts import Alert, AlertKind


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
