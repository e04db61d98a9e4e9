"""Discovery and outcomes over HTTP (methods §18.4, §18.14; polymarket §9.4): incomplete answers are no answers."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from live_harness import HandClock, live_settings
from polymarket_server import Venue

from astra_actors.config.settings import Settings
from astra_actors.feeds.polymarket_rest import Discovery, DiscoveryReason, PolymarketRest
from astra_actors.feeds.tape import open_tape
from astra_actors.feeds.venue_http import VenueSilent
from astra_actors.kernel.errors import WireError
from astra_actors.market.events import MarketResolved, PhaseNoted
from supervision.recording import record_markets
from supervision.scout import Scout


@pytest.fixture
def settings(venue: Venue) -> Settings:
    return live_settings(venue, http_attempts=1, body_bytes_max=400_000)


@pytest.fixture
def rest(settings: Settings) -> PolymarketRest:
    return PolymarketRest(settings.stream)


def test_the_catalogue_is_walked_by_cursor_to_its_end(clock: HandClock) -> None:
    with Venue(7, now_ms=clock.ms) as venue:
        discovery = PolymarketRest(live_settings(venue, page_size=3).stream).discover()
        assert discovery.reason is DiscoveryReason.OK
        assert venue.pages == [3, 3, 1]
        assert (discovery.pages, discovery.seen, len(discovery.listings)) == (3, 7, 7)


def test_the_walk_ends_when_enough_is_found(clock: HandClock) -> None:
    with Venue(7, now_ms=clock.ms) as venue:
        discovery = PolymarketRest(live_settings(venue, page_size=3).stream).discover(markets_max=4)
        assert (discovery.ok, len(discovery.listings), venue.pages) == (True, 4, [3, 3])


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("http", DiscoveryReason.HTTP_ERROR),
        ("endless", DiscoveryReason.PAGINATION_EXHAUSTED),
        ("invalid", DiscoveryReason.INVALID_RESPONSE),
    ],
)
def test_an_incomplete_walk_gives_no_list(
    venue: Venue, rest: PolymarketRest, fault: str, reason: DiscoveryReason
) -> None:
    venue.page_fault = fault
    discovery = rest.discover()
    assert (discovery.reason, discovery.listings) == (reason, ())
    assert discovery.detail


def test_an_answer_without_end_is_cut_off(venue: Venue, rest: PolymarketRest) -> None:
    venue.market().extra = {"description": "x" * 500_000}
    assert rest.discover().reason is DiscoveryReason.INVALID_RESPONSE


def test_books_come_with_the_best_level_first_and_a_missing_one_is_missing(venue: Venue, rest: PolymarketRest) -> None:
    yes, no = venue.market().tokens
    found = {snapshot.asset_id: snapshot for snapshot in rest.books([yes, "404", no], 7)}
    assert list(found) == [yes, no]
    assert (found[yes].bids[0], found[yes].asks[0]) == ((4_700, 400_000_000), (5_000, 400_000_000))
    assert (found[no].bids[0], found[no].asks[0]) == ((5_000, 400_000_000), (5_300, 400_000_000))
    assert rest.book(yes, 7) == found[yes]
    assert rest.book("404", 7) is None


def test_the_order_books_word_on_an_end(venue: Venue, rest: PolymarketRest) -> None:
    market, listing = venue.market(), rest.discover().listings[0]
    assert rest.clob_word(listing, 5) is None
    market.accepting = False
    assert rest.clob_word(listing, 5) == PhaseNoted(market.condition_id, 5, 5, "closed")
    market.closed = True
    assert rest.clob_word(listing, 5) == PhaseNoted(market.condition_id, 5, 5, "closed")  # closed is not final
    market.winner = 1
    assert rest.clob_word(listing, 5) == MarketResolved(market.condition_id, 5, 5, "NO", "clob")


def test_the_catalogues_word_on_an_end(venue: Venue, rest: PolymarketRest) -> None:
    market = venue.market()

    def word() -> object:
        return rest.gamma_words([market.condition_id], 5)[0]

    assert word() == PhaseNoted(market.condition_id, 5, 5, "")
    market.uma = "disputed"
    assert word() == PhaseNoted(market.condition_id, 5, 5, "disputed")
    market.closed, market.uma = True, "resolved"
    assert word() == PhaseNoted(market.condition_id, 5, 5, "closed")  # its prices are not clean yet
    market.winner = 0
    assert word() == MarketResolved(market.condition_id, 5, 5, "YES", "gamma")
    market.extra = {"outcomePrices": json.dumps(["0.5", "0.5"])}
    assert word() == MarketResolved(market.condition_id, 5, 5, "VOID", "gamma")
    market.extra = {"outcomePrices": json.dumps(["0", "0"])}  # an old market
    assert word() == PhaseNoted(market.condition_id, 5, 5, "closed")


def test_a_venue_that_is_not_there_is_an_error_and_no_empty_book(settings: Settings) -> None:
    gone = Venue(1, now_ms=lambda: 0)
    with gone:
        stream = live_settings(gone, http_attempts=1).stream
    rest = PolymarketRest(stream)
    with pytest.raises((VenueSilent, WireError)):
        rest.books(["1"], 0)
    assert rest.discover().reason is DiscoveryReason.HTTP_ERROR


def test_a_scout_asks_beside_the_run_and_uses_only_whole_answers(rest: PolymarketRest) -> None:
    whole = rest.discover()
    broken = Discovery(listings=(), reason=DiscoveryReason.TIMEOUT, pages=1, seen=0, detail="late")
    answers = [whole, broken]
    failures: list[str] = []
    at_once = _AtOnce()
    scout = Scout(lambda: answers.pop(0), every_ns=300, now_ns=0, executor=at_once, failed=failures.append)  # type: ignore[arg-type]
    assert scout.poll(299) == ()
    assert at_once.asked == 0
    assert scout.poll(300) == ()  # asked now, answered by the next look
    assert scout.poll(301) == whole.listings
    assert scout.poll(600) == ()
    assert scout.poll(601) == ()
    assert failures == ["discovery_veto: gamma_timeout: late"]


class _AtOnce:
    """An executor that has done its work before it is looked at again."""

    def __init__(self) -> None:
        self.asked = 0

    def submit(self, act):  # type: ignore[no-untyped-def]
        from concurrent.futures import Future

        self.asked += 1
        future: Future[Discovery] = Future()
        future.set_result(act())
        return future


def test_a_recording_keeps_every_frame_and_is_a_tape(
    venue: Venue, rest: PolymarketRest, settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    listings, market, stop = rest.discover().listings, venue.market(), threading.Event()
    answer: dict[str, object] = {}

    def record() -> None:
        answer.update(record_markets(settings, listings, tmp_path, seconds=3_600, stop=stop, now_ns=clock))

    recording = threading.Thread(target=record)
    recording.start()
    venue.wait(lambda: bool(venue.subscribed))
    for number in range(5):
        clock.move(1.0)
        venue.change(market, "BUY", "0.48", str(10 + number))
    venue.send_raw("{broken")
    gate = threading.Event()
    for _ in range(2_000):
        if sum(file.read_bytes().count(b"\n") for file in tmp_path.glob("*.open")) == 7:
            break
        gate.wait(0.005)
    stop.set()
    recording.join(20)
    assert answer["frames"] == 7  # the first books, five changes, and the one that cannot be read
    assert (answer["markets"], answer["connected"]) == (2, 1.0)
    tape = open_tape([tmp_path])
    assert (tape.stats.frames, tape.stats.rejected_frames, tape.stats.markets) == (7, 1, 2)
    assert (tape.stats.entries, tape.end_ns) == (10, clock() + 1)
