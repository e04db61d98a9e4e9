"""The settings of a live run within its warm-up phase, and with an overridden gate: both only tighten (methods §18.13)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from astra_actors.risk.limits import RiskLimits
from astra_actors.venues.clob.phases import PHASES, Phase

if TYPE_CHECKING:
    from astra_actors.config.settings import Settings

HALVED: Final = Decimal("0.5")  # what an override leaves of the bankroll


@dataclass(frozen=True, slots=True)
class Tightened:
    """One limit that is lower than the settings say, and why."""

    name: str
    old: Any
    new: Any
    why: str

    def __str__(self) -> str:
        return f"{self.name}: {self.old} → {self.new} ({self.why})"


def warmed_up(settings: Settings, overridden: Iterable[str] = ()) -> tuple[Settings, list[Tightened]]:
    """The settings that trade in `live.phase`, and what differs. `overridden` are the rows of the gate that did not pass.

    The result is a fixed point for the same phase: handed in again without overrides, nothing changes any more.
    """
    phase = PHASES[settings.live.phase]
    told: list[Tightened] = []
    tighter = _in_phase(settings, phase, told)
    areas = sorted({item.partition(".")[0] for item in overridden})
    return (_overridden(tighter, areas, told) if areas else tighter), told


def caps_usd(settings: Settings) -> dict[str, Decimal]:
    """The caps in dollars, at the bankroll that the run begins with."""
    risk, bankroll = settings.risk, settings.run.bankroll_usd
    shares = {
        "market": risk.market_cap,
        "cluster": risk.cluster_cap,
        "all markets": risk.aggregate_cap,
        "loss of a day": risk.daily_loss,
        "fall from the peak: no entries": risk.drawdown_on,
        "fall from the peak: halt": risk.drawdown_halt,
    }
    return {name: round(bankroll * Decimal(str(share)), 2) for name, share in shares.items()}


def _in_phase(settings: Settings, phase: Phase, told: list[Tightened]) -> Settings:
    run, risk, why = settings.run, settings.risk, f"phase {phase.name}"
    bankroll = run.bankroll_usd if phase.bankroll_usd is None else min(run.bankroll_usd, Decimal(phase.bankroll_usd))
    changed: dict[str, Any] = {}
    if phase.observe_only:
        changed["aggregate_cap"] = 0.0
    if phase.market_usd_max is not None:
        market_usd = min(run.bankroll_usd * Decimal(str(risk.market_cap)), Decimal(phase.market_usd_max))
        changed["market_cap"] = float(market_usd / bankroll)  # a larger share of less money, never more dollars
    if phase.loss_usd_max is not None:
        changed |= _halting_at(risk, phase.loss_usd_max / float(bankroll))
    tighter = settings.model_copy(
        update={
            "run": replace(run, bankroll_usd=bankroll),
            "risk": replace(risk, **changed),
            "gates": _fewer_markets(settings, phase.markets_max),
        }
    )
    _tell(settings, tighter, why, told)
    return tighter


def _halting_at(risk: RiskLimits, share: float) -> dict[str, float]:
    """Halt there; where entries end and begin again moves with it."""
    halt = min(risk.drawdown_halt, share)
    scale = halt / risk.drawdown_halt
    return {
        "drawdown_halt": halt,
        "drawdown_on": _floored(risk.drawdown_on * scale),
        "drawdown_off": _floored(risk.drawdown_off * scale),
    }


def _floored(share: float) -> float:
    """In parts per million, as shares are compared; never more than it was."""
    return math.floor(share * 1e6) / 1e6


def _fewer_markets(settings: Settings, markets_max: int | None) -> Any:
    gates = settings.gates
    fewer = replace(gates.market.quoteability, active_markets=_least(_active(settings), markets_max))
    return replace(gates, market=replace(gates.market, quoteability=fewer))


# What an override tightens, by the area of the rows that did not pass: section of §18.13 → kill rule, why.
_KILL_RULES: Final = {
    "1": (("aggregate_cap", "paper has not shown enough: half of the money may be out"),),
    "2": (("daily_loss", "the edge is not shown: half of a day's loss ends it"),),
    "3": (
        ("failures_max", "a part was not seen working: the first failed submission stops new orders"),
        ("feed_halt_s", "a part was not seen working: half the patience with the feed"),
    ),
    "4": (
        ("drawdown_on", "a safeguard was not seen working: half of the fall from the peak"),
        ("drawdown_off", "a safeguard was not seen working"),
        ("drawdown_halt", "a safeguard was not seen working"),
    ),
}


def _overridden(settings: Settings, areas: list[str], told: list[Tightened]) -> Settings:
    run, risk = settings.run, settings.risk
    for area in areas:
        for name, why in _KILL_RULES.get(area, ()):
            old: Any = getattr(risk, name)
            new: Any = 1 if name == "failures_max" else old / 2
            risk = replace(risk, **{name: new})
            if new != old:
                told.append(Tightened(f"risk.{name}", old, new, f"gate overridden: {why}"))
    bankroll = run.bankroll_usd * HALVED
    told.append(Tightened("run.bankroll_usd", run.bankroll_usd, bankroll, "gate overridden: half of the money"))
    market_usd = run.bankroll_usd * Decimal(str(risk.market_cap))
    risk = replace(risk, market_cap=min(1.0, max(risk.market_cap, _room(market_usd, bankroll))))
    return settings.model_copy(update={"run": replace(run, bankroll_usd=bankroll), "risk": risk})


def _room(market_usd: Decimal, bankroll: Decimal) -> float:
    """The venue's least order must stay possible in a small account: five dollars at most, and never more than before."""
    return float(min(market_usd, Decimal(5)) / bankroll)


def _least(value: int, at_most: int | None) -> int:
    return value if at_most is None else min(value, at_most)


def _active(settings: Settings) -> int:
    return settings.gates.market.quoteability.active_markets


def _tell(before: Settings, after: Settings, why: str, told: list[Tightened]) -> None:
    pairs = (
        ("run.bankroll_usd", before.run.bankroll_usd, after.run.bankroll_usd),
        ("gates.market.quoteability.active_markets", _active(before), _active(after)),
        *((f"risk.{name}", getattr(before.risk, name), getattr(after.risk, name)) for name in _RISK_OF_A_PHASE),
    )
    told.extend(Tightened(name, old, new, why) for name, old, new in pairs if old != new)


_RISK_OF_A_PHASE: Final = ("market_cap", "aggregate_cap", "drawdown_on", "drawdown_off", "drawdown_halt")
