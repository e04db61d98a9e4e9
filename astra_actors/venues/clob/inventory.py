"""What the account holds and what of it can be spent: a match is a claim, and only its settlement moves anything.

Bought shares cannot be sold while their trade is MATCHED or RETRYING, and what was sold is gone from the first moment: the
venue's order checker counts the same way (polymarket.md 7.9). Exact integers: micro-shares, and 1/10,000,000,000 dollar.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from astra_actors.kernel.errors import BadInput
from astra_actors.market.instrument import Side
from astra_actors.venues.clob.fills import Fill
from astra_actors.venues.clob.user_rows import Settling

CASH: Final = ""  # the holding of dollars, in e10; every other key is a token id, in e6


@unique
class Stage(Enum):
    """How far a trade has come for its owner."""

    CLAIMED = "matched, nothing has moved"
    MOVED = "settled on the chain"
    VOID = "failed, and the claim is released"


@dataclass(slots=True)
class Holding:
    """One kind of thing we hold, in its own unit."""

    settled: int = 0
    incoming: int = 0  # claimed, not here yet
    outgoing: int = 0  # claimed by others, still here

    @property
    def spendable(self) -> int:
        """What can be given away now."""
        return max(0, self.settled - self.outgoing)

    @property
    def owned(self) -> int:
        """What we hold when every open settlement goes well."""
        return self.settled + self.incoming - self.outgoing

    def may_read(self, balance: int) -> bool:
        """Whether the chain can show this balance, each open settlement done or not."""
        return self.settled - self.outgoing <= balance <= self.settled + self.incoming


@dataclass(slots=True)
class _Trade:
    stage: Stage
    parts: list[tuple[Fill, int]]  # with the fee in e10


class Inventory:
    """The holdings of one account; changed by fills, by their settlements, and by what is not trading."""

    __slots__ = ("_holdings", "_kept", "_moves", "_over", "_trades")

    def __init__(self, *, kept: int = 20_000) -> None:
        self._holdings: dict[str, Holding] = {}
        self._trades: dict[str, _Trade] = {}
        self._over: dict[str, None] = {}  # trades that have moved or failed, oldest first
        self._moves: dict[str, int] = {}
        self._kept = kept

    def holding(self, token_id: str = CASH) -> Holding:
        """What we hold of a token, of dollars without one; all zero where there is nothing."""
        return self._holdings.get(token_id, Holding())

    @property
    def token_ids(self) -> list[str]:
        """Every token that was ever held, in order of appearance."""
        return [key for key in self._holdings if key != CASH]

    def sellable_e6(self, token_id: str, *, resting_e6: int = 0) -> int:
        """Shares that a new order may sell; `resting_e6` is what open sell orders offer already."""
        return max(0, self.holding(token_id).spendable - resting_e6)

    def adjust(self, token_id: str, amount: int) -> None:
        """A deposit, a split, a merge, a redemption, or a balance read at the start: something moved without a trade."""
        self._own(token_id).settled += amount

    def on_fill(self, fill: Fill, settling: Settling, *, fee_e10: int = 0) -> None:
        """Book a fill in the stage its trade is in; each fill is handed in once."""
        stage = stage_of(settling)
        trade = self._trades.setdefault(fill.trade_id, _Trade(stage, []))
        if any(known.fill_id == fill.fill_id for known, _ in trade.parts):
            raise BadInput("fill_id", fill.fill_id, "a fill is booked once")
        self._move(fill.trade_id, trade, stage)
        trade.parts.append((fill, fee_e10))
        self._book(fill, fee_e10, stage, 1)
        self._remember(fill.trade_id, stage)

    def on_settling(self, trade_id: str, settling: Settling) -> None:
        """The settlement of a trade moved; one without a fill of ours changes nothing."""
        trade = self._trades.get(trade_id)
        if trade is not None:
            self._move(trade_id, trade, stage_of(settling))

    def _move(self, trade_id: str, trade: _Trade, stage: Stage) -> None:
        if stage is trade.stage:
            return
        for fill, fee_e10 in trade.parts:
            self._book(fill, fee_e10, trade.stage, -1)
            self._book(fill, fee_e10, stage, 1)
        trade.stage = stage
        self._remember(trade_id, stage)

    def _book(self, fill: Fill, fee_e10: int, stage: Stage, sign: int) -> None:
        """Add or take back what a fill does in a stage."""
        shares, dollars = fill.size_e6, fill.price_e4 * fill.size_e6
        if fill.side is Side.BUY:
            self._shift(fill.token_id, stage, sign * shares, 0)
            self._shift(CASH, stage, 0, sign * (dollars + fee_e10))
        else:
            self._shift(fill.token_id, stage, 0, sign * shares)
            self._shift(CASH, stage, sign * (dollars - fee_e10), 0)

    def moves(self, key: str) -> int:
        """How often a holding has changed: an answer that was asked for before the last change speaks of the past."""
        return self._moves.get(key, 0)

    def _shift(self, key: str, stage: Stage, comes: int, goes: int) -> None:
        holding = self._own(key)
        self._moves[key] = self.moves(key) + 1
        if stage is Stage.MOVED:
            holding.settled += comes - goes
        elif stage is Stage.CLAIMED:
            holding.incoming += comes
            holding.outgoing += goes

    def _own(self, key: str) -> Holding:
        return self._holdings.setdefault(key, Holding())

    def _remember(self, trade_id: str, stage: Stage) -> None:
        """A trade that is over is remembered for a while: a list can still say that it was otherwise."""
        self._over.pop(trade_id, None)
        if stage is not Stage.CLAIMED:
            self._over[trade_id] = None
        while len(self._over) > self._kept:
            oldest = next(iter(self._over))
            del self._over[oldest], self._trades[oldest]


def stage_of(settling: Settling) -> Stage:
    """The stage that a status of the venue means."""
    if settling is Settling.FAILED:
        return Stage.VOID
    return Stage.MOVED if settling.is_spendable else Stage.CLAIMED
