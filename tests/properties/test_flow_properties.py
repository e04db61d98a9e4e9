"""The incremental signals say what the plain formulas say, whatever happens."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from astra_actors.gates.expected_value import ev_gate
from astra_actors.gates.params import EvParams
from astra_actors.gates.quoteability import active_set
from astra_actors.kernel.units import NS_PER_S, SIZE_ONE_E6
from astra_actors.signals.flow import FlowSignals
from astra_actors.signals.ofi import Quote, ofi
from astra_actors.signals.params import SignalParams
from astra_actors.signals.trade_imbalance import TradeImbalance, imbalance
from astra_actors.signals.vpin import VolumeBuckets

SIDES = st.tuples(st.integers(0, 99), st.integers(1, 100), st.integers(1, 500), st.integers(1, 500))
STEPS = st.lists(st.tuples(st.integers(0, 20), SIDES), min_size=1, max_size=60)


def quoted(sides: tuple[int, int, int, int]) -> Quote:
    bid, ask, bid_size, ask_size = sides
    return (bid * 100, bid_size if bid else 0, ask * 100, ask_size if ask < 100 else 0)


@given(STEPS)
def test_ofi_churn_and_jump_agree_with_a_recount(steps: list[tuple[int, tuple[int, int, int, int]]]) -> None:
    flow, now = FlowSignals(SignalParams(window_s=10_000, jump_window_s=10_000)), 0
    quotes: list[Quote] = []
    mids: list[float] = []
    for wait, sides in steps:
        now += wait * NS_PER_S
        bid, bid_size, ask, ask_size = quote = quoted(sides)
        quotes.append(quote)
        if 0 < bid < ask < 10_000:
            mids.append((bid + ask) / 2)
        flow.on_top(
            now, bid or None, bid_size * SIZE_ONE_E6, ask if ask < 10_000 else None, ask_size * SIZE_ONE_E6, 100
        )
    reading = flow.reading(now)
    moves = [abs(new - old) for old, new in pairwise(mids)]
    assert reading.ofi == ofi(quotes)
    assert round(reading.churn_per_s * max(now / NS_PER_S - first_s(steps), 10)) == sum(move > 0 for move in moves)
    assert reading.jump * 10_000 >= max(moves, default=0.0) - 1e-9  # no single move is ever missed
    assert reading.jump * 10_000 <= max(mids, default=0.0) - min(mids, default=0.0) + 1e-9


def first_s(steps: list[tuple[int, tuple[int, int, int, int]]]) -> float:
    return steps[0][0]


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans(), st.integers(1, 1_000)), max_size=80))
def test_trade_window_agrees_with_a_recount(trades: list[tuple[int, bool, int]]) -> None:
    window, now = TradeImbalance(window=20, window_ns=300), 0
    seen: list[tuple[int, bool, int]] = []
    for wait, buys, size in trades:
        now += wait
        window.add(now, buys, size)
        seen.append((now, buys, size))
    kept = [(buys, size) for at, buys, size in seen[-20:] if at >= now - 300]
    bought = sum(size for buys, size in kept if buys)
    assert window.value(now, trades_min=1) == imbalance(bought, sum(size for _, size in kept) - bought)


@given(st.lists(st.tuples(st.integers(1, 400), st.booleans()), max_size=60))
def test_vpin_does_not_depend_on_how_a_trade_is_cut(trades: list[tuple[int, bool]]) -> None:
    whole, halves = VolumeBuckets(100), VolumeBuckets(100)
    for size, buys in trades:
        whole.add(size, float(buys))
        halves.add(size / 2, float(buys))
        halves.add(size / 2, float(buys))
    assert whole.full == halves.full
    value = whole.vpin()
    assert value == halves.vpin()
    assert value is None or 0.0 <= value <= 1.0


@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["", "x", "y"]), st.floats(0, 1)), max_size=20),
    st.integers(1, 5),
    st.integers(1, 3),
)
def test_active_set_keeps_its_bounds(
    scores: list[tuple[str, str | tuple[str, ...], float]], size: int, per_cluster: int
) -> None:
    unique = list({market: (market, cluster, score) for market, cluster, score in scores}.values())
    chosen = active_set(unique, size=size, per_cluster=per_cluster)
    clusters = [cluster for market, cluster, _ in unique if market in chosen and cluster]
    assert len(chosen) <= size
    assert all(clusters.count(cluster) <= per_cluster for cluster in clusters)
    assert chosen == active_set(unique[::-1], size=size, per_cluster=per_cluster)


@given(
    st.booleans(),
    st.integers(1, 9_999),
    st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted),
    st.floats(0.001, 0.2),
    st.floats(1, 5_000),
    st.floats(100, 10_000),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 0.2),
)
def test_nothing_passes_the_edge_gate_beyond_its_size_limit(
    is_bid: bool,
    price: int,
    bounds: list[float],
    spread: float,
    size: float,
    depth: float,
    toxicity: float,
    rrs: float,
    void_p: float,
) -> None:
    p_lo, p, p_hi = bounds
    ev = ev_gate(is_bid, price, p, p_lo, p_hi, spread, size, depth, toxicity, rrs, void_p, EvParams())
    assert ev.net_lb is not None
    assert ev.net_lb < (p_lo if is_bid else 1 - p_hi) - (price if is_bid else 10_000 - price) / 10_000 + 1e-9
    if ev.ok:
        assert size <= ev.size_limit_usd * (1 + 1e-9)
    else:
        assert size >= ev.size_limit_usd * (1 - 1e-9) - 1e-6
