"""Where the profit came from: strategy, category and regime, each with its own sample gate (methods §9.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import usd
from astra_actors.metrics.performance import Trade, expectancy, pnls_usd, profit_factor, sharpe, usable, win_rate
from astra_actors.metrics.stat import SLICE_MINIMUM, sample_gate

TAGS: Final = ("strategy", "category", "event_type", "vol_bucket", "ttr_bucket", "direction", "exit_kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedTrade(Trade):
    """A trade with the tags that metrics filter on; `strategy` and the rest are empty where nobody said."""

    market_id: str = ""
    strategy: str = ""
    category: str = ""
    event_type: str = ""
    vol_bucket: str = ""
    ttr_bucket: str = ""
    direction: str = ""
    exit_kind: str = ""
    outcome: str | None = None  # of its market, once settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One value of one tag: how many trades, what they earned, and how sure that is."""

    tag: str
    value: str
    n: int
    markets: int
    pnl_usd: float
    share: float | None  # of the whole P&L; None when that is 0
    figures: Mapping[str, Any]
    judged: bool
    reason: str


def select(trades: Sequence[TaggedTrade], **tags: str) -> list[TaggedTrade]:
    """The trades that carry all of these tags."""
    for name in tags:
        if name not in TAGS:
            raise BadInput("tag", name, f"give one of {', '.join(TAGS)}")
    return [t for t in trades if all(getattr(t, name) == value for name, value in tags.items())]


def attribute(trades: Sequence[TaggedTrade], tag: str) -> list[Slice]:
    """One slice a value of the tag, the largest P&L first."""
    if tag not in TAGS:
        raise BadInput("tag", tag, f"give one of {', '.join(TAGS)}")
    groups: dict[str, list[TaggedTrade]] = {}
    for trade in trades:
        groups.setdefault(getattr(trade, tag) or "(none)", []).append(trade)
    whole_e10 = sum(t.pnl_e10 for t in trades)
    slices = [_slice(tag, value, group, whole_e10) for value, group in groups.items()]
    return sorted(slices, key=lambda s: (-s.pnl_usd, s.value))


def top_markets_pnl(trades: Sequence[TaggedTrade], count: int = 5) -> list[tuple[str, float]]:
    """The markets that earned most, with their P&L in dollars."""
    sums: dict[str, int] = {}
    for trade in trades:
        sums[trade.market_id] = sums.get(trade.market_id, 0) + trade.pnl_e10
    ranked = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:count]
    return [(market_id, usd(pnl_e10)) for market_id, pnl_e10 in ranked]


def _slice(tag: str, value: str, group: Sequence[TaggedTrade], whole_e10: int) -> Slice:
    pnl_e10 = sum(t.pnl_e10 for t in group)
    kept = usable(group)
    pnls = pnls_usd(group)
    figures = {
        "sharpe_per_trade": sharpe([t.ret for t in kept]).gated("sharpe"),
        "win_rate": win_rate(pnls).gated("win_rate"),
        "profit_factor": profit_factor(pnls).gated("profit_factor"),
        "expectancy_usd": expectancy(pnls).gated("expectancy"),
    }
    judged = len(group) >= SLICE_MINIMUM
    return Slice(
        tag=tag,
        value=value,
        n=len(group),
        markets=len({t.market_id for t in group}),
        pnl_usd=usd(pnl_e10),
        share=pnl_e10 / whole_e10 if whole_e10 else None,
        figures={name: stat.to_dict() for name, stat in figures.items()},
        judged=judged,
        reason="" if judged else sample_gate(f"{tag}={value}", len(group), SLICE_MINIMUM),
    )
