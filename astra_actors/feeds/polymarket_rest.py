"""What the venue answers when asked: which markets there are, what their books hold, and how they ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final

import msgspec

from astra_actors.feeds.gamma_listing import LeftOut, listing_of
from astra_actors.feeds.gamma_wire import GammaMarket, Page, read_market, read_page, text_list
from astra_actors.feeds.stream_params import StreamParams
from astra_actors.feeds.venue_http import VenueHttp, VenueSilent
from astra_actors.kernel.errors import AstraError, WireError
from astra_actors.market.events import BookSnapshot, Event, MarketResolved, PhaseNoted
from astra_actors.market.instrument import MarketListing
from astra_actors.market.wire import Decoder

CLOB: Final = "clob"
GAMMA: Final = "gamma"
_NOTED: Final = {"proposed": "proposed", "disputed": "disputed"}
_PRICED: Final[dict[tuple[str, ...], str]] = {("1", "0"): "YES", ("0", "1"): "NO", ("0.5", "0.5"): "VOID"}
_BATCH: Final = 50  # condition ids of one question; the venue takes a hundred, and an address has a length


@unique
class DiscoveryReason(Enum):
    """How a discovery ended (methods §18.4); everything but OK means that its list is not to be used."""

    OK = "discovery_ok"
    HTTP_ERROR = "discovery_veto: gamma_http_error"
    TIMEOUT = "discovery_veto: gamma_timeout"
    PAGINATION_EXHAUSTED = "discovery_veto: pagination_exhausted"
    INVALID_RESPONSE = "discovery_veto: invalid_response"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The markets found, most liquid first, and what was left out and why."""

    listings: tuple[MarketListing, ...]
    reason: DiscoveryReason
    pages: int
    seen: int
    left_out: dict[LeftOut, int] = field(default_factory=dict)
    detail: str = ""

    @property
    def ok(self) -> bool:
        """Whether the list may be used."""
        return self.reason is DiscoveryReason.OK


class _ClobToken(msgspec.Struct, frozen=True):
    token_id: str = ""
    winner: bool | None = None


class _ClobMarket(msgspec.Struct, frozen=True):
    closed: bool = False
    accepting_orders: bool | None = None
    is_50_50_outcome: bool | None = None
    tokens: list[_ClobToken] = []


_CLOB_MARKET: Final = msgspec.json.Decoder(_ClobMarket)
_BOOKS: Final = msgspec.json.Decoder(list[dict[str, object]])


