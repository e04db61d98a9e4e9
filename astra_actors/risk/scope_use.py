"""How full each cap is: what may be lost in a scope, what could be lost now, and what is set aside there."""

from __future__ import annotations

from dataclasses import dataclass

from astra_actors.risk.authority_state import Saved
from astra_actors.risk.criteria import satellite_halted
from astra_actors.risk.dealing import AGGREGATE, SATELLITE, cap_base_e10
from astra_actors.risk.limits import RiskLimits, share_e10


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeUse:
    """One cap. `scope` is aggregate, cluster, category, satellite or market; of the markets only the fullest one is told."""

    scope: str
    name: str
    cap_e10: int
    exposure_e10: int  # worst cases
    granted_e10: int  # worst cases, or leases that may still be used up to their limit

    @property
    def use(self) -> float | None:
        """Set aside as a share of the cap; None where the cap is 0."""
        return self.granted_e10 / self.cap_e10 if self.cap_e10 else None


def scopes_in_use(saved: Saved, limits: RiskLimits) -> tuple[ScopeUse, ...]:
    """The aggregate, every cluster and capped category by name, and the fullest market; from the last barrier."""
    base_e10 = cap_base_e10(saved, limits, saved.equity.equity_e10)
    worst: dict[str, int] = {AGGREGATE: 0}
    spent: dict[str, int] = {AGGREGATE: 0}
    for account in saved.accounts.values():
        spent_e10 = account.spent_e10
        for scope in account.scopes:
            worst[scope] = worst.get(scope, 0) + account.worst_e10
            spent[scope] = spent.get(scope, 0) + spent_e10
    caps = {"aggregate": limits.aggregate_cap, "cluster": limits.cluster_cap, **_other_caps(saved, limits)}
    uses = [_use(scope, worst[scope], spent[scope], base_e10, caps) for scope in spent]
    return (*uses, *_fullest_market(saved, share_e10(base_e10, limits.market_cap)))


def _other_caps(saved: Saved, limits: RiskLimits) -> dict[str, float]:
    satellite = 0.0 if satellite_halted(saved) else limits.satellite_cap
    return {SATELLITE: satellite, **{f"category:{name}": cap for name, cap in limits.category_caps}}


def _use(scope: str, exposure_e10: int, granted_e10: int, base_e10: int, caps: dict[str, float]) -> ScopeUse:
    kind, _, name = scope.partition(":")
    return ScopeUse(
        scope=kind,
        name=name or "all",
        cap_e10=share_e10(base_e10, caps[scope] if scope in caps else caps[kind]),
        exposure_e10=exposure_e10,
        granted_e10=granted_e10,
    )


def _fullest_market(saved: Saved, cap_e10: int) -> tuple[ScopeUse, ...]:
    if not saved.accounts:
        return ()
    market_id = min(saved.accounts, key=lambda one: (-saved.accounts[one].spent_e10, one))
    account = saved.accounts[market_id]
    return (
        ScopeUse(
            scope="market",
            name=market_id,
            cap_e10=cap_e10,
            exposure_e10=account.worst_e10,
            granted_e10=account.spent_e10,
        ),
    )
