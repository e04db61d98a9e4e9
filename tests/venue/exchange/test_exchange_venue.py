"""The venue on a clock in the hand: dead man's switch, phases, buckets, faults of time, and the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from exchange_room import NAMES, START_MS, Room

from astra_actors.kernel.errors import LedgerCorrupt, LedgerHeld, LedgerNewer
from astra_actors.venues.exchange.dev_accounts import dev_accounts
from astra_actors.venues.exchange.hub import QUEUE_MAX
from astra_actors.venues.exchange.modes import Buckets, Modes
from astra_actors.venues.exchange.refusal import Refused
from astra_actors.venues.exchange.state import Exchange, Timing
from astra_actors.venues.exchange.store import Store
from astra_actors.venues.exchange.trade import TradeStatus
from astra_actors.venues.exchange.venue import Venue
from astra_actors.venues.rate_tiers import TIERS


class Clock:
    """Milliseconds in the hand."""

    def __init__(self) -> None:
        self.ms = START_MS

    def __call__(self) -> int:
        return self.ms


def venue_of(room: Room, clock: Clock, path: Path | None = None) -> Venue:
    return Venue(room.x, Store(path), clock)


def key_for(venue: Venue, room: Room, who: str) -> str:
    """Ann's orders belong to a real key, so that the venue finds them by it."""
    key = venue.ring.create(f"0x{who}", 0)
    room.wallets[who].signer = key.address
    return key.key


def test_a_heartbeat_that_stops_cancels_every_order_of_its_key() -> None:
    room, clock = Room(), Clock()
    venue = venue_of(room, clock)
    owner = key_for(venue, room, "ann")
    mine, other = room.post("ann", "BUY", "YES", 40, 10), room.post("bob", "BUY", "YES", 40, 10)
    room.order(mine).owner = owner
    key = venue.ring.keys[owner]
    accepted, beat_id = venue.beat(key, "", clock.ms)
    assert accepted and venue.beat(key, "wrong", clock.ms) == (False, beat_id)
    for _ in range(4):  # alive: every five seconds
        clock.ms += 5_000
        venue.tick()
        accepted, beat_id = venue.beat(key, beat_id, clock.ms)
        assert accepted and room.order(mine).open
    clock.ms += 10_000
    venue.tick()
    assert room.order(mine).open  # ten seconds are allowed
    clock.ms += 5_000
    venue.tick()
    assert not room.order(mine).open and room.order(other).open


def test_without_a_first_heartbeat_nobody_is_dead() -> None:
    room, clock = Room(), Clock()
    venue = venue_of(room, clock)
    owner = key_for(venue, room, "ann")
    mine = room.post("ann", "BUY", "YES", 40, 10)
    room.order(mine).owner = owner
    clock.ms += 3_600_000
    venue.tick()
    assert room.order(mine).open


def test_a_restart_refuses_everything_and_then_what_takes() -> None:
    modes = Modes(Timing())
    modes.restart(0)
    seen = []
    for now_ms in (0, 89_999, 90_000, 209_999, 210_000):
        answers = []
        for check in (
            lambda at=now_ms: modes.check_order(at, post_only=False),
            lambda at=now_ms: modes.check_order(at, post_only=True),
            lambda at=now_ms: modes.check_cancel(at),
        ):
            try:
                check()
                answers.append(200)
            except Refused as refused:
                answers.append(refused.status)
        seen.append((modes.named(now_ms), *answers))
    assert seen == [
        ("restarting", 425, 425, 425),
        ("restarting", 425, 425, 425),
        ("post_only", 503, 200, 200),
        ("post_only", 503, 200, 200),
        ("normal", 200, 200, 200),
    ]


def test_a_post_only_refusal_says_how_long() -> None:
    modes = Modes(Timing())
    modes.post_only_until_ms = 5_500
    with pytest.raises(Refused) as refused:
        modes.check_order(0, post_only=False)
    assert refused.value.more == {"code": "post_only_mode", "retry_after_seconds": 6}


def test_buckets_hold_a_burst_and_refill_at_their_rate() -> None:
    buckets = Buckets("standard")
    assert [buckets.take("0xA", "order", 15, 0)[0] for _ in range(5)] == [True, True, True, True, False]
    assert buckets.take("0xa", "order", 1, 24)[0] is False  # 40 a second: one token takes 25 ms
    assert buckets.take("0xa", "order", 1, 25)[0] is True
    assert buckets.take("0xb", "order", 60, 25)[0] is True  # another signer, another bucket
    assert buckets.take("0xb", "order", 61, 10**9)[0] is False  # more than the burst never passes


def test_a_cancel_all_may_leave_a_debt() -> None:
    standard, elite = Buckets("standard"), Buckets("elite")
    for buckets in (standard, elite):
        burst = TIERS[buckets.tier][3]
        assert buckets.take("0xa", "cancel", 1, 0)[0]
        passed, headers = buckets.take("0xa", "cancel", burst + 80, 0, after=True)
        assert passed and headers["Poly-RateLimit-Remaining"] == "0"
    assert standard.take("0xa", "cancel", 1, 1_000)[0] is False  # 79 below zero, 80 a second
    assert standard.take("0xa", "cancel", 1, 1_050)[0] is True
    assert elite.take("0xa", "cancel", 1, 10)[0] is True


