"""What a report is made of, row by row, as the ledger gave it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.metrics.attribution import TaggedTrade


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityMark:
    """The portfolio at one barrier."""

    at_ns: int
    equity_e10: int
    peak_e10: int
    drawdown: float
    exposure_e10: int
    granted_e10: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRow:
    """A market as its listing said, with what it settled to, if it did."""

    market_id: str
    event_id: str
    question: str
    category: str
    clusters: tuple[str, ...]
    strategy: str
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryForecast:
    """The estimate a resolved trade was entered on."""

    p: float | None
    market_p: float | None
    outcome: str
    event_id: str
    closed_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketForecast:
    """The estimate of one settled market that stood before its close less the lead time; p None if there was none."""

    market_id: str
    category: str
    event_id: str
    outcome: str
    p: float | None
    market_p: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRow:
    """One execution, as far as a report needs it."""

    fill_id: str
    order_id: str
    market_id: str
    token: str
    side: str
    price_e4: int
    size_e6: int
    mid_e4: float | None  # of YES
    fee_e10: int
    rebate_e10: int
    liquidity: str
    degraded: bool

    @property
    def earned_e4(self) -> float | None:
        """Half the spread earned at the fill, u(m₀ − price) in YES terms; None where there was no mid."""
        if self.mid_e4 is None:
            return None
        is_bid = (self.token == "YES") == (self.side == "BUY")
        yes_e4 = self.price_e4 if self.token == "YES" else PRICE_ONE_E4 - self.price_e4
        return self.mid_e4 - yes_e4 if is_bid else yes_e4 - self.mid_e4


@dataclass(slots=True)
class LedgerReading:
    """What the ledger holds of one lineage."""

    run: dict[str, Any]
    lineage: str
    runs: int
    digest: str
    last_end_ns: int
    journal_mode: str
    bankroll_usd: float | None
    counts: dict[str, int] = field(default_factory=dict)
    trades: list[TaggedTrade] = field(default_factory=list)
    entries: list[EntryForecast] = field(default_factory=list)
    forecasts: list[MarketForecast] = field(default_factory=list)
    markets: dict[str, MarketRow] = field(default_factory=dict)
    equity: list[EquityMark] = field(default_factory=list)
    fills: list[FillRow] = field(default_factory=list)
    shadow: dict[str, tuple[int, int]] = field(default_factory=dict)  # variant → fills, shares e6
    markouts: list[tuple[str, int, float | None]] = field(default_factory=list)  # fill, horizon in s, markout in e4
    settled_pnl_e10: dict[str, tuple[int, int, int]] = field(default_factory=dict)  # market → base, pessimistic, opt.
    order_events: dict[tuple[str, str], int] = field(default_factory=dict)  # (event, reason) → count
    risk_events: dict[tuple[str, str], int] = field(default_factory=dict)  # (kind, scope family) → count
    rebased_ns: list[int] = field(default_factory=list)
    catalogue_url: str = ""  # where a run on the venue's feed was told to look for markets
    feed_sessions: list[tuple[str, int, int]] = field(default_factory=list)
