"""Whatever happened, the sums the ledger gives back are those of replaying it fact by fact (promise 4)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from astra_actors.kernel.facts import Fact, MarketSettled, OrderFilled
from astra_actors.ledger.digest import window_digest
from astra_actors.ledger.recovery import positions, recover
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from astra_actors.ledger.verify import verify
from astra_actors.market.instrument import Outcome, Side, Token
from astra_actors.portfolio.position import MarketPosition

MARKETS = ("m1", "m2", "m3")
RUN = RunIdentity(
    run_id="r",
    git_sha="",
    started_at="",
    python_version="",
    config_hash="0" * 64,
    prompt_bundle_hash="0" * 64,
    paper_mode=True,
    feed="world",
    venue="paper",
    seed=0,
)

fills = st.tuples(
    st.sampled_from(MARKETS),
    st.sampled_from(list(Token)),
    st.sampled_from(list(Side)),
    st.integers(1, 9_999),
    st.integers(1, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
)


@settings(max_examples=40)
@given(
    steps=st.lists(fills, max_size=40),
    outcomes=st.dictionaries(st.sampled_from(MARKETS), st.sampled_from(list(Outcome))),
    window_size=st.integers(1, 9),
)
def test_totals_positions_and_replay_agree(
    steps: list[tuple[Any, ...]], outcomes: dict[str, Outcome], window_size: int
) -> None:
    replayed = {market_id: MarketPosition() for market_id in MARKETS}
    facts: list[Fact] = []
    for market_id, token, side, price_e4, size_e6, fee_e10, rebate_e10 in steps:
        position = replayed[market_id]
        held_e6 = position.yes_e6 if token is Token.YES else position.no_e6
        if side is Side.SELL and not held_e6:
            continue
        size_e6 = size_e6 if side is Side.BUY else min(size_e6, held_e6)
        position.apply_fill(
            token, side, price_e4, size_e6, fee_e10
        )  # a rebate is an estimate: no cash, as in the engine
        facts.append(_fill(len(facts), market_id, token, side, price_e4, size_e6, fee_e10, rebate_e10))
    for market_id, outcome in outcomes.items():
        facts.append(_settled(len(facts), market_id, outcome, replayed[market_id].settle(outcome)))

    with tempfile.TemporaryDirectory() as folder, LedgerStore.open(Path(folder) / "l.db") as store:
        store.begin_run(RUN, "{}")
        digest = "0" * 64
        for start in range(0, len(facts), window_size):
            part = facts[start : start + window_size]
            assert store.commit(start, start, part[::-1]) == (digest := window_digest(digest, part))
        state = recover(store.connection, store.lineage)
        back = positions(store.connection, store.lineage, MARKETS)
        assert verify(store.connection, store.lineage) == -(-len(facts) // window_size)

    for market_id, position in replayed.items():
        assert _sums(back[market_id]) == _sums(position)
        assert back[market_id].basis_e10() == position.basis_e10()
        if position.fills:
            assert _sums(state.totals[market_id]) == _sums(position)
    assert state.cash_e10 == sum(position.cash_e10 for position in replayed.values())


def _sums(of: Any) -> tuple[Any, ...]:
    return (of.yes_e6, of.no_e6, of.cash_e10, of.fees_e10, of.fills, of.outcome)


def _fill(n: int, market_id: str, token: Token, side: Side, *numbers: int) -> OrderFilled:
    price_e4, size_e6, fee_e10, rebate_e10 = numbers
    return OrderFilled(
        seq=n,
        market_id=market_id,
        venue_ns=n,
        local_ns=n,
        fill_id=f"f{n}",
        order_id=f"o{n}",
        strategy="s",
        token=token.value,
        side=side.value,
        price_e4=price_e4,
        size_e6=size_e6,
        liquidity="MAKER",
        fee_e10=fee_e10,
        rebate_e10=rebate_e10,
        mid_e4=None,
        adverse_e4=0.0,
        impact_e4=0.0,
        queue_ahead_e6=0,
        traded_at_level_e6=0,
        latency_ms=0.0,
        degraded=False,
    )


def _settled(n: int, market_id: str, outcome: Outcome, payout_e10: int) -> MarketSettled:
    return MarketSettled(
        seq=n,
        market_id=market_id,
        venue_ns=n,
        local_ns=n,
        outcome=outcome.value,
        source_a="a",
        source_b="b",
        payout_e10=payout_e10,
        yes_e6=0,
        no_e6=0,
        pnl_e10=0,
        pnl_pessimistic_e10=0,
        pnl_optimistic_e10=0,
    )
