"""The rows of the two readiness gates as data: what is measured, what it is held against, and in which sense.

The numbers are those of methods §18.12 and §18.13, read as §19.1 says: an observed span of 21 days, breaches apart from
vetoes, the smaller of two limits on one figure binding, and an annual Sharpe ratio shown but not decided on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique
from types import MappingProxyType
from typing import Final


@unique
class Check(Enum):
    """How a measured value is compared with the row's limits."""

    TRUE = "yes"
    AT_LEAST = "≥"
    ABOVE = ">"
    BELOW = "<"
    AT_MOST = "≤"
    WITHIN = "within"
    LOWER_BOUND_ABOVE = "lower bound >"


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `sample` is the least n of the figure; `binding` rows decide, the others are shown beside them."""

    item: str
    name: str
    title: str
    test: Check
    limit: float = 0.0
    upper: float | None = None
    measure: str = ""  # the measure's name where it is not the row's own
    unit: str = ""  # "", usd, frac, days, hours, mb
    sample: int = 0
    binding: bool = True

    @property
    def remedy(self) -> str:
        """What would give the row a measure, where that is not obvious."""
        return REMEDIES.get(self.name, "")

    @property
    def source(self) -> str:
        """The measure that the row reads."""
        return self.measure or self.name

    @property
    def limit_text(self) -> str:
        """The row's condition as a person reads it."""
        if self.test is Check.TRUE:
            return "yes"
        if self.test is Check.WITHIN:
            return f"{_text(self.limit, self.unit)} to {_text(self.upper or 0.0, self.unit)}"
        sample = f" (n ≥ {self.sample})" if self.sample else ""
        return f"{self.test.value} {_text(self.limit, self.unit)}{sample}"


def _text(value: float, unit: str) -> str:
    if unit == "frac":
        return f"{value * 100:g}%"
    if unit == "usd":
        return f"${value:.2f}"
    words = {"days": " days", "hours": " h", "mb": " MB"}
    return f"{value:,g}{words.get(unit, '')}"


T = Check  # the rows read better with a short name

PAPER: Final = (
    Row("1.1", "loop_hours", "the loop ran for a day of its own clock", T.AT_LEAST, 24, unit="hours"),
    Row("1.1b", "crashes", "deaths of an actor in that loop", T.AT_MOST),
    Row("1.2", "clean_stop", "a stop ends with no order resting and a report", T.TRUE),
    Row("1.3", "heartbeat_gap_s", "largest gap between two heartbeats, seconds", T.AT_MOST, 60),
    Row("1.4", "ledger_wal", "the ledger is in WAL mode", T.TRUE),
    Row("1.5", "empty_metrics_null", "metrics of no trades are null", T.TRUE),
    Row("1.6", "same_seed_same_fills", "the same seed gives the same ledger digest", T.TRUE),
    Row("1.7", "environment_overrides", "the environment overrides settings", T.TRUE),
    Row("1.8", "api_key_validated", "the API key was checked against the venue", T.TRUE),
    Row("2.1", "resolved_trades", "resolved trades", T.AT_LEAST, 200),
    Row("2.2", "categories", "categories with a resolved trade", T.AT_LEAST, 3),
    Row("2.3", "strategies_30", "strategies with 30 or more trades", T.AT_LEAST, 2),
    Row("2.4", "span_days", "span observed", T.AT_LEAST, 21, unit="days"),
    Row("2.5", "estimates", "estimates on record", T.AT_LEAST, 300),
    Row("2.6", "brier_observations", "forecasts scored against an outcome", T.AT_LEAST, 50),
    Row("3.1", "sharpe_per_trade", "Sharpe ratio per trade", T.ABOVE, 0.05, sample=30),
    Row("3.2", "sharpe_lower", "its lower 95 % bound", T.LOWER_BOUND_ABOVE, measure="sharpe_per_trade", sample=30),
    Row("3.3", "win_rate", "win rate", T.ABOVE, 0.52, unit="frac", sample=20),
    Row(
        "3.3b",
        "win_rate_over_cost",
        "win rate of settled trades less the mean price paid",
        T.ABOVE,
        unit="frac",
        sample=20,
        binding=False,
    ),
    Row(
        "3.4",
        "win_rate_lower",
        "its lower Wilson bound",
        T.LOWER_BOUND_ABOVE,
        0.5,
        measure="win_rate",
        unit="frac",
        sample=20,
    ),
    Row("3.5", "profit_factor", "profit factor", T.ABOVE, 1.1, sample=20),
    Row("3.6", "expectancy_usd", "expectancy a trade", T.ABOVE, 0.5, unit="usd", sample=10),
    Row("3.7", "brier", "Brier score of what was traded on", T.BELOW, 0.22, sample=20),
    Row("3.7b", "brier_skill", "its skill against the market's own price", T.ABOVE, sample=20, binding=False),
    Row("3.8", "max_drawdown", "largest drawdown of marked equity", T.BELOW, 0.2, unit="frac", sample=30),
    Row("3.9", "worst_month", "worst month", T.ABOVE, -0.08, unit="frac", sample=60),
    Row("3.10", "fill_rate", "orders with a fill", T.WITHIN, 0.05, upper=0.4, unit="frac"),
    Row("4.1", "unhandled_exceptions", "unhandled exceptions", T.AT_MOST),
    Row("4.2", "feed_uptime", "feed connected", T.ABOVE, 0.9, unit="frac"),
    Row("4.3", "memory_mb_max", "largest memory of one process", T.BELOW, 500, unit="mb"),
    Row("4.4", "trades_with_pnl", "trades whose P&L is its own arithmetic", T.AT_LEAST, 1, unit="frac"),
    Row("4.5", "duplicates", "duplicate orders, fills and trades", T.AT_MOST),
    Row("4.6", "learning_processed", "resolved trades whose forecast was scored", T.AT_LEAST, 1, unit="frac"),
    Row("4.7", "metrics_defined", "figures of section 3 that are defined", T.AT_LEAST, 1, unit="frac"),
    Row("5.1", "market_cap_breaches", "breaches of a market's 1 % cap", T.AT_MOST),
    Row("5.2", "cluster_cap_breaches", "breaches of a cluster's 12 % cap", T.AT_MOST),
    Row("5.3", "aggregate_cap_breaches", "breaches of the 40 % cap and of category caps", T.AT_MOST),
    Row("5.4", "near_resolution_fired", "times the near-resolution ratchet fired", T.ABOVE),
    Row("5.5", "rrs_veto_fired", "resolution-risk vetoes", T.ABOVE),
    Row("5.6", "drawdown_recomputed", "the drawdown tracker equals its recomputation", T.TRUE),
)