def test_the_same_seed_has_the_same_worthless_accounts() -> None:
    first, again, other = dev_accounts(1), dev_accounts(1), dev_accounts(2)
    assert first == again and first[0].private_key != other[0].private_key
    assert sorted(each.signature_type for each in first) == [0, 0, 1, 2, 3]
    assert all((each.funder == each.address) is (each.signature_type == 0) for each in first)
    assert all("worthless" in each.note for each in first)


def test_what_was_committed_comes_back_whole(tmp_path: Path) -> None:
    room, clock = Room(fee_rate="0.05"), Clock()
    venue = venue_of(room, clock, tmp_path / "x.sqlite")
    key = venue.ring.create("0xann", 0)
    resting = room.post("ann", "BUY", "YES", 40, 10)
    room.post("bob", "SELL", "YES", 52, 30)
    dated = room.post("cat", "BUY", "YES", 41, 10, "GTD", expiration_s=START_MS // 1_000 + 600)
    taken = room.post("ann", "BUY", "YES", 52, 10)
    venue.commit()
    before = {name: room.holds(name) for name in NAMES}
    depth = room.depth()
    venue.store.close()  # nothing else is written: what follows is what a killed process leaves

    again = Venue(Exchange(7, timing=room.x.timing), Store(tmp_path / "x.sqlite"), clock)
    x = again.x
    assert again.resumed and again.ring.named(key.key, key.secret, key.passphrase) is not None
    room.x, room.market = x, x.markets["0xc"]
    room.wallets = {name: x.accounts[f"0x{name}"] for name in NAMES}
    assert room.depth() == depth and {name: room.holds(name) for name in NAMES} == before
    assert room.order(resting).open and x.open_of("0xcat")[dated.order_id].open
    trade = x.trades[taken.trades[0]]
    assert trade.status is TradeStatus.MATCHED and x.trades_of["ann"] == [trade.id]
    room.settle()  # the settlement goes on where it was
    assert trade.status is TradeStatus.CONFIRMED
    room.check_conserved()
    room.pass_ms(600_000)
    assert not room.order(dated).open
    assert room.post("ann", "BUY", "YES", 30, 10).status == "live"  # numbers go on, nothing is named twice
    again.commit()
    bought, paid, fees = again.store.query(
        "SELECT sum(size_e6), sum(cash_e6), sum(fee_e6) FROM fills WHERE owner = 'ann' AND side = 'BUY'"
    )[0]
    assert (bought, paid) == (10_000_000, -5_200_000) and fees == x.fees_e6 > 0
    again.store.close()


def test_a_file_belongs_to_one_exchange(tmp_path: Path) -> None:
    first = Store(tmp_path / "x")
    with pytest.raises(LedgerHeld, match="another exchange"):
        Store(tmp_path / "x")
    first.close()
    Store(tmp_path / "x").close()


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"this is no database, and it is long enough to be read as one" * 100)
    with pytest.raises(LedgerCorrupt):
        Store(tmp_path / "bad")
    newer = Store(tmp_path / "new")
    newer.put_meta("version", "99")
    newer.close()
    with pytest.raises(LedgerNewer):
        Store(tmp_path / "new")


@pytest.mark.parametrize(
    ("fault", "mode"), [("restart", "restarting"), ("cancel_only", "cancel_only"), ("disabled", "disabled")]
)
def test_faults_of_time_begin_a_phase(fault: str, mode: str) -> None:
    room, clock = Room(faults={fault: 60.0}), Clock()  # once a second, for sure
    venue = venue_of(room, clock)
    clock.ms += 1_000
    venue.tick()
    assert venue.modes.named(clock.ms) == mode and room.x.faults.struck[fault] == 1


def test_the_venue_may_drop_an_order_as_invalid() -> None:
    room, clock = Room(faults={"venue_cancel": 60.0}), Clock()
    venue = venue_of(room, clock)
    placed = room.post("ann", "BUY", "YES", 40, 10)
    clock.ms += 1_000
    venue.tick()
    assert room.order(placed).standing.value == "INVALID"


def test_a_restart_may_cancel_what_rests() -> None:
    room, clock = Room(switches={"restart_orders": "cancelled"}), Clock()
    venue = venue_of(room, clock)
    placed = room.post("ann", "BUY", "YES", 40, 10)
    venue.restart(clock.ms)
    assert not room.order(placed).open


def test_a_listener_that_falls_behind_is_cut_off() -> None:
    room, clock = Room(), Clock()
    ear = venue_of(room, clock).hub.join()
    for _ in range(QUEUE_MAX + 10):
        ear.put("x")
    assert len(ear.queue) == QUEUE_MAX + 1 and ear.queue[-1] is None


def test_the_clock_may_be_skewed() -> None:
    room, clock = Room(faults={"clock_skew_s": 90.0}), Clock()
    assert venue_of(room, clock).now_ms() == clock.ms + 90_000
