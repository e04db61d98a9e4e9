"""The authority window by window: escrow, caps, shrinking equity, silence, fencing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from astra_actors.kernel.errors import BadInput, ClockWentBack, Fenced
from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.risk.authority import AuthorityDecision, MarketScope, RiskAuthority
from astra_actors.risk.lease import Lease
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.report import MarketReport
from astra_actors.risk.trading_state import TradingMode
from astra_actors.risk.veto import Veto

WINDOW_NS = 600 * 10**9


class Desk:
    """Markets that always report, answer with the lease they hold, and change only where a test says so."""

    def __init__(self, *markets: str, cluster: str = "c", category: str = "sports", **limits: Any) -> None:
        self.authority = RiskAuthority(RiskLimits(**limits), 5000 * USD, 0)
        self.windows = 0
        self.fields: dict[str, dict[str, Any]] = {}
        self.leases: dict[str, Lease] = {}
        for market_id in markets:
            self.authority.register_market(
                MarketScope(market_id=market_id, clusters=(cluster,), category=category, event_id="e"), 1
            )
            self.fields[market_id] = {"wanted_e10": 50 * USD, "hours_to_close": 100.0, "worst_case_e10": 0}

    def say(self, market_id: str, **fields: Any) -> None:
        self.fields[market_id].update(fields)

    def reports(self, now_ns: int, *silent: str) -> list[MarketReport]:
        return [
            MarketReport(
                **{
                    "market_id": market_id,
                    "incarnation": 1,
                    "at_ns": now_ns,
                    "lease_id": self.leases[market_id].lease_id if market_id in self.leases else "",
                    **fields,
                }
            )
            for market_id, fields in self.fields.items()
            if market_id not in silent
        ]

    def window(self, *silent: str) -> AuthorityDecision:
        self.windows += 1
        now_ns = self.windows * WINDOW_NS
        decision = self.authority.on_window(now_ns, self.reports(now_ns, *silent), now_ns + 2 * WINDOW_NS)
        self.leases.update((lease.market_id, lease) for lease in decision.leases if lease.market_id not in silent)
        return decision


def _limits(decision: AuthorityDecision) -> dict[str, int]:
    return {lease.market_id: lease.limit_e10 // USD for lease in decision.leases}


def _kinds(decision: AuthorityDecision) -> list[str]:
    return [event.kind for event in decision.events]


NAMES = tuple(f"m{number:02d}" for number in range(50))


def test_a_market_that_wants_its_cap_gets_one_percent() -> None:
    decision = Desk("a").window()
    assert _limits(decision) == {"a": 50}
    assert decision.leases[0].incarnation == 1
    assert decision.leases[0].expires_ns == 3 * WINDOW_NS
    assert (decision.equity.granted_e10, decision.equity.exposure_e10) == (50 * USD, 0)


@pytest.mark.parametrize(
    ("cluster", "category", "total"),
    [
        pytest.param("c", "sports", 600, id="the cluster cap: 12 % of 5000"),
        pytest.param("", "crypto", 1500, id="the category cap: 30 %"),
        pytest.param("", "sports", 2000, id="the aggregate cap: 40 %"),
    ],
)
def test_fifty_markets_share_what_their_caps_allow(cluster: str, category: str, total: int) -> None:
    desk = Desk()
    for name in NAMES:
        clusters = (cluster,) if cluster else (name,)
        desk.authority.register_market(MarketScope(market_id=name, clusters=clusters, category=category), 1)
        desk.fields[name] = {"wanted_e10": 50 * USD, "hours_to_close": 100.0, "worst_case_e10": 0}
    limits = _limits(desk.window())
    assert sum(limits.values()) == total
    assert [limits[name] for name in NAMES[: total // 50]] == [50] * (total // 50)


def test_budget_comes_back_only_when_the_smaller_lease_is_in_use() -> None:
    desk = Desk(*NAMES[:13])
    assert _limits(desk.window())["m12"] == 0  # twelve fill the cluster
    desk.say("m00", wanted_e10=0)
    given_back = desk.window()
    assert _limits(given_back)["m00"] == 0
    assert _limits(given_back)["m12"] == 0  # m00 may still be using the old lease until it has heard
    assert given_back.revoked == ("m00",)
    assert _limits(desk.window())["m12"] == 50


def test_without_word_of_the_newer_lease_the_old_one_counts_until_it_expires() -> None:
    desk = Desk(*NAMES[:13])
    desk.window()
    desk.say("m00", wanted_e10=0, lease_id="")  # never says which lease it holds
    seen = [_limits(desk.window())["m12"] for _ in range(3)]
    assert seen == [0, 50, 50]  # the lease of the first window ran until the third


def test_an_unchanged_lease_keeps_its_id_and_moves_its_expiry() -> None:
    desk = Desk("a")
    first, second = desk.window().leases[0], desk.window().leases[0]
    assert first.lease_id == second.lease_id
    assert second.expires_ns - first.expires_ns == WINDOW_NS
    desk.say("a", wanted_e10=20 * USD)
    assert desk.window().leases[0].lease_id != first.lease_id


def test_what_stands_is_covered_before_a_better_score_is_served() -> None:
    desk = Desk(*NAMES[:13])
    desk.window()
    for name in NAMES[:12]:
        desk.say(name, worst_case_e10=45 * USD)
    desk.say("m12", score=9.0)
    desk.window()
    limits = _limits(desk.window())
    assert limits["m12"] == 50
    assert sum(limits.values()) == 600
    assert min(limits.values()) == 45


def test_a_silent_market_keeps_its_grant_spent_for_ever() -> None:
    desk = Desk(*NAMES[:13])
    desk.window()
    for _ in range(5):
        limits = _limits(desk.window("m00"))
        assert "m00" not in limits
        assert limits["m12"] == 0


def test_a_new_owner_frees_the_old_grant_with_its_first_report() -> None:
    desk = Desk(*NAMES[:13])
    desk.window()
    desk.authority.set_incarnation("m00", 2)
    stale = desk.window()  # the old owner still speaks
    assert "fenced_report" in _kinds(stale)
    assert _limits(stale)["m12"] == 0
    desk.say("m00", incarnation=2, worst_case_e10=10 * USD, wanted_e10=0, lease_id="")
    fresh = desk.window()
    assert _limits(fresh)["m00"] == 10
    assert _limits(fresh)["m12"] == 40
    assert next(lease.incarnation for lease in fresh.leases if lease.market_id == "m00") == 2


def test_a_market_that_is_done_frees_its_budget_and_leaves_its_cash() -> None:
    desk = Desk(*NAMES[:13])
    desk.window()
    desk.say("m00", done=True, cash_e10=7 * USD)
    decision = desk.window()
    assert _limits(decision)["m12"] == 50
    assert decision.equity.equity_e10 == 5007 * USD
    assert _kinds(desk.window()) == []  # that it is done may be said twice
    assert desk.authority.equity.equity_e10 == 5007 * USD


def test_equity_is_cash_and_marks_of_every_market() -> None:
    desk = Desk("a", "b")
    desk.say("a", cash_e10=-30 * USD, mark_mid_e10=36 * USD, mark_bid_e10=33 * USD, worst_case_e10=30 * USD)
    desk.say("b", cash_e10=4 * USD)
    point = desk.window().equity
    assert (point.equity_e10, point.cash_e10) == (5010 * USD, 4974 * USD)
    assert (point.mark_mid_e10, point.mark_bid_e10, point.exposure_e10) == (36 * USD, 33 * USD, 30 * USD)
    assert (point.peak_e10, point.drawdown) == (5010 * USD, 0.0)
    assert desk.window("a", "b").equity.equity_e10 == 5010 * USD  # as they were last heard


def test_caps_do_not_grow_with_profit_and_shrink_with_loss() -> None:
    desk = Desk("a", "b")
    desk.say("b", cash_e10=100 * USD)
    assert _limits(desk.window())["a"] == 50
    desk.say("b", cash_e10=-100 * USD)
    desk.window()
    assert _limits(desk.window())["a"] == 49


def test_equity_that_falls_under_standing_exposure_is_reducing_and_no_breach() -> None:
    desk = Desk(*NAMES[:13], daily_loss=1.0)
    desk.window()
    for name in NAMES[:12]:
        desk.say(name, worst_case_e10=50 * USD)
    assert desk.window().breaches == 0
    desk.say("m12", cash_e10=-250 * USD)  # caps fall to 47.50 and 570
    decision = desk.window()
    assert decision.breaches == 0
    assert decision.reducing_scopes == ("cluster:c", *(f"market:{name}" for name in NAMES[:12]))
    assert _kinds(decision) == ["scope_reducing"] * 13
    assert _limits(decision) == dict.fromkeys(NAMES[:12], 50) | {"m12": 0}
    assert {lease.reduce_only for lease in decision.leases} == {Veto.EXPOSURE_CAP}
    assert _kinds(desk.window()) == []  # said once


@pytest.mark.parametrize(
    ("worst", "breaches"),
    [pytest.param(50 * USD, 0, id="within the cap"), pytest.param(50 * USD + 1, 1, id="one unit past it")],
)
def test_a_breach_is_counted_when_more_is_reported_than_was_allowed(worst: int, breaches: int) -> None:
    desk = Desk("a")
    desk.window()
    desk.say("a", worst_case_e10=worst)
    decision = desk.window()
    assert decision.breaches == breaches == desk.authority.breaches
    assert [event.scope for event in decision.events if event.kind == "cap_breach"] == ["market:a"] * breaches


def test_thirteen_markets_that_ignore_their_leases_breach_the_cluster() -> None:
    desk = Desk(*NAMES[:13])
    desk.window()
    for name in NAMES[:13]:
        desk.say(name, worst_case_e10=50 * USD)
    decision = desk.window()
    breach = [event for event in decision.events if event.kind == "cap_breach"]
    assert [(event.scope, event.observed, event.limit) for event in breach] == [("cluster:c", 650 * USD, 600 * USD)]


def test_what_a_first_report_finds_standing_is_no_breach_of_ours() -> None:
    desk = Desk("a")
    desk.say("a", worst_case_e10=90 * USD)
    decision = desk.window()
    assert decision.breaches == 0
    assert decision.reducing_scopes == ("market:a",)


def test_near_resolution_halves_the_cap_and_says_so_once() -> None:
    desk = Desk("a", "b")
    desk.say("a", hours_to_close=47.9)
    desk.say("b", hours_to_close=None)
    decision = desk.window()
    assert _limits(decision) == {"a": 25, "b": 25}
    assert _kinds(decision) == ["near_resolution"] * 2
    assert _kinds(desk.window()) == []


@pytest.mark.parametrize(("phase", "limit"), [("watch", 40), ("post_close", 0), ("never heard of", 0)])
def test_phases_cut_the_cap(phase: str, limit: int) -> None:
    desk = Desk("a")
    desk.say("a", phase=phase)
    assert _limits(desk.window()) == {"a": limit}


def test_a_wild_stretch_scales_the_caps_down() -> None:
    desk = Desk("a")
    swings = tuple((n, f"t{n}", 96 * USD * (-1) ** n, 1) for n in range(30))  # ± 1.92 % of equity, target 0.96 %
    desk.say("a", trade_returns=swings)
    decision = desk.window()
    assert desk.authority.scale == pytest.approx(0.5 * (29 / 30) ** 0.5)
    assert _kinds(decision) == ["volatility_scale"]
    assert decision.leases[0].limit_e10 == 245_798_000_000  # 50 × 0.491596 dollars: 0.5·√(29/30)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_in_which_reports_arrive_does_not_matter(seed: int) -> None:
    def play(turn: int) -> dict[str, Any]:
        desk = Desk(*NAMES[:14])
        for number, name in enumerate(NAMES[:14]):
            trades = tuple((n, f"{name}{n}", n * USD, 1) for n in range(number))
            desk.say(name, score=number * seed % 5, wanted_e10=(number * seed % 7) * 9 * USD, trade_returns=trades)
        now_ns = WINDOW_NS
        reports = desk.reports(now_ns)
        desk.authority.on_window(now_ns, reports[turn:] + reports[:turn], now_ns + 2 * WINDOW_NS)
        return desk.authority.snapshot()

    assert play(0) == play(5) == play(13)


def test_a_snapshot_is_json_and_the_restored_authority_goes_on_the_same() -> None:
    desk = Desk(*NAMES[:13])
    desk.say("m03", cash_e10=-300 * USD, trade_returns=((1, "t", -USD, 2 * USD),))
    last = desk.window()
    desk.authority.pause("ann", "lunch")
    saved = json.loads(json.dumps(desk.authority.snapshot()))
    twin = RiskAuthority(RiskLimits(), 1 * USD, 0)
    assert twin != desk.authority
    twin.restore(saved)
    assert twin == desk.authority
    assert twin.last is not None
    assert (twin.last.leases, twin.last.equity) == (last.leases, last.equity)
    reports = desk.reports(2 * WINDOW_NS)
    there = desk.authority.on_window(2 * WINDOW_NS, reports, 4 * WINDOW_NS)
    assert twin.on_window(2 * WINDOW_NS, reports, 4 * WINDOW_NS) == there
    assert twin.snapshot() == desk.authority.snapshot()
    assert there.state.mode is TradingMode.HALTED


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        pytest.param({"incarnation": 0}, "fenced_report", id="a superseded owner"),
        pytest.param({"incarnation": 2}, "fenced_report", id="an owner nobody appointed"),
        pytest.param({"market_id": "b"}, "unknown_market", id="a market nobody registered"),
        pytest.param({"at_ns": 5}, "stale_report", id="older than what was heard"),
    ],
)
def test_reports_that_are_not_heard(fields: dict[str, Any], kind: str) -> None:
    desk = Desk("a")
    desk.window()
    desk.fields["a"] |= {"cash_e10": -1000 * USD, **fields}
    decision = desk.window()
    assert _kinds(decision) == [kind]
    assert decision.leases == ()
    assert decision.equity.equity_e10 == 5000 * USD


def test_misuse_is_refused() -> None:
    desk = Desk("a")
    desk.window()
    with pytest.raises(ClockWentBack):
        desk.authority.on_window(1, [], 2)
    with pytest.raises(BadInput, match="registered once"):
        desk.authority.register_market(MarketScope(market_id="a", clusters=(), category=""))
    with pytest.raises(BadInput, match="bankroll"):
        RiskAuthority(RiskLimits(), 0, 0)
    with pytest.raises(Fenced):
        desk.authority.set_incarnation("a", 0)
