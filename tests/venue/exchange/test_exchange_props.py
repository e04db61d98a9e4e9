"""Properties: whatever is traded, split, merged, cancelled and settled, money is conserved and the book never crosses."""

from __future__ import annotations

from typing import Any

from exchange_room import NAMES, Room
from hypothesis import given, settings
from hypothesis import strategies as st

from astra_actors.kernel.errors import BadInput
from astra_actors.venues.exchange import positions, resolving
from astra_actors.venues.exchange.cancelling import cancel_where
from astra_actors.venues.exchange.switches import CHOICES

who = st.sampled_from(NAMES)
order = st.tuples(
    st.just("order"),
    who,
    st.sampled_from(("BUY", "SELL")),
    st.sampled_from(("YES", "NO")),
    st.integers(1, 99),
    st.integers(500, 3_000).map(lambda cents: cents / 100),
    st.sampled_from(("GTC", "GTC", "GTC", "FOK", "FAK")),
    st.booleans(),
)
deed = st.one_of(
    order,
    order,
    order,
    st.tuples(st.just("cancel"), who),
    st.tuples(st.just("pass"), st.integers(0, 3_000)),
    st.tuples(st.sampled_from(("split", "merge")), who, st.integers(1, 50_000_000)),
)
rules = st.fixed_dictionaries(
    {name: st.sampled_from(CHOICES[name]) for name in ("self_trade", "marketable_buy", "fee_rounding")}
)
faults = st.fixed_dictionaries(
    {name: st.sampled_from((0.0, 0.4)) for name in ("ghost_fill", "retrying", "stuck_settlement", "stale_balance")}
)


def play(room: Room, deeds: list[tuple[Any, ...]]) -> None:
    for what, *rest in deeds:
        if what == "order":
            name, side, outcome, cents, shares, kind, post_only = rest
            room.refused(name, side, outcome, cents, shares, kind, post_only=post_only and kind == "GTC")
        elif what == "cancel":
            cancel_where(room.x, rest[0], room.wallets[rest[0]].address, room.now_ms)
        elif what == "pass":
            room.pass_ms(rest[0])
        else:
            act = positions.split if what == "split" else positions.merge
            try:
                act(room.x, room.wallets[rest[0]], room.market, rest[1])
            except BadInput:
                continue


@given(deeds=st.lists(deed, max_size=40), switches=rules, struck=faults, fee=st.sampled_from(("0", "0.07")))
@settings(max_examples=120)
def test_nothing_is_made_or_lost(
    deeds: list[tuple[Any, ...]], switches: dict[str, str], struck: dict[str, float], fee: str
) -> None:
    room = Room(switches=switches, faults=struck, fee_rate=fee, usd=50, sets=20)
    for at in range(0, len(deeds), 5):
        play(room, deeds[at : at + 5])
        room.check_conserved()
        bid, ask = room.x.books["0xc"].top(yes=True)
        own = switches["self_trade"] == "skip"  # then one's own orders may stand across each other
        assert own or bid is None or ask is None or bid < ask
    room.settle()
    room.check_conserved()


@given(deeds=st.lists(deed, max_size=30), outcome=st.sampled_from(("YES", "NO", "VOID")))
@settings(max_examples=60)
def test_a_resolution_pays_out_exactly_what_was_escrowed(deeds: list[tuple[Any, ...]], outcome: str) -> None:
    room = Room(usd=50, sets=20)
    play(room, deeds)
    room.settle()
    resolving.resolve(room.x, room.market, outcome, room.now_ms)
    for account in room.wallets.values():
        positions.redeem(room.x, account, room.market)
    room.check_conserved()
    assert 0 <= room.x.escrow_e6 <= len(NAMES)  # a void of an odd number leaves half a micro-dollar a wallet


@given(deeds=st.lists(deed, max_size=30))
@settings(max_examples=60)
def test_totals_of_levels_are_the_sums_of_their_orders(deeds: list[tuple[Any, ...]]) -> None:
    room = Room()
    play(room, deeds)
    for side in (room.x.books["0xc"].bids, room.x.books["0xc"].asks):
        assert side.totals == {p: sum(o.left_e6 for o in level.values()) for p, level in side.levels.items()}
        assert sorted(side.levels) == sorted(side.prices())
    resting = [order.id for held in room.x.open.values() for order in held.values()]
    booked = [
        o.id
        for s in (room.x.books["0xc"].bids, room.x.books["0xc"].asks)
        for v in s.levels.values()
        for o in v.values()
    ]
    assert sorted(resting) == sorted(booked)
