"""What research assigns is what the risk authority caps: a market counts in every one of its clusters."""

from __future__ import annotations

from few_entities import small

from astra_actors.clustering.assign import Clusterer, MarketWords
from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.risk.authority import MarketScope, RiskAuthority
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.report import MarketReport

CAP_USD = 600  # 12 % of 5,000
QUESTIONS = {
    "both": [f"Will Trump name a Fed governor by May {day}?" for day in range(1, 7)],
    "fed": [f"Will the Fed cut on June {day}?" for day in range(1, 13)],
    "trump": [f"Will Trump speak on June {day}?" for day in range(1, 13)],
    "neither": ["Bitcoin above 90,000?", "Will Trump Tower be sold?"],
}


def dealt() -> dict[str, dict[str, int]]:
    """What each market may lose, in dollars, by kind, when all of them want their whole cap of 50."""
    clusterer = Clusterer(small())
    authority = RiskAuthority(RiskLimits(), 5_000 * USD, 0)
    reports = []
    for kind, questions in QUESTIONS.items():
        for number, question in enumerate(questions):
            market_id = f"{kind}-{number:02d}"
            clusters = clusterer.assign(MarketWords(market_id=market_id, question=question)).clusters
            authority.register_market(MarketScope(market_id=market_id, clusters=clusters, category="other"), 1)
            score = 2.0 if kind == "both" else 1.0
            report = {"worst_case_e10": 0, "wanted_e10": 50 * USD, "hours_to_close": 100.0, "score": score}
            reports.append(MarketReport(market_id=market_id, incarnation=1, at_ns=1, lease_id="", **report))
    found: dict[str, dict[str, int]] = {kind: {} for kind in QUESTIONS}
    for lease in authority.on_window(1, reports, 1_000).leases:
        found[lease.market_id.rpartition("-")[0]][lease.market_id] = lease.limit_e10 // USD
    return found


def test_a_market_of_two_clusters_uses_up_both_caps() -> None:
    sums = {kind: sum(limits.values()) for kind, limits in dealt().items()}
    assert sums["both"] == 300, "six markets at 50"
    assert sums["both"] + sums["fed"] == CAP_USD
    assert sums["both"] + sums["trump"] == CAP_USD
    assert sums["neither"] == 100, "a look-alike pays for nobody else"
