"""The account in numbers and texts, for people."""

from __future__ import annotations

from typing import Any

from astra_actors.venues.clob.account_shared import Shared
from astra_actors.venues.clob.asking import Asking
from astra_actors.venues.clob.climate import Climate
from astra_actors.venues.clob.comparison import Comparison
from astra_actors.venues.clob.filling import Filling
from astra_actors.venues.clob.hearing import Hearing
from astra_actors.venues.clob.orphans import Orphans
from astra_actors.venues.clob.outgoing import Outgoing
from astra_actors.venues.clob.taking_off import TakingOff
from astra_actors.venues.clob.tracked import Stage


def open_order_rows(shared: Shared) -> list[dict[str, Any]]:
    """Every order that is not proven over."""
    return [
        {
            "order_id": one.order_id,
            "venue_id": one.venue_id,
            "market_id": one.market_id,
            "token_id": one.token_id,
            "side": one.order.side.value,
            "price_e4": one.order.price_e4,
            "size_e6": one.order.size_e6,
            "filled_e6": one.filled_e6,
            "state": one.state.value,
        }
        for one in shared.register.open.values()
    ]


def summary_of(
    shared: Shared,
    climate: Climate,
    filling: Filling,
    outgoing: Outgoing,
    taking_off: TakingOff,
    orphans: Orphans,
    comparison: Comparison,
    asking: Asking,
    hearing: Hearing,
    now_ms: int,
) -> dict[str, Any]:
    """What progress, status and metrics show of the account."""
    register, last, cash = shared.register, comparison.last, filling.inventory.holding()
    return {
        "open_orders": len(register.open),
        "waiting": register.count(Stage.WRITING, Stage.READY),
        "unknown": sum(one.stage is Stage.OUT and not one.acked for one in register.open.values()),
        "cancelling": taking_off.wanted,
        "sent": outgoing.sent,
        "rejected": outgoing.refused,
        "unsure": outgoing.unsure,
        "refused": hearing.refused,
        "fills": filling.seen,
        "settling": filling.settling,
        "cash_e10": cash.settled,
        "cash_incoming_e10": cash.incoming,
        "cash_outgoing_e10": cash.outgoing,
        "voided": filling.voided,
        "revived": filling.revived,
        "late_fills": filling.late,
        "foreign_fills": filling.foreign,
        "taker_fills": filling.taken,
        "orphans_found": orphans.found,
        "orphans_resting": orphans.resting,
        "duplicate_events": filling.stream.duplicates,
        "gaps": filling.stream.gaps,
        "questions": asking.asked,
        "questions_failed": asking.failed,
        "unheard_news": shared.telling.unheard,
        "comparisons": comparison.done,
        "comparing": comparison.is_running,
        "last_reconciliation": None
        if last is None
        else {
            "at_ns": last.at_ns,
            "cause": last.cause,
            "took_ms": last.took_ms,
            "markets": last.markets,
            "orphans_cancelled": last.orphans_cancelled,
            "orders_adopted": last.orders_adopted,
            "fills_adopted": last.fills_adopted,
            "differences": last.differences,
            "persisting": last.persisting,
            "cash_e6": last.cash_e6,
        },
        "failures_in_a_row": shared.throttle.failures,
        "rejects_in_a_row": shared.throttle.storm.rejects_in_a_row,
        "channel_uptime": climate.uptime(now_ms),
        "channel_connections": climate.connections,
        "channel_is_up": climate.down_ms is None,
        "heartbeat_age_ms": now_ms - climate.beat_ms,
        "heartbeat_misses": climate.misses,
        "started": climate.started,
        "stopping": climate.stopping,
        "weather": climate.why(now_ms),
    }
