"""One order of the account: how far it has come on its way out, and what is known of it since."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from astra_actors.execution.order import Order, OrderState
from astra_actors.kernel.units import NS_PER_MS, NS_PER_S
from astra_actors.market.instrument import Side, Token
from astra_actors.venues.clob.account_rows import EndRow, IntentRow
from astra_actors.venues.clob.building import Draft
from astra_actors.venues.clob.proof import Known
from astra_actors.venues.clob.reconcile import OurOrder
from astra_actors.venues.clob.user_rows import OrderSeen


@unique
class Stage(Enum):
    """How far an order has come."""

    WRITING = "its intent is not durable yet"
    READY = "it may leave"
    SENDING = "its request is under way"
    OUT = "it left, or may have left"
    ENDING = "its end is proven and not durable yet"
    OVER = "its end is durable"


@dataclass(slots=True, eq=False, kw_only=True)
class Tracked:
    """An order and all that is known of it. Times are of our clock, as `proof.Known` has them."""

    order: Order  # as it was sent
    venue_id: str
    token_id: str
    incarnation: int
    stage: Stage
    draft: Draft | None = None  # until it leaves: what is gone cannot leave twice
    lease_until_ns: int = 0
    foreign: bool = False  # no owner of this lineage ever said it
    orphan: str = ""  # why nobody stands behind it
    cancel_why: str = ""
    cancel_number: int = 0  # of the request that cancels it now
    cancel_again_ms: int = 0
    doubted: bool = False  # a cancel did not find it
    shown_ms: int | None = None
    sent_ms: int = 0
    given_up_ms: int = 0
    filled_e6: int = 0
    over_ms: int | None = None
    absent_ms: int | None = None
    trades_ms: int | None = None
    acked: bool = False
    end: EndRow | None = None

    @property
    def market_id(self) -> str:
        """The market, which is the venue's condition id."""
        return self.order.market_id

    @property
    def order_id(self) -> str:
        """Our own id; empty for an order that no ledger knows."""
        return self.order.order_id

    @property
    def is_over(self) -> bool:
        """Whether its end is proven."""
        return self.end is not None

    @property
    def decided_s(self) -> int:
        """When it was decided: no trade of it is older."""
        return self.order.sent_ns // NS_PER_S

    @property
    def state(self) -> OrderState:
        """Where it stands, as the ledger would have it."""
        if self.end is not None:
            return OrderState(self.end.state)
        if self.stage is not Stage.OUT:
            return OrderState.SENT
        if self.cancel_why:
            return OrderState.CANCELLING
        return OrderState.LIVE if self.acked else OrderState.UNKNOWN

    def show(self, now_ms: int) -> None:
        """It was seen open, or trading."""
        self.shown_ms = max(self.shown_ms or 0, now_ms)

    def miss(self, asked_ms: int) -> None:
        """It was asked for then, and not listed."""
        self.absent_ms = max(self.absent_ms or 0, asked_ms)

    def mark_over(self, row: EndRow) -> None:
        """Its end is on disk."""
        self.end, self.stage = row, Stage.OVER

    def revive(self, now_ms: int) -> None:
        """It was taken for over, and rests: whatever was concluded is void."""
        self.end, self.stage = None, Stage.OUT
        self.over_ms = self.absent_ms = self.trades_ms = None
        self.show(now_ms)

    def known(self) -> Known:
        """What a proof rests on."""
        return Known(
            venue_id=self.venue_id,
            condition_id=self.market_id,
            size_e6=self.order.size_e6,
            sent_ms=self.order.sent_ns // NS_PER_MS,
            given_up_ms=self.given_up_ms,
            expiration_s=self.order.expires_ns // NS_PER_S,
            filled_e6=self.filled_e6,
            open_ms=self.shown_ms,
            over_ms=self.over_ms,
            absent_ms=self.absent_ms,
            trades_ms=self.trades_ms,
        )

    def named(self, trade_ids: tuple[str, ...]) -> OrderSeen:
        """The order as a reply shows it that names trades and no amounts."""
        order = self.order
        return OrderSeen(
            venue_id=self.venue_id,
            condition_id=order.market_id,
            token_id=self.token_id,
            side=order.side,
            price_e4=order.price_e4,
            size_e6=order.size_e6,
            matched_e6=None,
            status="MATCHED",
            trade_ids=trade_ids,
        )

    def ours(self) -> OurOrder:
        """The order as a comparison has it."""
        order = self.order
        return OurOrder(
            order_id=order.order_id,
            venue_id=self.venue_id,
            condition_id=order.market_id,
            token_id=self.token_id,
            side=order.side,
            price_e4=order.price_e4,
            size_e6=order.size_e6,
            filled_e6=self.filled_e6,
            state=self.state,
            sent_ms=self.sent_ms,
        )

    def intent(self, now_ms: int) -> IntentRow:
        """The row that has to be durable before it leaves."""
        order = self.order
        return IntentRow(
            venue_id=self.venue_id,
            order_id=order.order_id,
            market_id=order.market_id,
            token_id=self.token_id,
            token=order.token.value,
            side=order.side.value,
            price_e4=order.price_e4,
            size_e6=order.size_e6,
            sent_ns=order.sent_ns,
            expires_ns=order.expires_ns,
            incarnation=self.incarnation,
            strategy=order.strategy,
            estimate_id=order.estimate_id,
            decision_id=order.decision_id,
            origin=order.origin,
            chain_price_e4=order.chain_price_e4,
            reserved_e10=order.reserved_e10,
            written_ns=now_ms * NS_PER_MS,
        )


def from_intent(row: IntentRow, now_ms: int) -> Tracked:
    """An order of an earlier holder: it may have left until that holder was gone, which is now at the latest."""
    order = Order(
        order_id=row.order_id,
        market_id=row.market_id,
        token=Token(row.token),
        side=Side(row.side),
        price_e4=row.price_e4,
        size_e6=row.size_e6,
        sent_ns=row.sent_ns,
        expires_ns=row.expires_ns,
        strategy=row.strategy,
        estimate_id=row.estimate_id,
        decision_id=row.decision_id,
        origin=row.origin,
        chain_price_e4=row.chain_price_e4,
        reserved_e10=row.reserved_e10,
    )
    return Tracked(
        order=order,
        venue_id=row.venue_id,
        token_id=row.token_id,
        incarnation=row.incarnation,
        stage=Stage.OUT,
        sent_ms=row.written_ns // NS_PER_MS,
        given_up_ms=now_ms,
    )


def from_sight(seen: OrderSeen, now_ms: int, *, life_s: int) -> Tracked:
    """An order that rests and that nobody here wrote down; when it ends by itself is not known."""
    order = Order(
        order_id="",
        market_id=seen.condition_id,
        token=Token.YES,
        side=seen.side,
        price_e4=seen.price_e4 or 0,
        size_e6=max(1, seen.size_e6 or 0),
        sent_ns=(now_ms - life_s * 1_000) * NS_PER_MS,
        expires_ns=(now_ms + 10 * 365 * 86_400_000) * NS_PER_MS,
        strategy="",
    )
    return Tracked(
        order=order,
        venue_id=seen.venue_id,
        token_id=seen.token_id,
        incarnation=0,
        stage=Stage.OUT,
        foreign=True,
        shown_ms=now_ms,
        sent_ms=now_ms,
        given_up_ms=now_ms,
    )
