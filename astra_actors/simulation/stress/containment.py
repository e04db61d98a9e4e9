"""Losses held against the caps: every cluster, category and the aggregate, the largest market, and the 40 % of P3-2.

What a scope has lost is the sum of its markets' losses at cost; a gain in one market pays for nothing in another. A
market above its own cap is told and decides nothing: what must be contained is what falls together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from astra_actors.kernel.units import usd
from astra_actors.risk.dealing import AGGREGATE, SATELLITE, scopes_of
from astra_actors.risk.limits import RiskLimits, share_e10
from astra_actors.simulation.stress.book import Book
from astra_actors.simulation.stress.losses import CASH, Loss

LOSS_MAX: Final = 0.40  # of what caps are shares of: no scenario may cost more (methods §18.2, P3-2)
CEILING: Final = "all losses"
MARKET: Final = "market"
KINDS: Final = (MARKET, "cluster", "category", SATELLITE, AGGREGATE, CEILING)


@dataclass(frozen=True, slots=True)
class Check:
    """One cap: `scope` is market, cluster, category, satellite, aggregate, or all losses together."""

    scope: str
    name: str
    loss_e10: int
    cap_e10: int

    @property
    def holds(self) -> bool:
        """A loss that is exactly the cap is within it."""
        return self.loss_e10 <= self.cap_e10

    @property
    def decides(self) -> bool:
        """Whether the verdict rests on it."""
        return self.scope != MARKET

    @property
    def use(self) -> float | None:
        """Loss ÷ cap; None where the cap is 0."""
        return self.loss_e10 / self.cap_e10 if self.cap_e10 else None

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """What decides comes first; of that what is broken, then the fullest."""
        return not self.decides, self.holds, -(self.use if self.use is not None else float(self.loss_e10 > 0))

    def to_dict(self) -> dict[str, Any]:
        """The check as JSON holds it."""
        return {
            "scope": self.scope,
            "name": self.name,
            "loss_usd": usd(self.loss_e10),
            "cap_usd": usd(self.cap_e10),
            "use": self.use,
            "decides": self.decides,
            "status": "PASS" if self.holds else "FAIL",
        }


def checks_of(book: Book, losses: Mapping[str, Loss]) -> tuple[Check, ...]:
    """Every cap that the losses touch, the tightest first."""
    base_e10, limits = book.base_e10, book.limits
    sums: dict[str, int] = {AGGREGATE: 0}
    fullest = ("", 0)
    for market_id, loss in losses.items():
        lost_e10 = max(0, loss.cost_e10)
        if market_id == CASH or not lost_e10:
            continue
        for scope in scopes_of(book.markets[market_id].scope, limits):
            sums[scope] = sums.get(scope, 0) + lost_e10
        if lost_e10 > fullest[1]:
            fullest = (market_id, lost_e10)
    found = [_check(scope, lost_e10, base_e10, limits) for scope, lost_e10 in sums.items()]
    found.append(Check(MARKET, fullest[0], fullest[1], share_e10(base_e10, limits.market_cap)))
    total_e10 = sum(loss.cost_e10 for loss in losses.values())
    found.append(Check(CEILING, "", max(0, total_e10), share_e10(base_e10, LOSS_MAX)))
    return tuple(sorted(found, key=lambda check: (*check.rank, check.scope, check.name)))


def uses_of(checks: Iterable[Check]) -> dict[str, float | None]:
    """How much of the fullest cap of each kind is lost; None where no such cap was touched, or it is 0."""
    fullest: dict[str, float | None] = dict.fromkeys(KINDS)
    for check in checks:
        known = fullest[check.scope]
        if check.use is not None and (known is None or check.use > known):
            fullest[check.scope] = check.use
    return fullest


def cap_e10(scope: str, base_e10: int, limits: RiskLimits) -> int:
    """The cap of a scope by the name that the authority gives it."""
    caps = {
        AGGREGATE: limits.aggregate_cap,
        SATELLITE: limits.satellite_cap,
        **{f"category:{name}": cap for name, cap in limits.category_caps},
    }
    return share_e10(base_e10, caps.get(scope, limits.cluster_cap))


def _check(scope: str, lost_e10: int, base_e10: int, limits: RiskLimits) -> Check:
    kind, _, name = scope.partition(":")
    return Check(kind, name, lost_e10, cap_e10(scope, base_e10, limits))
