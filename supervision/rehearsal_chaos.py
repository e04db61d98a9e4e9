"""What goes wrong in a rehearsal: rates of the exchange's faults, and who is killed when."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CHAOS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "none": {},
        "some": {  # a bad day: everything that happens at a venue in an ordinary week
            "latency_ms": 30,
            "server_error": 0.01,
            "lost_response": 0.02,
            "slow_response": 0.02,
            "drop_socket": 0.2,
            "duplicate_frame": 0.05,
            "reorder_frame": 0.05,
            "retrying": 0.05,
            "late_settlement": 0.02,
        },
        "all": {  # everything at once
            "latency_ms": 60,
            "restart": 0.15,
            "cancel_only": 0.1,
            "disabled": 0.05,
            "rate_limit": 0.02,
            "server_error": 0.02,
            "order_timeout": 0.01,
            "lost_response": 0.03,
            "slow_response": 0.03,
            "drop_socket": 0.3,
            "half_open": 0.1,
            "silence": 0.1,
            "missing_snapshot": 0.05,
            "duplicate_frame": 0.1,
            "reorder_frame": 0.1,
            "late_settlement": 0.05,
            "retrying": 0.1,
            "ghost_fill": 0.03,
            "stuck_settlement": 0.01,
            "stale_balance": 0.1,
            "venue_cancel": 0.05,
            "heartbeat_lapse": 0.1,
            "clock_skew_s": 2,
        },
    }
)
KILLED: Final = ("gateway", "market-0", "exchange")  # in this order, at a quarter, a half and three quarters
CALM_S: Final = {"none": 30.0, "some": 60.0, "all": 75.0}  # after the last quote: settlements take up to fifty seconds
