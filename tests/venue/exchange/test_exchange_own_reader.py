"""Astra's own decoder and book read everything a lively exchange says, and agree with what it answers when asked."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from exchange_bench import Bench
from websockets.sync.client import connect

from astra_actors.feeds.polymarket_rest import PolymarketRest
from astra_actors.feeds.stream_params import StreamParams
from astra_actors.market.book import MarketBook
from astra_actors.market.events import BookChanged, BookSnapshot
from astra_actors.market.wire import Decoder

FRAMES = 400


def test_every_frame_is_read_and_every_book_is_the_one_that_rest_shows(tmp_path: Path) -> None:
    with Bench(tmp_path, "--speed", "3000", "--days", "7", "--markets", "24") as bench:
        rest = PolymarketRest(
            StreamParams(gamma_url=bench.hello["gamma"], clob_url=bench.hello["clob"], liquidity_usd_min=0)
        )
        listings = {one.market_id: one for one in rest.discover().listings}
        assert len(listings) >= 4
        books = {market_id: MarketBook(one.instrument) for market_id, one in listings.items()}
        decoder, kinds = Decoder(prove_books=True), Counter[str]()
        proven: list[bool | None] = []
        tokens = [t for one in listings.values() for t in (one.instrument.yes_asset, one.instrument.no_asset)]
        with connect(bench.hello["ws_market"], compression=None, max_size=None) as socket:
            socket.send(json.dumps({"type": "market", "assets_ids": tokens, "custom_feature_enabled": True}))
            for number in range(FRAMES):
                for event in decoder.decode(socket.recv(timeout=20, decode=False), number + 1):
                    kinds[type(event).__name__] += 1
                    if event.market_id in books:
                        books[event.market_id].apply(event)
                        assert not books[event.market_id].crossed or not isinstance(event, BookChanged)
                    if isinstance(event, BookSnapshot):
                        proven.append(event.hash_ok)
        assert decoder.rejected == 0 and decoder.unknown == {}
        assert kinds.keys() >= {"BookSnapshot", "BookChanged", "TradePrinted", "TopQuoted"}
        assert sum(book.resyncs for book in books.values()) <= kinds["TickChanged"]  # nothing else puts a book in doubt
        assert False not in proven and proven.count(True) >= len(tokens)


def test_a_quiet_book_is_the_one_that_rest_shows(bench: Bench) -> None:
    market = bench.market(sets=100)
    rest = PolymarketRest(
        StreamParams(gamma_url=bench.hello["gamma"], clob_url=bench.hello["clob"], liquidity_usd_min=0)
    )
    (listing,) = [one for one in rest.discover(markets_max=5_000).listings if one.market_id == market.cid]
    book, decoder = MarketBook(listing.instrument), Decoder(prove_books=True)
    with connect(bench.hello["ws_market"], compression=None) as socket:
        socket.send(json.dumps({"type": "market", "assets_ids": [market.yes, market.no]}))
        for event in decoder.decode(socket.recv(timeout=10), 1):
            book.apply(event)
        for number, (side, price) in enumerate((("BUY", 0.4), ("SELL", 0.6), ("BUY", 0.41), ("SELL", 0.41))):
            bench.limit(number % 2, market.yes, side, price, 10 + number)
        for number in range(3 + 1 + 2):  # three placements; then a print and both books of the match
            for event in decoder.decode(socket.recv(timeout=10), number + 2):
                book.apply(event)
    shown = rest.book(market.yes, 99)
    assert shown is not None
    assert (book.levels(True), book.levels(False)) == (list(shown.bids), list(shown.asks))
