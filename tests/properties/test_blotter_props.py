"""The blotter against a dictionary: whatever the venue says in whatever order, both know the same."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from astra_actors.execution.blotter import Blotter
from astra_actors.execution.order import ORDER_LIFE, Order, OrderEvent, OrderState
from astra_actors.market.instrument import Side, Token
from astra_actors.venues.port import Accepted, Answer, Cancelled, CancelRefused, Expired, Filled, Rejected

S, E = OrderState, OrderEvent
SIZE = 100
ANSWERS = {
    E.ACK: lambda name: Accepted(name, 1),
    E.REJECT: lambda name: Rejected(name, 1, "no"),
    E.CANCEL_ACK: lambda name: Cancelled(name, 1),
    E.CANCEL_REFUSED: lambda name: CancelRefused(name, 1, "already matched"),
    E.EXPIRE: lambda name: Expired(name, 1),
}


class BlotterAgainstDictionary(RuleBasedStateMachine):
    """The model is two plain dictionaries: the state and the filled size of each order."""

    names = Bundle("names")

    @initialize()
    def begin(self) -> None:
        self.blotter = Blotter()
        self.states: dict[str, OrderState] = {}
        self.filled: dict[str, int] = {}
        self.seen: dict[tuple[str, str], None] = {}

    @rule(target=names, token=st.sampled_from(Token), side=st.sampled_from(Side), price=st.integers(1, 99))
    def submit(self, token: Token, side: Side, price: int) -> str:
        name = self.blotter.next_order_id("m", token, side, price * 100)
        assert name not in self.states  # an id is never given twice
        self.blotter.submit(
            Order(
                order_id=name,
                market_id="m",
                token=token,
                side=side,
                price_e4=price * 100,
                size_e6=SIZE,
                sent_ns=0,
                expires_ns=0,
                strategy="s",
            )
        )
        self.states[name], self.filled[name] = S.SENT, 0
        return name

    @rule(name=names, event=st.sampled_from([E.CANCEL, E.LOSE]))
    def we_act(self, name: str, event: OrderEvent) -> None:
        if ORDER_LIFE.allows(self.states[name], event):
            self.states[name] = ORDER_LIFE.step(self.states[name], event)
            assert self.blotter.step(name, event).state is self.states[name]

    @rule(name=names, event=st.sampled_from(list(ANSWERS)))
    def the_venue_answers(self, name: str, event: OrderEvent) -> None:
        answer: Answer = ANSWERS[event](name)
        applied = self.blotter.apply(answer)
        before = self.states[name]
        if before is S.SENT and event is E.CANCEL_ACK:
            before = S.LIVE  # what the venue cancels, it had accepted
        if not ORDER_LIFE.allows(before, event):
            assert applied is None
            return
        self.states[name] = ORDER_LIFE.step(before, event)
        assert applied is not None
        assert (applied[0].state, applied[1]) == (self.states[name], event)

    @rule(name=names, number=st.integers(0, 4), size=st.integers(1, SIZE))
    def the_venue_fills(self, name: str, number: int, size: int) -> None:
        size = min(size, SIZE - self.filled[name])
        fill_id = f"f{number}"
        if (name, fill_id) not in self.seen and size == 0:
            return  # nothing is left to fill
        applied = self.blotter.apply(
            Filled(fill_id=fill_id, order_id=name, at_ns=1, price_e4=100, size_e6=max(1, size))
        )
        if (name, fill_id) in self.seen:
            assert applied is None  # told twice
            return
        self.seen[name, fill_id] = None
        self.filled[name] += size
        event = E.FILL_LAST if self.filled[name] == SIZE else E.FILL_PART
        if ORDER_LIFE.allows(self.states[name], event):
            self.states[name] = ORDER_LIFE.step(self.states[name], event)
        assert applied is not None
        assert applied[1] is event

    @rule(event=st.sampled_from(list(ANSWERS)))
    def the_venue_speaks_of_a_stranger(self, event: OrderEvent) -> None:
        assert self.blotter.apply(ANSWERS[event]("stranger")) is None

    @rule(name=names, now_ns=st.integers(0, 10**12))
    def we_refresh(self, name: str, now_ns: int) -> None:
        self.blotter.refresh([name], now_ns)

    @invariant()
    def both_know_the_same(self) -> None:
        for name, state in self.states.items():
            order = self.blotter.get(name)
            assert order is not None
            assert (order.state, order.filled_e6) == (state, self.filled[name])
        open_now = [name for name, state in self.states.items() if state.is_open]
        assert [order.order_id for order in self.blotter.open_orders()] == open_now

    @invariant()
    def counters_add_up(self) -> None:
        assert self.blotter.submits == len(self.states)
        assert self.blotter.fills == len(self.seen)


BlotterAgainstDictionary.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestBlotter = BlotterAgainstDictionary.TestCase
