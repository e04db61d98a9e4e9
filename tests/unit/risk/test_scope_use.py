"""How full each cap is, worked out by hand: bankroll 5,000, so 50 a market, 600 a cluster, 1,500 in crypto, 2,000 in all."""

from __future__ import annotations

from astra_actors.kernel.units import usd, usd_e10
from astra_actors.risk.authority import MarketScope, RiskAuthority
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.report import MarketReport

HOUR_NS = 3_600 * 1_000_000_000


def authority() -> RiskAuthority:
    made = RiskAuthority(RiskLimits(), usd_e10(5_000), 0)
    for market_id, category in (("a", "crypto"), ("b", "crypto"), ("c", "sports")):
        made.register_market(MarketScope(market_id=market_id, clusters=(f"k-{category}",), category=category))
    return made


def report(market_id: str, worst_usd: int, wanted_usd: int) -> MarketReport:
    return MarketReport(
        market_id=market_id,
        incarnation=0,
        at_ns=HOUR_NS,
        worst_case_e10=usd_e10(worst_usd),
        wanted_e10=usd_e10(wanted_usd),
        score=1.0,
        hours_to_close=500.0,
    )


def test_before_any_window_only_the_aggregate_is_known_and_empty() -> None:
    made = RiskAuthority(RiskLimits(), usd_e10(5_000), 0)
    assert [(use.scope, use.name, usd(use.cap_e10), use.use) for use in made.scopes()] == [
        ("aggregate", "all", 2_000.0, 0.0)
    ]


def test_each_scope_sums_its_markets() -> None:
    made = authority()
    reports = [report("a", 10, 50), report("b", 20, 20), report("c", 0, 30)]
    made.on_window(HOUR_NS, reports, 2 * HOUR_NS)
    found = {
        (use.scope, use.name): (usd(use.cap_e10), usd(use.exposure_e10), usd(use.granted_e10)) for use in made.scopes()
    }
    assert found == {
        ("aggregate", "all"): (2_000.0, 30.0, 100.0),
        ("cluster", "k-crypto"): (600.0, 30.0, 70.0),
        ("category", "crypto"): (1_500.0, 30.0, 70.0),
        ("cluster", "k-sports"): (600.0, 0.0, 30.0),
        ("market", "a"): (50.0, 10.0, 50.0),
    }
    allowed = made.snapshot()["allowed"]  # what the dealing itself took for the caps: nothing here passes one
    assert {scope: usd(cap_e10) for scope, cap_e10 in allowed.items()} == {
        scope if scope == "aggregate" else f"{scope}:{name}": cap
        for (scope, name), (cap, _, _) in found.items()
        if scope != "market"
    }
    assert made.equity.granted_e10 == usd_e10(100), "the aggregate is what the account has set aside"


def test_a_cap_of_nothing_has_no_share() -> None:
    made = RiskAuthority(RiskLimits(cluster_cap=0.0), usd_e10(5_000), 0)
    made.register_market(MarketScope(market_id="a", clusters=("k",), category="sports"))
    made.on_window(HOUR_NS, [report("a", 0, 0)], 2 * HOUR_NS)
    assert next(use.use for use in made.scopes() if use.scope == "cluster") is None
