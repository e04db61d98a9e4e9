"""A live shard without threads or sockets: every word and every moment is handed in, and what it does follows from them."""

from __future__ import annotations

import msgspec
import pytest

from astra_actors.config.load import load_settings, shipped_dir
from astra_actors.engine import live_hearing
from astra_actors.engine.build import FeedSpec, open_live_shard
from astra_actors.engine.live_shard import LiveShard
from astra_actors.engine.messages import OpenMarket, WindowCommand
from astra_actors.feeds.stream_words import Alive, Connected, Disconnected, Failing, Frame, Heard, Subscribed
from astra_actors.kernel.facts import FeedSessionEnded
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.book import BookState
from astra_actors.market.events import PhaseNoted
from astra_actors.market.instrument import Category, Instrument, MarketListing
from astra_actors.reporting.alerts import Alert, AlertKind
from astra_actors.risk.lease import Lease

T0 = 1_795_000_000 * NS_PER_S
MARKET = "0x" + "1" * 64
LISTING = MarketListing(
    instrument=Instrument(market_id=MARKET, yes_asset="11", no_asset="12"),
    question="?", rules="", category=Category.OTHER, event_id="e", close_ns=T0 + 10_000_000 * NS_PER_S,
)  # fmt: skip


def at(seconds: float) -> int:
    return T0 + int(seconds * NS_PER_S)


def command(window: int, seconds: float, *, opens: bool = False, lease: Lease | None = None) -> WindowCommand:
    opened = OpenMarket(listing=LISTING, definition=None, definition_reason="none", clusters=("e",), incarnation=1)
    return WindowCommand(
        window=window, from_ns=at(seconds - 1), to_ns=at(seconds), lease_until_ns=at(seconds + 29),
        leases=(lease,) if lease else (), opens=(opened,) if opens else (),
    )  # fmt: skip