LIVE: Final = (
    Row("1.1", "paper_gate", "the paper gate is passed on a real feed", T.TRUE),
    Row("1.2", "span_days", "duration", T.AT_LEAST, 21, unit="days"),
    Row("1.3", "interventions", "interventions by a person", T.AT_MOST),
    Row("2.1", "psr_0", "chance that the Sharpe ratio is above 0", T.AT_LEAST, 0.95, unit="frac", sample=30),
    Row("2.1b", "trades_over_min_trl", "trades beyond the minimum track record", T.AT_LEAST, sample=30),
    Row("2.1c", "sharpe_annual", "annual Sharpe ratio, as written", T.AT_LEAST, 2, sample=30, binding=False),
    Row(
        "2.1d",
        "deflated_sharpe",
        "deflated Sharpe over every configuration tried",
        T.AT_LEAST,
        0.95,
        unit="frac",
        sample=30,
        binding=False,
    ),
    Row("2.2", "sortino_annual", "annual Sortino ratio", T.AT_LEAST, 3, sample=30),
    Row("2.3", "win_rate", "win rate", T.AT_LEAST, 0.55, unit="frac", sample=20),
    Row(
        "2.3b",
        "win_rate_lower",
        "its lower Wilson bound",
        T.LOWER_BOUND_ABOVE,
        0.5,
        measure="win_rate",
        unit="frac",
        sample=20,
    ),
    Row("2.4", "profit_factor", "profit factor", T.AT_LEAST, 1.5, sample=20),
    Row("2.5", "brier", "Brier score", T.BELOW, 0.2, sample=50),
    Row("2.6", "max_drawdown", "largest drawdown", T.BELOW, 0.15, unit="frac", sample=30),
    Row("2.7", "calmar", "Calmar ratio", T.AT_LEAST, 2, sample=50),
    Row("2.8", "worst_month", "worst month", T.ABOVE, -0.05, unit="frac", sample=60),
    Row("2.9", "expectancy_usd", "expectancy a trade", T.ABOVE, 1, unit="usd", sample=10),
    Row("2.10", "resolved_trades", "resolved trades", T.AT_LEAST, 300),
    Row(
        "2.11",
        "var_95_bankroll",
        "value at risk of one trade against the bankroll",
        T.BELOW,
        0.03,
        unit="frac",
        sample=40,
    ),
    Row(
        "2.12",
        "sharpe_annual_width",
        "width of the annual Sharpe interval, as written",
        T.BELOW,
        1.5,
        sample=30,
        binding=False,
    ),
    Row("3.1", "client_authenticated", "client authenticated", T.TRUE),
    Row("3.2", "submit_and_cancel", "an order submitted and cancelled", T.TRUE),
    Row("3.3", "reconciliation", "reconciliation works", T.TRUE),
    Row("3.4", "user_feed", "the account's own stream works", T.TRUE),
    Row("3.5", "realised_pnl", "realised P&L is booked", T.TRUE),
    Row("3.6", "clustering", "clustering is deployed", T.TRUE),
    Row("3.7", "clean_stop", "a stop cancels everything", T.TRUE),
    Row("3.8", "container", "the container is deployed", T.TRUE),
    Row("3.9", "alerting", "an alert was delivered", T.TRUE),
    Row("3.10", "feed_uptime", "real feed uptime", T.AT_LEAST, 0.99, unit="frac"),
    Row("4.1", "market_cap_breaches", "breaches of a market's 1 % cap", T.AT_MOST),
    Row("4.2", "cluster_cap_breaches", "breaches of a cluster's 12 % cap", T.AT_MOST),
    Row("4.3", "aggregate_cap_breaches", "breaches of the 40 % cap", T.AT_MOST),
    Row("4.4", "kill_tested", "kill was tested", T.TRUE),
    Row("4.5", "pause_tested", "pause was tested", T.TRUE),
    Row("4.6", "mutations_per_minute_max", "order changes in one minute", T.AT_MOST, 60),
    Row("4.7", "reject_backoff_tested", "five rejects make it back off", T.TRUE),
    Row("4.8", "stale_cancel_tested", "a feed 5 s stale cancels all", T.TRUE),
    Row("4.9", "ruin_probability", "chance of ruin", T.BELOW, 0.001, unit="frac"),
    Row("4.9b", "halving_probability", "chance of a fall by half", T.BELOW, 0.01, unit="frac"),
    Row("4.10", "breaker_tested", "the 10 % breaker was tested", T.TRUE),
    Row("4.11", "stress_contained", "every stress scenario stays within its caps", T.TRUE),
    Row("4.12", "stress_loss_max", "loss of the worst stress scenario, at cost", T.AT_MOST, 0.4, unit="frac"),
    Row("4.13", "stress_five_loss", "loss of five correlated markets, at cost", T.BELOW, 0.12, unit="frac"),
)

REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "crashes": "read restarts in the report; each has its cause in the log",
        "clean_stop": "stop the run with `astra pause`, then SIGTERM",
        "heartbeat_gap_s": "only a run on the wall clock has heartbeats a minute apart",
        "same_seed_same_fills": "run `astra gates paper --repeat-days 3`: the run is lived through again and compared",
        "api_key_validated": "paper trading signs nothing, so no key was checked against the venue",
        "paper_gate": "run `astra paper --feed polymarket` until its gate passes",
        "deflated_sharpe": "hand in how many configurations were tried",
        "client_authenticated": "run `astra doctor`",
        "submit_and_cancel": "rehearse against `astra exchange`",
        "reconciliation": "rehearse against `astra exchange`",
        "user_feed": "rehearse against `astra exchange`",
        "container": "state it in the evidence",
        "alerting": "set ALERT_WEBHOOK_URL and send a test alert",
        "kill_tested": "rehearse against `astra exchange`",
        "pause_tested": "rehearse against `astra exchange`",
        "reject_backoff_tested": "rehearse against `astra exchange --fault reject`",
        "stale_cancel_tested": "rehearse against `astra exchange --fault stall`",
        "ruin_probability": "run `astra ruin`: 10,000 × 1,000 under the run's own caps, on the ledger as it stands",
        "halving_probability": "run `astra ruin`: 10,000 × 1,000 under the run's own caps, on the ledger as it stands",
        "breaker_tested": "run `astra stress`",
        "stress_contained": "run `astra stress` on the ledger as it stands",
        "stress_loss_max": "run `astra stress` on the ledger as it stands",
        "stress_five_loss": "run `astra stress` on the ledger as it stands",
    }
)
