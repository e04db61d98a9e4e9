"""How a window's decision becomes leases: caps in money, one claim a market, and escrow for what is dealt out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from astra_actors.kernel.ids import content_id
from astra_actors.risk.allocation import Claim, allocate, check_within
from astra_actors.risk.authority_state import HeldLease, MarketAccount, MarketScope, RiskEvent, Saved
from astra_actors.risk.criteria import exposure_factor, satellite_halted
from astra_actors.risk.lease import Lease
from astra_actors.risk.limits import RiskLimits, market_cap_e10, resolution_factor, share_e10
from astra_actors.risk.report import MarketReport
from astra_actors.risk.trading_state import TradingMode
from astra_actors.risk.veto import Veto

AGGREGATE: Final = "aggregate"
SATELLITE: Final = "satellite"


def scopes_of(scope: MarketScope, limits: RiskLimits) -> tuple[str, ...]:
    """Every cap a market counts against besides its own."""
    capped = [name for name, _ in limits.category_caps]
    names = dict.fromkeys((scope.category, scope.definition_category))
    categories = [f"category:{name}" for name in names if name in capped]
    clusters = [f"cluster:{name}" for name in dict.fromkeys(scope.clusters)]
    satellite = [SATELLITE] if scope.strategy in limits.satellite_strategies else []
    return (AGGREGATE, *clusters, *categories, *satellite)


def cap_base_e10(saved: Saved, limits: RiskLimits, equity_e10: int) -> int:
    """What every cap is a share of: the smaller of bankroll and equity, and what the kill rules leave of it."""
    return share_e10(max(0, min(saved.bankroll_e10, equity_e10)), exposure_factor(saved, limits))


def deal(
    saved: Saved,
    limits: RiskLimits,
    heard: Mapping[str, MarketReport],
    equity_e10: int,
    lease_until_ns: int,
    events: list[RiskEvent],
) -> tuple[tuple[Lease, ...], tuple[str, ...]]:
    """Deal a lease to every market that reported; to all, if everything is halted. Returns leases and revocations.

    Raises `PromiseBroken` where exposure and grants together would pass a cap; nothing of that may be handed out then.
    """
    base_e10 = cap_base_e10(saved, limits, equity_e10)
    halted = saved.holds.state.mode in (TradingMode.HALTED, TradingMode.KILLED)
    claims = _claims(saved, limits, heard, base_e10, events)
    caps = _caps(saved, claims, limits, base_e10)
    dealt = allocate(claims, caps)
    _note_reducing(saved, claims, dealt.reducing_scopes, caps, events)
    _note_reached(saved, dealt.short, caps, events)
    cap_e10 = share_e10(base_e10, limits.market_cap)
    leases: list[Lease] = []
    revoked: list[str] = []
    for claim in claims:
        account = saved.accounts[claim.market_id]
        if not claim.fixed or halted:
            had = account.lease is not None and account.lease.limit_e10 > 0
            lease = _grant(saved, account, claim, lease_until_ns)
            leases.append(lease)
            if had and not lease.limit_e10:
                revoked.append(claim.market_id)
        account.allowed_e10 = max(account.spent_e10, cap_e10)
    _check_escrow(saved, claims, caps, cap_e10)
    saved.allowed = {scope: max(cap, dealt.committed[scope]) for scope, cap in caps.items()}
    return tuple(leases), tuple(revoked)


def _check_escrow(saved: Saved, claims: Sequence[Claim], caps: Mapping[str, int], cap_e10: int) -> None:
    """Count anew what every market may lose now, from the accounts alone, and hold it against every cap."""
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for claim in claims:
        stood_e10, spent_e10 = claim.spent_e10, saved.accounts[claim.market_id].spent_e10
        if spent_e10 > cap_e10:
            own = f"market:{claim.market_id}"
            check_within({own: spent_e10}, {own: cap_e10}, {own: stood_e10})
        for scope in claim.scopes if stood_e10 or spent_e10 else ():
            before[scope] = before.get(scope, 0) + stood_e10
            after[scope] = after.get(scope, 0) + spent_e10
    check_within(after, caps, before)


def _claims(
    saved: Saved, limits: RiskLimits, heard: Mapping[str, MarketReport], base_e10: int, events: list[RiskEvent]
) -> list[Claim]:
    """One claim a market, in order of market id. A market that did not speak keeps what is spent on it."""
    active = saved.holds.state.mode is TradingMode.ACTIVE
    phase_factors = dict(limits.phase_caps)
    caps_e10: dict[float, int] = {}  # by factor: a handful of values for all markets
    claims = []
    for market_id in sorted(saved.accounts):
        account, report = saved.accounts[market_id], heard.get(market_id)
        claim = Claim(market_id, account.scopes, account.spent_e10, account.worst_e10)
        claims.append(claim)
        if report is None:
            claim.fixed, claim.cap_e10 = True, claim.spent_e10
            continue
        phase_factor = phase_factors.get(report.phase, 0.0)
        factor = resolution_factor(report.hours_to_close, phase_factor, limits)
        if factor not in caps_e10:
            caps_e10[factor] = market_cap_e10(base_e10, saved.scale, factor, limits)
        claim.cap_e10 = caps_e10[factor]
        claim.score = report.score
        if active:
            claim.wanted_e10 = report.wanted_e10
        if factor < phase_factor and not account.near:
            events.append(_near(report, limits))
        account.near = factor < phase_factor
    return claims


def _caps(saved: Saved, claims: Sequence[Claim], limits: RiskLimits, base_e10: int) -> dict[str, int]:
    by_category = {f"category:{name}": share_e10(base_e10, cap) for name, cap in limits.category_caps}
    by_category[SATELLITE] = 0 if satellite_halted(saved) else share_e10(base_e10, limits.satellite_cap)
    cluster_e10 = share_e10(base_e10, limits.cluster_cap)
    caps = {AGGREGATE: share_e10(base_e10, limits.aggregate_cap)}
    for claim in claims:
        for scope in claim.scopes:
            if scope not in caps:
                caps[scope] = by_category.get(scope, cluster_e10)
    return caps


def _grant(saved: Saved, account: MarketAccount, claim: Claim, lease_until_ns: int) -> Lease:
    """The same terms keep their id and are renewed; new terms are a new lease, and the old one stays in escrow."""
    limit_e10, reduce_only = _terms(saved, claim)
    known = account.lease
    if (
        known is not None
        and account.held
        and account.held[-1].lease_id == known.lease_id
        and (known.limit_e10, known.reduce_only, known.incarnation) == (limit_e10, reduce_only, account.incarnation)
    ):
        account.held[-1].expires_ns = lease_until_ns
        account.lease = known.until(lease_until_ns)
        return account.lease
    account.lease = Lease(
        lease_id=content_id(
            "lease",
            claim.market_id,
            account.incarnation,
            saved.now_ns,
            limit_e10,
            reduce_only.name if reduce_only else "",
        ),
        market_id=claim.market_id,
        incarnation=account.incarnation,
        limit_e10=limit_e10,
        granted_ns=saved.now_ns,
        expires_ns=lease_until_ns,
        reduce_only=reduce_only,
    )
    account.held = [*account.held, HeldLease(account.lease.lease_id, limit_e10, lease_until_ns)]
    return account.lease


def _terms(saved: Saved, claim: Claim) -> tuple[int, Veto | None]:
    state = saved.holds.state
    if state.mode in (TradingMode.HALTED, TradingMode.KILLED):
        return 0, None
    if state.mode is TradingMode.REDUCING:
        return claim.worst_e10, state.veto
    return claim.limit_e10, Veto.EXPOSURE_CAP if claim.reducing else None


def _note_reducing(
    saved: Saved,
    claims: Sequence[Claim],
    scopes: Sequence[str],
    caps: Mapping[str, int],
    events: list[RiskEvent],
) -> None:
    markets = {f"market:{claim.market_id}": claim for claim in claims if claim.worst_e10 > claim.cap_e10}
    reducing = (*scopes, *markets)
    for scope in reducing:
        if scope not in saved.reducing_scopes:
            worst_e10 = (
                markets[scope].worst_e10
                if scope in markets
                else sum(claim.worst_e10 for claim in claims if scope in claim.scopes)
            )
            cap_e10 = markets[scope].cap_e10 if scope in markets else caps[scope]
            events.append(
                RiskEvent(
                    kind="scope_reducing",
                    scope=scope,
                    observed=worst_e10,
                    limit=cap_e10,
                    detail="its cap has shrunk under what stands; no new grants here",
                )
            )
    saved.reducing_scopes = reducing


def _note_reached(saved: Saved, short: Mapping[str, int], caps: Mapping[str, int], events: list[RiskEvent]) -> None:
    """A cap that is used up and keeps markets waiting is said once, with what would have stood without it."""
    events += [
        RiskEvent(
            kind="cap_reached",
            scope=scope,
            observed=caps[scope] + short[scope],
            limit=caps[scope],
            detail="what markets would like, against the cap; who comes too late has no lease or a smaller one",
        )
        for scope in sorted(short)
        if scope not in saved.reached
    ]
    saved.reached = tuple(sorted(short))


def _near(report: MarketReport, limits: RiskLimits) -> RiskEvent:
    hours = report.hours_to_close
    return RiskEvent(
        kind="near_resolution",
        scope=f"market:{report.market_id}",
        observed=-1.0 if hours is None else hours,
        limit=limits.near_resolution_hours,
        detail="hours to close unknown" if hours is None else "hours to close",
    )
