"""The heartbeat file: one small JSON object a minute, by which anyone outside can tell that Astra lives (methods §18.11).

It holds the union of the fields that were ever promised (§19.4 #57). A reader calls Astra dead after `dead_after_s`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum, unique
from pathlib import Path
from typing import Any, Final

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_S
from astra_actors.reporting.atomic import write_atomic

EVERY_S: Final = 60  # its own timer, whatever the cycle does
DEAD_AFTER_S: Final = 180  # three beats missed
MAX_AGE_S: Final = 300  # the field of the earlier system: older than this nobody reads anything else in it


@unique
class Status(Enum):
    """How the system is (methods §18.3)."""

    OK = "ok"
    DEGRADED = "degraded"
    HALTED = "halted"


def status_of(trading_state: str, quiet_s: float, quiet_s_max: float) -> Status:
    """How a run is whose Supervisor was last heard `quiet_s` ago: halted, or degraded when that is too long."""
    if trading_state in ("HALTED", "KILLED"):
        return Status.HALTED
    return Status.DEGRADED if quiet_s > quiet_s_max else Status.OK


def heartbeat_fields(
    *,
    now_ns: int,
    run_id: str,
    cycle: int,
    status: Status | str,
    cycle_duration_s: float | None = None,
    feed_connected: bool | None = None,
    active_markets: int = 0,
    open_orders: int = 0,
    daily_pnl_usd: float | None = None,
    memory_mb: float | None = None,
    disk_free_mb: float | None = None,
    errors: int = 0,
    trading_state: str = "",
    pid: int | None = None,
) -> dict[str, Any]:
    """One beat; `now_ns` is wall-clock time. A number that nobody measured is null."""
    return {
        "timestamp": iso(now_ns),
        "timestamp_ns": now_ns,
        "run_id": run_id,
        "cycle_id": f"{run_id[:8]}-{cycle}",
        "cycle": cycle,
        "status": Status(status).value,
        "trading_state": trading_state,
        "cycle_duration_s": _number(cycle_duration_s),
        "ws_connected": feed_connected,
        "feed_connected": feed_connected,
        "active_markets": active_markets,
        "open_orders": open_orders,
        "daily_pnl_usd": _number(daily_pnl_usd),
        "memory_mb": _number(memory_mb),
        "disk_free_mb": _number(disk_free_mb),
        "errors": errors,
        "max_age_seconds": MAX_AGE_S,
        "dead_after_seconds": DEAD_AFTER_S,
        "pid": pid,
    }


def write_heartbeat(path: Path, fields: Mapping[str, Any]) -> Path:
    """Replace the file in one step: a reader sees the old beat or the new one."""
    return write_atomic(path, json.dumps(fields, allow_nan=False, sort_keys=True) + "\n")


def read_heartbeat(path: Path) -> dict[str, Any]:
    """The last beat; a missing or foreign file is a `BadInput`."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput("heartbeat", str(path), "no heartbeat can be read there; is Astra running?") from error
    if not isinstance(found, dict) or not isinstance(found.get("timestamp_ns"), int):
        raise BadInput("heartbeat", str(path), "this is not a heartbeat of Astra")
    return found


def alive(fields: Mapping[str, Any], now_ns: int) -> bool:
    """Whether the last beat is young enough; one from the future is a clock that went back, and counts as alive."""
    return bool(now_ns - fields["timestamp_ns"] <= DEAD_AFTER_S * NS_PER_S)


def iso(at_ns: int) -> str:
    """A moment as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(at_ns // NS_PER_S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(value: float | None) -> float | None:
    return round(value, 3) if value is not None and math.isfinite(value) else None
