"""The heartbeat: its fields, its whole replacement, and when a reader calls Astra dead."""

from __future__ import annotations

import json

import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_S
from astra_actors.reporting.heartbeat import (
    DEAD_AFTER_S,
    EVERY_S,
    Status,
    alive,
    heartbeat_fields,
    read_heartbeat,
    status_of,
    write_heartbeat,
)

NOW = 1_772_457_840 * NS_PER_S + 999


def fields(**more):
    return heartbeat_fields(now_ns=NOW, run_id="abcdef0123", cycle=7, status=Status.OK, **more)


def test_the_union_of_every_promised_field():
    promised = {
        *("timestamp", "run_id", "cycle_id", "status", "cycle_duration_s", "ws_connected", "active_markets"),
        *("open_orders", "daily_pnl_usd", "memory_mb", "disk_free_mb", "max_age_seconds"),
        *("cycle", "errors", "feed_connected"),
    }
    found = fields(feed_connected=True, memory_mb=12.3456, errors=2)
    assert promised <= set(found)
    assert (found["timestamp"], found["cycle_id"], found["max_age_seconds"]) == (
        "2026-03-02T13:24:00Z",
        "abcdef01-7",
        300,
    )
    assert (found["ws_connected"], found["memory_mb"], found["errors"]) == (True, 12.346, 2)


def test_the_beat_is_a_minute_and_three_missed_are_death():
    assert (EVERY_S, DEAD_AFTER_S) == (60, 180)
    assert alive(fields(), NOW + 180 * NS_PER_S)
    assert not alive(fields(), NOW + 180 * NS_PER_S + 1)


def test_what_nobody_measured_is_null_never_nan():
    found = fields(daily_pnl_usd=float("nan"), memory_mb=float("inf"))
    assert (found["daily_pnl_usd"], found["memory_mb"], found["disk_free_mb"]) == (None, None, None)


def test_a_foreign_status_is_refused():
    with pytest.raises(ValueError, match="fine"):
        heartbeat_fields(now_ns=NOW, run_id="r", cycle=0, status="fine")


def test_it_replaces_the_file_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "deep" / "health"
    write_heartbeat(path, fields())
    write_heartbeat(path, fields(errors=1))
    assert read_heartbeat(path)["errors"] == 1
    assert [p.name for p in path.parent.iterdir()] == ["health"]


def test_a_beat_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "health"
    write_heartbeat(path, fields())
    with pytest.raises(ValueError, match="JSON"):
        write_heartbeat(path, {"timestamp_ns": float("nan")})
    assert read_heartbeat(path)["cycle"] == 7
    assert [p.name for p in tmp_path.iterdir()] == ["health"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="no file"),
        pytest.param("{", id="torn"),
        pytest.param("[1]", id="a list"),
        pytest.param(json.dumps({"timestamp": "now"}), id="no time of ours"),
    ],
)
def test_what_is_no_heartbeat_is_refused(tmp_path, content):
    path = tmp_path / "health"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadInput):
        read_heartbeat(path)


@pytest.mark.parametrize(
    ("trading_state", "quiet_s", "status"),
    [
        ("ACTIVE", 0.0, Status.OK),
        ("REDUCING", 60.0, Status.OK),
        ("ACTIVE", 60.1, Status.DEGRADED),
        ("HALTED", 0.0, Status.HALTED),
        ("KILLED", 600.0, Status.HALTED),
        ("", 0.0, Status.OK),
    ],
)
def test_a_beat_tells_a_supervisor_that_is_not_heard_any_more(trading_state, quiet_s, status):
    assert status_of(trading_state, quiet_s, 60.0) is status
