"""The kill rules at work: what is measured at a barrier, and what follows when a rule fires."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from astra_actors.kernel.units import NS_PER_S
from astra_actors.portfolio.equity import drawdown_of
from astra_actors.risk.authority_state import RiskEvent, Saved, TradeSample
from astra_actors.risk.kill_rules import KillAction, KillFinding, Measurements, fired
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.report import MarketReport
from astra_actors.risk.trading_state import Hold, Trigger

_CUTS: Final = (KillAction.HALVE_EXPOSURE, KillAction.REDUCE, KillAction.HALT_SATELLITE)


def measure(saved: Saved, reports: Iterable[MarketReport], equity_e10: int, beside: Measurements) -> Measurements:
    """What the rules look at: the portfolio's own numbers, and `beside` them what only others can know."""
    downs = [report.feed_down_ns for report in reports if report.feed_down_ns is not None]
    return Measurements(
        day_loss=saved.day.loss(equity_e10),
        drawdown=drawdown_of(saved.breaker.peak_e10, equity_e10),
        failed_submissions=saved.failures,
        feed_down_s=min(downs) / NS_PER_S if downs else beside.feed_down_s,
        kill_switch=saved.holds.stands(Trigger.KILL),
        sharpe_per_trade=saved.sample.sharpe,
        trades=saved.sample.trades,
        fill_rate_ratio=beside.fill_rate_ratio,
        brier=beside.brier,
        brier_observations=beside.brier_observations,
    )


def count_failures(saved: Saved, reports: Iterable[MarketReport]) -> int:
    """Submissions that failed in this window. One order taken anywhere proves the way to the venue, and ends the row."""
    accepted = failed = 0
    for report in reports:
        accepted, failed = accepted + report.accepted, failed + report.failed
    saved.failures = 0 if accepted else saved.failures + failed
    return failed


def apply(saved: Saved, limits: RiskLimits, measured: Measurements, failed: int, events: list[RiskEvent]) -> None:
    """Do what every rule that fires asks for; one that begins to fire is an event with its numbers."""
    found = fired(measured, limits)
    for finding in found:
        if finding.number not in saved.rules:
            events.append(_event(finding))
        if finding.action is KillAction.COOLDOWN and failed:
            _cool_down(saved, limits, finding)
    _follow_feed(saved, limits, measured)
    unasked = ["6.4"] if measured.feed_down_s is None and "6.4" in saved.rules else []  # no market spoke: it fires on
    firing = tuple(sorted([*unasked, *(finding.number for finding in found)]))
    standing = [rule for rule in saved.cuts if rule != "6.7"]  # that one ends once it is recalibrated, without a review
    cuts = [finding.number for finding in found if finding.action in _CUTS]
    saved.cuts = tuple(sorted(dict.fromkeys((*standing, *cuts))))
    saved.rules = firing


def exposure_factor(saved: Saved, limits: RiskLimits) -> float:
    """What is left of every cap."""
    return limits.exposure_cut if any(rule in saved.cuts for rule in ("6.6", "6.7")) else 1.0


def satellite_halted(saved: Saved) -> bool:
    """Whether satellite strategies may add nothing."""
    return "6.8" in saved.cuts


def review(saved: Saved) -> tuple[str, ...]:
    """A person has looked: cuts end, and rule 6.6 counts trades anew. Returns the rules that had cut."""
    reviewed, saved.cuts, saved.rules = saved.cuts, (), tuple(rule for rule in saved.rules if rule not in saved.cuts)
    if reviewed:
        saved.sample = TradeSample()
    return reviewed


def _cool_down(saved: Saved, limits: RiskLimits, finding: KillFinding) -> None:
    until_ns = saved.now_ns + round(limits.failures_pause_s * NS_PER_S)
    detail = f"{finding.observed:.0f} submissions failed in a row"
    saved.holds.raise_hold(
        Hold(trigger=Trigger.COOLDOWN, at_ns=saved.now_ns, author="authority", detail=detail, until_ns=until_ns)
    )


def _follow_feed(saved: Saved, limits: RiskLimits, measured: Measurements) -> None:
    down_s = measured.feed_down_s
    if down_s is not None and down_s > min(limits.feed_halt_s, limits.feed_log_s):
        detail = f"no market has had a book for {down_s:.0f} s"
        saved.holds.raise_hold(Hold(trigger=Trigger.FEED_DOWN, at_ns=saved.now_ns, author="authority", detail=detail))
    elif down_s is not None:
        saved.holds.lift(Trigger.FEED_DOWN, saved.now_ns, "authority", "the feed is back")


def _event(finding: KillFinding) -> RiskEvent:
    return RiskEvent(
        kind="kill_rule",
        scope=f"rule:{finding.number}",
        observed=finding.observed,
        limit=finding.limit,
        detail=f"{finding.name}: {finding.action.value}; way back: {finding.recovery}",
    )