class PolymarketRest:
    """Public questions, no keys. Blocks; what cannot be read raises, and is never taken for an empty answer."""

    def __init__(self, params: StreamParams, http: VenueHttp | None = None) -> None:
        self._params = params
        self.http = http or VenueHttp(params)

    def discover(self, markets_max: int | None = None) -> Discovery:
        """Walk the catalogue by cursor until it ends or enough markets are found; an incomplete walk gives no list."""
        most = self._params.markets_max if markets_max is None else markets_max
        found: dict[str, MarketListing] = {}
        left: Counter[LeftOut] = Counter()
        pages = seen = 0
        reason, detail = DiscoveryReason.OK, ""
        try:
            for page in self._pages():
                pages += 1
                seen += len(page.markets)
                for raw in page.markets:
                    listing = self._listed(raw)
                    if isinstance(listing, LeftOut):
                        left[listing] += 1
                    else:
                        found.setdefault(listing.market_id, listing)
                if len(found) >= most:
                    break
        except VenueSilent as error:
            reason, detail = DiscoveryReason.TIMEOUT if error.timeout else DiscoveryReason.HTTP_ERROR, str(error)
        except WireError as error:
            reason, detail = DiscoveryReason.INVALID_RESPONSE, str(error)
        except _TooManyPages:
            reason, detail = DiscoveryReason.PAGINATION_EXHAUSTED, f"{pages} pages and no end"
        listings = tuple(found.values())[:most] if reason is DiscoveryReason.OK else ()
        return Discovery(listings=listings, reason=reason, pages=pages, seen=seen, left_out=dict(left), detail=detail)

    def books(self, asset_ids: Sequence[str], local_ns: int) -> list[BookSnapshot]:
        """The books of these tokens as snapshots; a token without a book is not among them."""
        found: list[BookSnapshot] = []
        for start in range(0, len(asset_ids), self._params.books_per_request):
            part = asset_ids[start : start + self._params.books_per_request]
            body = self.http.post(f"{self._params.clob_url}/books", [{"token_id": asset_id} for asset_id in part])
            found += _snapshots(body, local_ns)
        return found

    def book(self, asset_id: str, local_ns: int) -> BookSnapshot | None:
        """The book of one token, None when the venue has none."""
        try:
            body = self.http.get(f"{self._params.clob_url}/book", [("token_id", asset_id)])
        except VenueSilent as error:
            if error.status == 404:
                return None
            raise
        return next(iter(_snapshots(b"[" + body + b"]", local_ns)), None)

    def clob_word(self, listing: MarketListing, local_ns: int) -> Event | None:
        """What the order book's own market page says of the end: the outcome, that it is closed, or nothing."""
        body = self.http.get(f"{self._params.clob_url}/markets/{listing.market_id}")
        try:
            market = _CLOB_MARKET.decode(body)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise WireError("market", body[:100], f"expected a market of the order book: {error}") from error
        if not market.closed:
            return (
                PhaseNoted(listing.market_id, local_ns, local_ns, "closed")
                if market.accepting_orders is False
                else None
            )
        outcome = _clob_outcome(market, listing)
        if outcome is None:
            return PhaseNoted(listing.market_id, local_ns, local_ns, "closed")
        return MarketResolved(listing.market_id, local_ns, local_ns, outcome, CLOB)

    def gamma_words(self, market_ids: Sequence[str], local_ns: int) -> list[Event]:
        """What the catalogue says of these markets: outcomes of the settled, notes on the proposed and the closed."""
        words: list[Event] = []
        for start in range(0, len(market_ids), _BATCH):
            part = market_ids[start : start + _BATCH]
            for closed in ("false", "true"):  # one question finds either the open or the closed ones
                query = [("limit", "100"), ("closed", closed), *(("condition_ids", one) for one in part)]
                page = read_page(self.http.get(f"{self._params.gamma_url}/markets/keyset", query))
                markets = [read_market(raw) for raw in page.markets]
                words += [_gamma_word(market, local_ns) for market in markets if market.condition_id in part]
        return words

    def _pages(self) -> Iterator[Page]:
        """Pages by cursor. A short page is no end; only a missing cursor is."""
        params = self._params
        query = [
            ("limit", str(params.page_size)),
            ("closed", "false"),
            ("order", "liquidity_num"),  # `liquidity` would be sorted as text
            ("ascending", "false"),
            ("liquidity_num_min", f"{params.liquidity_usd_min:g}"),
            ("include_tag", "true"),
        ]
        cursor = ""
        for _ in range(params.pages_max):
            more = [("after_cursor", cursor)] if cursor else []
            page = read_page(self.http.get(f"{params.gamma_url}/markets/keyset", [*query, *more]))
            yield page
            if not page.next_cursor:
                return
            if page.next_cursor == cursor:
                raise WireError("next_cursor", cursor, "a cursor that leads to itself has no end")
            cursor = page.next_cursor
        raise _TooManyPages

    def _listed(self, raw: msgspec.Raw) -> MarketListing | LeftOut:
        try:
            return listing_of(read_market(raw), liquidity_usd_min=self._params.liquidity_usd_min)
        except WireError:
            return LeftOut.UNREADABLE


class _TooManyPages(AstraError):
    pass


def _snapshots(body: bytes, local_ns: int) -> list[BookSnapshot]:
    """Order-book summaries are the stream's `book` events without their type."""
    try:
        rows = _BOOKS.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise WireError("books", body[:100], f"expected a list of order books: {error}") from error
    decoder = Decoder(frame_bytes_max=2 * len(body) + 1_000)
    frame = msgspec.json.encode([{**row, "event_type": "book"} for row in rows])
    return [event for event in decoder.decode(frame, local_ns) if isinstance(event, BookSnapshot)]


def _clob_outcome(market: _ClobMarket, listing: MarketListing) -> str | None:
    winners = [token.token_id for token in market.tokens if token.winner]
    if market.is_50_50_outcome and len(winners) != 1:
        return "VOID"
    instrument = listing.instrument
    if len(winners) != 1:
        return None
    return {instrument.yes_asset: "YES", instrument.no_asset: "NO"}.get(winners[0])


def _gamma_word(market: GammaMarket, local_ns: int) -> Event:
    """`proposed` is not final, and `closed` without clean prices is not final either."""
    market_id, status = market.condition_id, market.uma_resolution_status or ""
    prices = text_list(market.outcome_prices, "outcomePrices")
    outcome = _PRICED.get(prices)
    if market.closed and outcome and status == "resolved":
        return MarketResolved(market_id, local_ns, local_ns, outcome, GAMMA)
    if market.closed or market.accepting_orders is False:
        return PhaseNoted(market_id, local_ns, local_ns, "closed")
    return PhaseNoted(market_id, local_ns, local_ns, _NOTED.get(status, ""))
