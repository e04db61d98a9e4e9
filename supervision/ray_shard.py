"""One MarketActor as the coordinator sees it: asked for windows, replaced when it dies, given up when it dies too often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ray.exceptions import RayTaskError

from astra_actors.engine.messages import (
    MarketHistory,
    ShardCounters,
    WindowCommand,
    WindowRecords,
    WindowResult,
)
from astra_actors.kernel.errors import Fenced, OutOfStep
from astra_actors.risk.report import MarketReport
from supervision.care import Care, cause_of, sentence
from supervision.child_spec import shard_name
from supervision.keeper import DIED, BudgetSpent, Keeper
from supervision.vacancy import Vacancy, end_is_proven


@dataclass(frozen=True, slots=True, kw_only=True)
class Markets:
    """What a shard's port asks of the coordinator about its markets."""

    histories: Callable[[], Sequence[MarketHistory]]
    succeeded: Callable[[], None]  # another process counts from zero and speaks for them
    take_out: Callable[[str, str], None]  # a market nobody may serve, and why
    out: Callable[[str], None]  # nobody serves any of them from here on, and why


class RayShard:
    """Own the questions to one shard; what cannot be asked any more is answered with silence, which keeps grants spent."""

    def __init__(
        self, keeper: Keeper, index: int, *, markets: Markets, care: Care, vacancy: Vacancy | None = None
    ) -> None:
        self._keeper, self._index, self._name = keeper, index, shard_name(index)
        self._markets, self._care = markets, care
        self._live, self._vacancy = vacancy is not None, vacancy  # of a live shard, whose owner acts by itself
        self._cut_off: Exception | None = None  # why the shard stands vacant
        self._command: WindowCommand | None = None
        self._references: list[Any] = []
        self._left: tuple[int, str] | None = None  # what its last process was serving when it died
        self._taken: dict[str, None] = {}
        self.is_out = False

    @property
    def incarnation(self) -> int:
        """The number of the process that owns the markets now."""
        return self._keeper.children[self._name].incarnation

    # -- windows ------------------------------------------------------------------------------------------------------

    def begin(self, command: WindowCommand) -> None:
        """Send the window."""
        opens = tuple(opened for opened in command.opens if opened.listing.market_id not in self._taken)
        self._command = replace(command, opens=opens, epoch=self._keeper.epoch, incarnation=self.incarnation)
        if self._stays_vacant(command):
            return
        if not self.is_out:
            handle = self._keeper.children[self._name].handle
            self._references = handle.on_window.options(num_returns=2).remote(self._command)
            if self._vacancy is not None:
                self._vacancy.hand(command.lease_until_ns)

    def finish(self) -> tuple[WindowResult, Any]:
        """Wait for the window; the records stay a reference, so that they travel from the shard to the ledger alone."""
        while not self.is_out and not self._vacant:
            try:
                return self._answer(), self._records()
            except OutOfStep as error:
                self._rebuild_in_place(error)
            except Fenced:
                raise  # another Supervisor is in charge: this one has nothing to say any more
            except (*DIED, RayTaskError) as error:
                self._replace(error)
        assert self._command is not None, "a shard is waited for only after it was given a window"
        asked = self._command
        silence = WindowResult(window=asked.window, shard=self._index, reports=(), counters=ShardCounters())
        nothing = WindowRecords(
            window=asked.window,
            facts=[],
            artifacts=[],
            shard=self._index,
            epoch=asked.epoch,
            incarnation=asked.incarnation,
        )
        return silence, nothing

    def _answer(self) -> WindowResult:
        result: WindowResult = self._keeper.wait(self._name, self._references[0])
        assert self._command is not None, "an answer follows a question"
        asked = (self._command.window, self._command.epoch, self._command.incarnation)
        if (result.window, result.epoch, result.incarnation) != asked:
            raise Fenced(
                f"{self._name} answers for {(result.window, result.epoch, result.incarnation)}, asked was {asked}"
            )
        return result

    def _records(self) -> Any:
        """From another node they are fetched here, for its loss would take them along before the ledger has them."""
        away = self._keeper.placement.away(self._name)
        return self._keeper.wait(self._name, self._references[1]) if away else self._references[1]

    # -- succession ---------------------------------------------------------------------------------------------------

    def adopt(self, window: int) -> ShardCounters | None:
        """Take over a shard that lived on; what it had counted by `window`, None where it has to be rebuilt."""
        handle = self._keeper.children[self._name].handle
        try:
            counters: ShardCounters = self._keeper.wait(self._name, handle.on_adopt.remote(self._keeper.epoch, window))
        except Fenced:
            raise
        except (
            OutOfStep,
            *DIED,
            RayTaskError,
        ) as error:  # one that can answer nothing any more is replaced when it rebuilds
            self._care.noted("rebuilt", self._name, sentence(error))
            if isinstance(error, OutOfStep):
                self._ask("on_start_over")
            return None
        return counters

    def stand_vacant(self, lease_until_ns: int) -> None:
        """Its process is new, and the one before it may live on where nobody reaches it."""
        if self._vacancy is not None:
            self._vacancy.begin(lease_until_ns)

    @property
    def _vacant(self) -> bool:
        return self._vacancy is not None and self._vacancy.stands

    def recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        """Have the markets rebuilt; what is needed for that is asked for anew if the process dies over it."""
        if self.is_out or self._vacant:
            return ()
        try:
            return self._recover(histories)
        except (*DIED, RayTaskError) as error:
            return self._successor(error)

    def _replace(self, error: Exception) -> None:
        """A successor lives through everything up to the window that was lost, and is then given that window again."""
        assert self._command is not None, "a shard is waited for only after it was given a window"
        lost, away = self._keeper.placement.lost(self._name), self._keeper.placement.away(self._name)
        if self._vacancy is not None and not end_is_proven(error, away=away, lost=lost):
            self._care.noted("cut_off", self._name, f"{sentence(error)}; its markets wait for its lease to lapse")
            self._vacancy.begin()
            self._cut_off = error
            self._markets.succeeded()
            return
        self._successor(error)
        self.begin(self._command)

    def _stays_vacant(self, command: WindowCommand) -> bool:
        """Whether nobody may own the markets yet; a successor begins with the first window in which one may."""
        if self._vacancy is None or not self._vacancy.stands:
            return False
        if command.cancel_all:
            self._vacancy.wait()
        if not self._vacancy.over:
            return True
        self._vacancy.end()
        error, self._cut_off = self._cut_off, None
        if error is None:
            self.recover(self._past())
        else:
            self._successor(error)
        assert self._command is not None, "the window that the successor is given"
        self._command = replace(self._command, incarnation=self.incarnation)
        return False

    def _rebuild_in_place(self, error: Exception) -> None:
        """The process is sound and only its markets are not where they should be: no death, and no budget spent."""
        assert self._command is not None, "a shard is waited for only after it was given a window"
        self._care.noted("rebuilt", self._name, sentence(error))
        self._markets.succeeded()
        try:
            self._ask("on_start_over")
            self._recover(self._past())
            self.begin(self._command)
        except (*DIED, RayTaskError) as died:
            self._replace(died)

    def _successor(self, error: Exception) -> tuple[MarketReport, ...]:
        """Start processes until one has rebuilt the markets, or the budget is spent: then the shard is out."""
        while True:
            self._care.noted(cause_of(error, self._keeper.placement.lost(self._name)), self._name, sentence(error))
            try:
                self._keeper.restart(self._name, cause_of(error, ""))
                self._care.owned(self._name)
                self._markets.succeeded()
                self._suspect(self._keeper.hello(self._name).left)
                return self._recover(self._past())
            except BudgetSpent as spent:
                self.is_out = True
                self._markets.out(str(spent))
                return ()
            except (*DIED, RayTaskError) as again:
                error = again

    def _suspect(self, left: tuple[int, str] | None) -> None:
        """A market at whose service the process died twice in a row is poison: nobody serves it again."""
        if left is None:
            return  # it died of something else, which proves nothing either way
        before, self._left = self._left, left
        if before is None or left[1] != before[1] or (left[0] != before[0] and not self._live):
            return
        window, market_id = left
        self._left, self._taken[market_id] = None, None
        why = f"its process died twice while serving it, last in window {window}"
        self._care.noted("poison", self._name, f"{market_id}: {why}")
        self._markets.take_out(market_id, why)

    def _past(self) -> Sequence[MarketHistory]:
        histories, command = self._markets.histories(), self._command
        if command is None:
            return histories
        return [_before(history, command.window) for history in histories if _older(history, command)]

    def _recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        if not histories:
            return ()
        reports: tuple[MarketReport, ...] = self._ask("on_recover", histories)
        return reports

    def _ask(self, method: str, *arguments: Any) -> Any:
        return self._keeper.wait(
            self._name, getattr(self._keeper.children[self._name].handle, method).remote(*arguments)
        )


def _older(history: MarketHistory, command: WindowCommand) -> bool:
    """A market that opens in the lost window is born in it again; it needs no past."""
    return history.commands[0].window < command.window


def _before(history: MarketHistory, window: int) -> MarketHistory:
    kept = tuple(command for command in history.commands if command.window < window)
    return replace(history, commands=kept)
