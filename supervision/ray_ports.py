"""Ledger and research as the coordinator sees them; a child that dies or hangs is replaced on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from astra_actors.engine.messages import Reading
from astra_actors.lockstep.ports import WindowCommit
from astra_actors.market.instrument import MarketListing
from supervision.care import Care, cause_of, sentence
from supervision.keeper import DIED, BudgetSpent, Keeper


def ask(keeper: Keeper, care: Care, name: str, method: str, *arguments: Any) -> Any:
    """Put a question to a child, again to its successor if need be: for calls that may be repeated. Raises `BudgetSpent`."""
    while True:
        handle = keeper.children[name].handle
        try:
            return keeper.wait(name, getattr(handle, method).remote(*arguments))
        except DIED as error:
            replace_child(keeper, care, name, error)


def replace_child(keeper: Keeper, care: Care, name: str, error: Exception) -> None:
    """Put a successor in a dead child's place, and say why; raises `BudgetSpent`."""
    care.noted(cause_of(error, keeper.placement.lost(name)), name, sentence(error))
    keeper.restart(name, cause_of(error, ""))
    care.owned(name)


class RayLedger:
    """The Ledger actor. What was sent stays here until it is on disk, so that a successor can be sent it again."""

    def __init__(self, keeper: Keeper, name: str, *, care: Care) -> None:
        self._keeper, self._name, self._care = keeper, name, care
        self._commit: WindowCommit | None = None
        self._reference: Any = None
        self._asked: Any = None  # the process that was sent the window
        self._digest = ""
        self.is_out = False

    def begin_commit(self, commit: WindowCommit) -> None:
        """Send one window; where the ledger was given up, it goes nowhere, and nobody is told that it was kept."""
        self._commit = commit
        if self.is_out:
            return
        self._asked = self._keeper.children[self._name].handle
        self._reference = self._asked.on_commit.remote(
            self._keeper.epoch, commit.window, commit.end_ns, commit.decided, commit.state, *commit.records
        )

    def finish_commit(self) -> str:
        """Wait until it is durable; the digest so far."""
        while not self.is_out:
            try:
                self._digest = self._keeper.wait(self._name, self._reference)
                break
            except DIED as error:
                assert self._commit is not None, "nothing was sent"
                try:
                    if self._keeper.children[self._name].handle is self._asked:  # else its successor is there already
                        replace_child(self._keeper, self._care, self._name, error)
                    self.begin_commit(self._commit)
                except BudgetSpent as spent:
                    self.is_out = True
                    self._care.spent(self._name, str(spent))
        return self._digest


class RayResearch:
    """The Research actor; its calls are repeated freely, for they change nothing."""

    def __init__(self, keeper: Keeper, name: str, *, care: Care) -> None:
        self._keeper, self._name, self._care = keeper, name, care
        self.is_out = False

    def read(self, listings: Sequence[MarketListing]) -> Sequence[Reading]:
        """What the rules of each listing gave; without research nothing is known of any market, so none is traded."""
        readings: Sequence[Reading] | None = self._ask("on_listings", listings)
        if readings is not None:
            return readings
        return [
            Reading(
                market_id=listing.market_id,
                definition=None,
                reason="research is out",
                clusters=("unread",),
                strategy="",
            )
            for listing in listings
        ]

    def choose_active(self, scores: Sequence[tuple[str, str | tuple[str, ...], float]]) -> tuple[str, ...]:
        """The markets worth a lease; none without research."""
        chosen: tuple[str, ...] | None = self._ask("on_scores", scores)
        return chosen or ()

    def _ask(self, method: str, argument: Any) -> Any:
        if self.is_out:
            return None
        try:
            return ask(self._keeper, self._care, self._name, method, argument)
        except BudgetSpent as spent:
            self.is_out = True
            self._care.spent(self._name, str(spent))
            return None
