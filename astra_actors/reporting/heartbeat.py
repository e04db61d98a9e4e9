"""The heartbeat file: who is alive and how it is doing, for whoever watches from outside (methods §18.11, §19.4 #57)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from astra_actors.reporting.atomic import write_atomic

MAX_AGE_S: Final = 180  # three beats missed: whoever reads an older file takes Astra for dead


def heartbeat_fields(
    *, timestamp: str, run_id: str, status: Mapping[str, Any], memory_mb: float, disk_free_mb: float
) -> dict[str, Any]:
    """Everything a heartbeat says; `status` is the Supervisor's, empty before its first word."""
    return {
        "timestamp": timestamp,
        "run_id": run_id,
        "cycle": status.get("window", 0),
        "cycle_id": status.get("window", 0),
        "status": str(status.get("trading_state", "STARTING")).lower(),
        "errors": status.get("restarts", 0),
        "ws_connected": status.get("feed_connected"),
        "feed_connected": status.get("feed_connected"),
        "active_markets": status.get("live_markets", 0),
        "open_orders": status.get("open_orders", 0),
        "daily_pnl_usd": status.get("daily_pnl_usd"),
        "equity_usd": status.get("equity_usd"),
        "memory_mb": round(memory_mb, 1),
        "disk_free_mb": round(disk_free_mb, 1),
        "max_age_seconds": MAX_AGE_S,
    }


def write_heartbeat(path: Path, fields: Mapping[str, Any]) -> None:
    """Put the file in place whole."""
    write_atomic(path, json.dumps(fields, sort_keys=True) + "\n")
