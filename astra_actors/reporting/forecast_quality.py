"""How good the forecasts were, beside the market's own price at the same moments (methods §10.4–10.7).

The entry score takes the estimate each resolved trade was entered on; the forecast score takes, for each settled
market, the last estimate that stood before its close less the lead time. Voided markets are left out and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from astra_actors.kernel.errors import BadInput
from astra_actors.metrics.brier import brier, calibration, log_score, overconfidence, rolling_brier, skill
from astra_actors.metrics.confidence import Z_975
from astra_actors.metrics.reliability_table import reliability_table
from astra_actors.metrics.stat import Stat
from astra_actors.reporting.ledger_rows import EntryForecast, MarketForecast

ROLLING: Final = 50  # resolutions in the rolling score
ALERT_ABOVE: Final = 0.25
KILL_ABOVE: Final = 0.30
_YES: Final = {"YES": 1, "NO": 0}


def entry_quality(entries: Sequence[EntryForecast]) -> dict[str, Any]:
    """The score of what was traded on, in order of resolution."""
    settled = [e for e in entries if e.outcome in _YES]
    scored = [(e.p, e.market_p, _YES[e.outcome], e.event_id) for e in settled if e.p is not None]
    return _quality(scored, voided=len(entries) - len(settled), unscored=len(settled) - len(scored))


def forecast_quality(forecasts: Sequence[MarketForecast]) -> dict[str, Any]:
    """The score of one forecast a market, in order of resolution."""
    settled = [f for f in forecasts if f.outcome in _YES]
    scored = [(f.p, f.market_p, _YES[f.outcome], f.event_id) for f in settled if f.p is not None]
    return _quality(scored, voided=len(forecasts) - len(settled), unscored=len(settled) - len(scored))


def brier_stat(quality: dict[str, Any], key: str = "brier") -> Stat:
    """One figure of a quality table as a `Stat` again."""
    found = quality[key]
    if not isinstance(found, Stat):
        raise BadInput("key", key, "name a figure, not a count or a table")
    return found


def _quality(
    scored: Sequence[tuple[float | None, float | None, int, str]], *, voided: int, unscored: int
) -> dict[str, Any]:
    p = [row[0] for row in scored if row[0] is not None]
    y = [row[2] for row in scored]
    paired = [(q, m, o, e) for q, m, o, e in scored if q is not None and m is not None]
    ours, theirs = [row[0] for row in paired], [row[1] for row in paired]
    outcomes, events = [row[2] for row in paired], [row[3] for row in paired]
    own, same, market = brier(p, y), brier(ours, outcomes), brier(theirs, outcomes)
    gains = skill(ours, theirs, outcomes, events)
    expected = calibration(p, y)
    rolling = rolling_brier(p, y, ROLLING)
    reason = "no resolved forecast" if not p else ""
    return {
        "n": own.n,
        "voided": voided,
        "unscored": unscored,
        "brier": _with_interval(own.score, own.se, own.n).gated("brier"),
        "brier_paired": _with_interval(same.score, same.se, same.n).gated("brier"),
        "brier_market": _with_interval(market.score, market.se, market.n).gated("brier"),
        "expected": _stat(expected.expected, own.n, reason),
        "calibration_p": _stat(expected.p_value, own.n, reason or "every forecast is certain or one half"),
        "log_score": _stat(log_score(p, y), own.n, reason),
        "skill": _stat(gains.skill, gains.n, "no forecast with the market's price beside it").gated("brier"),
        "skill_p": _stat(gains.p_value, gains.n, "needs two events whose gains differ"),
        "mean_gain": _stat(gains.mean_gain, gains.n, "no forecast with the market's price beside it"),
        "events": gains.clusters,
        "overconfidence": _stat(overconfidence(p, y), own.n, reason),
        "rolling": _stat(rolling[-1] if rolling else None, own.n, f"needs {ROLLING} resolutions"),
        "rolling_state": _rolling_state(rolling),
        "reliability": [asdict(row) for row in reliability_table(p, y).bins],
    }


def _rolling_state(rolling: Sequence[float]) -> str:
    if not rolling:
        return "unknown"
    return "kill" if rolling[-1] > KILL_ABOVE else "alert" if rolling[-1] > ALERT_ABOVE else "ok"


def _with_interval(value: float | None, se: float | None, n: int) -> Stat:
    if value is None:
        return Stat.none(n, "no resolved forecast")
    reach = None if se is None else Z_975 * se
    return Stat(value, n) if reach is None else Stat(value, n, value - reach, value + reach)


def _stat(value: float | None, n: int, reason: str) -> Stat:
    return Stat(value, n) if value is not None else Stat.none(n, reason or "undefined for these forecasts")