def book(seconds: float, asset_id: str = "11", bid: str = "0.47", ask: str = "0.5") -> Frame:
    frame = {
        "event_type": "book", "market": MARKET, "asset_id": asset_id, "timestamp": str(at(seconds) // 1_000_000),
        "bids": [{"price": bid, "size": "10"}], "asks": [{"price": ask, "size": "10"}],
    }  # fmt: skip
    return Frame(at(seconds), 0, msgspec.json.encode(frame))


@pytest.fixture
def shard() -> LiveShard:
    settings = load_settings(environ={}, files=[shipped_dir() / "feeds" / "polymarket.yaml"])
    shard = open_live_shard(3, FeedSpec(kind="polymarket"), settings)
    shard.run_window(command(1, 0, opens=True))
    shard.hear(Connected(at(0), 0))
    shard.hear(Subscribed(at(0), 0, ("11", "12")))
    return shard


def state(shard: LiveShard) -> BookState:
    return shard.engines[MARKET].book.state


def test_a_new_market_is_handed_to_the_stream_once(shard: LiveShard) -> None:
    assert shard.take_subscriptions() == ([LISTING.instrument], [])
    assert shard.take_subscriptions() == ([], [])


def test_an_answered_ping_keeps_a_quiet_book_fresh_and_silence_does_not(shard: LiveShard) -> None:
    shard.hear(book(1))
    shard.hear(Alive(at(9), 0))
    shard.tick(at(10))
    assert shard.engines[MARKET].book.age_ms(at(10)) == 1_000
    shard.tick(at(14))
    assert shard.engines[MARKET].book.age_ms(at(14)) == 5_000
    assert shard.fresh[MARKET].stale
    shard.hear(Alive(at(15), 0))
    shard.tick(at(15))
    assert not shard.fresh[MARKET].stale


def test_an_event_that_waited_while_time_went_on_happens_when_it_is_taken(shard: LiveShard) -> None:
    shard.hear(book(1))
    shard.tick(at(2))
    shard.hear(book(1.5, bid="0.48"))
    engine = shard.engines[MARKET]
    assert (engine.now_ns, engine.book.best_bid_e4) == (at(2), 4_800)


def test_a_lost_connection_is_a_gap_in_every_book_of_it_and_a_session_on_record(shard: LiveShard) -> None:
    shard.hear(book(1))
    shard.hear(Frame(at(2), 0, b"{"))
    assert state(shard) is BookState.LIVE
    shard.hear(Disconnected(at(60), 0, at(47), "no answer to PING"))
    assert state(shard) is BookState.RESYNC
    _, records = shard.run_window(command(2, 60))
    sessions = [f for f in records.facts if isinstance(f, FeedSessionEnded) and f.connection == "stream:3.0"]
    assert [(s.started_ns, s.ended_ns, s.frames, s.rejected_frames) for s in sessions] == [(at(0), at(47), 2, 1)]
    shard.hear(Disconnected(at(61), 0, at(47), "again"))
    assert not [f for f in shard.run_window(command(3, 61))[1].facts if isinstance(f, FeedSessionEnded)]


def test_a_lapsed_lease_comes_back_with_the_next_window_and_not_before(shard: LiveShard) -> None:
    lease = Lease(lease_id="l", market_id=MARKET, incarnation=1, limit_e10=5, granted_ns=at(1), expires_ns=at(30))
    shard.run_window(command(2, 1, lease=lease))
    engine = shard.engines[MARKET]
    shard.tick(at(29.9))
    assert engine.lease is not None
    shard.tick(at(30))
    assert engine.lease is None
    shard.run_window(command(3, 31))
    assert engine.lease is not None
    assert engine.lease.expires_ns == at(60)


def test_a_note_is_taken_once_and_only_a_proposal_can_be_taken_back(shard: LiveShard) -> None:
    engine = shard.engines[MARKET]

    def note(text: str) -> str:
        shard.hear(Heard(at(1), PhaseNoted(MARKET, at(1), at(1), text)))
        return engine.note

    assert [note(text) for text in ("", "proposed", "disputed", "", "closed", "")] == [
        "", "proposed", "disputed", "", "closed", "closed",
    ]  # fmt: skip


def test_a_venue_that_cannot_be_reached_is_told_to_a_person(shard: LiveShard) -> None:
    shard.hear(Failing(at(5), 0, 10))
    alerts = shard.run_window(command(2, 6))[0].alerts
    assert alerts == (
        Alert(
            kind=AlertKind.FEED_UNREACHABLE,
            scope="shard 3 connection 0",
            message="failed 10 times in a row",
            run_ns=at(5),
        ),
    )
    assert shard.run_window(command(3, 7))[0].alerts == (), "told once"


@pytest.mark.parametrize(("reason", "told"), [("gone", 1), ("scheduled reconnect", 0), ("closed", 0)])
def test_a_lost_connection_is_told_and_one_we_ended_is_not(shard: LiveShard, reason: str, told: int) -> None:
    shard.hear(Disconnected(at(5), 0, at(5), reason))
    alerts = shard.run_window(command(2, 6))[0].alerts
    assert [alert.kind for alert in alerts] == [AlertKind.FEED_DISCONNECTED] * told


@pytest.mark.parametrize(("silent_s", "told"), [(30.0, ["no data for 30 s"]), (0.0, [])])
def test_a_connection_that_is_renewed_for_its_silence_is_told(shard: LiveShard, silent_s: float, told: list) -> None:
    live_hearing.frozen(shard, 0, at(5), silent_s=silent_s)
    assert [alert.message for alert in shard.run_window(command(2, 6))[0].alerts] == told


def test_books_in_doubt_are_asked_for_after_a_second_and_never_while_the_connection_is_down(shard: LiveShard) -> None:
    assert shard.wanted(at(0.9)).books == ()
    assert shard.wanted(at(1)).books == ("11", "12")
    shard.hear(book(1))
    assert shard.wanted(at(2)).books == ()
    assert shard.wanted(at(61)).books == ("11", "12")  # without a quote of ours, once a minute is often enough
    shard.hear(Disconnected(at(62), 0, at(62), "gone"))
    assert shard.wanted(at(200)).books == ()


def test_what_a_shard_hands_out_does_not_change_any_more(shard: LiveShard) -> None:
    result, records = shard.run_window(command(2, 1))
    shard.hear(Frame(at(2), 0, b"{"))
    assert result.counters.rejected_frames == 0
    assert shard.run_window(command(3, 3))[0].counters.rejected_frames == 1
    assert records.window == 2
