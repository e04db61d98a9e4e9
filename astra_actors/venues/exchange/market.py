"""One market at the exchange: what was listed, where its life stands, and what has traded."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from astra_actors.kernel.units import PRICE_ONE_E4

HISTORY_MAX = 20_000  # a fortnight of minutes


class Market(msgspec.Struct):
    """A binary market. Stored whole as JSON; the book is rebuilt from its orders."""

    condition_id: str
    number: int  # the catalogue's own id
    yes: str
    no: str
    question: str
    slug: str
    event_id: str
    rules: str = ""
    event_title: str = ""
    outcomes: tuple[str, str] = ("Yes", "No")
    tags: tuple[str, ...] = ()
    category: str = ""
    version: str = "v1"  # v2: positions of the newer protocol, signed for Exchange V3
    tick_e4: int = 100
    min_size_e6: int = 5_000_000
    neg_risk: bool = False
    fee_rate: Decimal = Decimal(0)
    fee_exponent: int = 1
    rebate: Decimal = Decimal(0)
    fee_type: str | None = None
    open_ms: int = 0
    close_ms: int | None = None
    seconds_delay: int = 0
    taker_delay_ms: int = 0
    clear_book_on_start: bool = False
    game_start_ms: int | None = None
    visible_on_clob: bool = True  # the catalogue shows new markets minutes before the order book knows them
    liquidity_usd: float = 0.0
    accepting: bool = True
    closed: bool = False
    uma: list[str] = []  # requested, proposed, disputed, ..., resolved
    proposed: str = ""
    winner: str = ""  # YES, NO or VOID
    resolved_ms: int = 0
    last_e4: int = 0  # of the first outcome; 0: nothing has traded
    last_buys: bool = True
    last_yes: bool = True
    volume_e6: int = 0
    updated_ms: int = 0
    history: list[tuple[int, int]] = []  # (minute's end in s, price of the first outcome)

    def asset(self, *, yes: bool) -> str:
        """The token of one outcome."""
        return self.yes if yes else self.no

    def is_yes(self, asset: str) -> bool:
        """Whether this is the token of the first outcome."""
        return asset == self.yes

    def last_of(self, *, yes: bool) -> int:
        """The last trade's price in terms of one token, 0 when nothing has traded."""
        if not self.last_e4:
            return 0
        return self.last_e4 if yes else PRICE_ONE_E4 - self.last_e4

    def printed(self, yes_e4: int, size_e6: int, now_ms: int) -> None:
        """Remember a trade."""
        self.last_e4 = yes_e4
        self.volume_e6 += size_e6
        self.note(now_ms, yes_e4)

    def note(self, now_ms: int, yes_e4: int) -> None:
        """Keep one price a minute: the last."""
        minute = now_ms // 60_000 * 60
        if self.history and self.history[-1][0] == minute:
            self.history[-1] = (minute, yes_e4)
            return
        self.history.append((minute, yes_e4))
        if len(self.history) > HISTORY_MAX:
            del self.history[: HISTORY_MAX // 10]
