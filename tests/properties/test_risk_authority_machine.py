"""The authority and the local checks as the engines use them, under everything that can happen to them, in any order.

At every instant: no market can lose more than what is set aside for it, and what is set aside stays within every cap. What
was granted never comes back on silence. A window that is repeated changes nothing. A restart changes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from astra_actors.market.instrument import Outcome, Side, Token

sys.path[:0] = [str(Path(__file__).parent)]

from authority_floor import WORDS, AuthorityFloor  # noqa: E402

WHO = st.integers(0, 7)
CENTS = st.integers(1, 99).map(lambda cent: cent * 100)
WANTED = st.lists(st.sampled_from([0, 20, 50, 50]), min_size=1, max_size=4)


class Portfolio(RuleBasedStateMachine):
    """Any interleaving; the checks run after every step, and after every window the repetition of it."""

    broken = ""

    def __init__(self) -> None:
        super().__init__()
        self.floor = AuthorityFloor(self.broken)
        self.floor.window([50])

    @rule()
    def open(self) -> None:
        self.floor.open()

    @rule(who=WHO, token=st.sampled_from(Token), side=st.sampled_from(Side), price=CENTS, shares=st.integers(1, 120))
    def order(self, who: int, token: Token, side: Side, price: int, shares: int) -> None:
        self.floor.order(who, token, side, price, shares)

    @rule(price=CENTS, part=st.sampled_from([1, 1, 2, 5]))
    def everybody_bids(self, price: int, part: int) -> None:
        for who in range(8):
            self.floor.order(who, Token.YES, Side.BUY, price, max(1, 50 * 10_000 // price // part))

    @rule(who=WHO, part=st.integers(1, 3))
    def fill(self, who: int, part: int) -> None:
        self.floor.fill(who, part)

    @rule(who=WHO)
    def win(self, who: int) -> None:
        self.floor.win(who)

    @rule(who=WHO, proven=st.booleans())
    def end_order(self, who: int, proven: bool) -> None:
        self.floor.end_order(who, proven)

    @rule(who=WHO)
    def die(self, who: int) -> None:
        self.floor.die(who)

    @rule(who=WHO)
    def come_back(self, who: int) -> None:
        self.floor.come_back(who)

    @rule(who=WHO)
    def old_owner_speaks(self, who: int) -> None:
        self.floor.old_owner_speaks(who)

    @rule(who=WHO)
    def two_owners_at_once(self, who: int) -> None:
        """The successor has begun, and its predecessor was not dead but slow."""
        self.floor.die(who)
        self.floor.come_back(who)
        self.floor.old_owner_speaks(who)

    @rule(who=WHO, outcome=st.sampled_from(Outcome))
    def settle(self, who: int, outcome: Outcome) -> None:
        self.floor.settle(who, outcome)

    @rule(who=WHO, usd=st.integers(-300, 100))
    def mark(self, who: int, usd: int) -> None:
        self.floor.mark(who, usd)

    @rule(seconds=st.sampled_from([1, 20, 60, 43_200]))
    def wait(self, seconds: int) -> None:
        self.floor.wait(seconds)

    @rule(wanted=WANTED, heard=st.sampled_from([True, True, True, False]))
    def window(self, wanted: list[int], heard: bool) -> None:
        self.floor.window(wanted, heard=heard)

    @rule(word=st.sampled_from(WORDS))
    def say(self, word: str) -> None:
        self.floor.say(word)

    @rule()
    def reconsider(self) -> None:
        self.floor.reconsider()

    @rule()
    def restart(self) -> None:
        self.floor.restart()

    @invariant()
    def promises_hold(self) -> None:
        self.floor.check()


Portfolio.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
test_promises_hold_at_every_instant = Portfolio.TestCase


@pytest.mark.parametrize(
    "forgotten",
    [
        "lease ignored",
        "released when asked",
        "given back on silence",
        "old owner heard",
        "escrow forgotten by a restart",
        "a pause is forgotten",
    ],
)
def test_a_floor_that_forgets_a_rule_is_found_out(forgotten: str) -> None:
    class Broken(Portfolio):
        broken = forgotten

    search = settings(
        max_examples=3_000,  # it stops at the first find
        stateful_step_count=40,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Broken, settings=search)
