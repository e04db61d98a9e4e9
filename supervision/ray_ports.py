"""The coordinator's ports, answered by actors behind Ray; a child that dies or hangs is replaced on the spot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ray.exceptions import RayActorError

from astra_actors.engine.messages import MarketHistory, Reading, WindowCommand, WindowResult
from astra_actors.lockstep.ports import WindowCommit
from astra_actors.market.instrument import MarketListing
from astra_actors.risk.report import MarketReport
from supervision.keeper import ChildHung, Keeper

DIED = (RayActorError, ChildHung)
Noted = Callable[[str, str], None]


def ask(keeper: Keeper, noted: Noted, name: str, method: str, *arguments: Any) -> Any:
    """Put a question to a child, again to its successor if need be: for calls that may be repeated."""
    while True:
        handle = keeper.children[name].handle
        try:
            return keeper.wait(name, getattr(handle, method).remote(*arguments))
        except DIED as error:
            restart(keeper, noted, name, error)


def restart(keeper: Keeper, noted: Noted, name: str, error: Exception) -> None:
    """Put a successor in a dead child's place, and say why; raises once its budget is spent."""
    noted(name, f"{type(error).__name__}: {error}".splitlines()[0])
    keeper.restart(name, type(error).__name__)


class RayShard:
    """One MarketActor. `histories` gives what a successor is rebuilt from."""

    def __init__(
        self,
        keeper: Keeper,
        name: str,
        *,
        histories: Callable[[], Sequence[MarketHistory]],
        noted: Noted,
    ) -> None:
        self._keeper, self._name, self._histories, self._noted = keeper, name, histories, noted
        self._command: WindowCommand | None = None
        self._references: list[Any] = []

    def begin(self, command: WindowCommand) -> None:
        """Send the window."""
        self._command = command
        handle = self._keeper.children[self._name].handle
        self._references = handle.on_window.options(num_returns=2).remote(command)

    def finish(self) -> tuple[WindowResult, Any]:
        """Wait for the window; the records stay a reference, so that they travel from the shard to the ledger alone."""
        while True:
            try:
                return self._keeper.wait(self._name, self._references[0]), self._references[1]
            except DIED as error:
                self._replace(error)

    def recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        """Have the markets rebuilt."""
        if not histories:
            return ()
        reports: tuple[MarketReport, ...] = ask(self._keeper, self._noted, self._name, "on_recover", histories)
        return reports

    def _replace(self, error: Exception) -> None:
        """A successor lives through everything up to the window that was lost, and is then given that window again."""
        assert self._command is not None, "a shard is waited for only after it was given a window"
        restart(self._keeper, self._noted, self._name, error)
        self.recover(
            [_before(history, self._command.window) for history in self._histories() if _older(history, self._command)]
        )
        self.begin(self._command)


class RayLedger:
    """The Ledger actor. What was sent stays here until it is on disk, so that a successor can be sent it again."""

    def __init__(self, keeper: Keeper, name: str, *, noted: Noted) -> None:
        self._keeper, self._name, self._noted = keeper, name, noted
        self._commit: WindowCommit | None = None
        self._reference: Any = None

    def begin_commit(self, commit: WindowCommit) -> None:
        """Send one window."""
        self._commit = commit
        handle = self._keeper.children[self._name].handle
        self._reference = handle.on_commit.remote(
            commit.window, commit.end_ns, commit.decided, commit.state, *commit.records
        )

    def finish_commit(self) -> str:
        """Wait until it is durable."""
        while True:
            try:
                digest: str = self._keeper.wait(self._name, self._reference)
            except DIED as error:
                assert self._commit is not None, "nothing was sent"
                restart(self._keeper, self._noted, self._name, error)
                self.begin_commit(self._commit)
            else:
                return digest


class RayResearch:
    """The Research actor; its calls are repeated freely, for they change nothing."""

    def __init__(self, keeper: Keeper, name: str, *, noted: Noted) -> None:
        self._keeper, self._name, self._noted = keeper, name, noted

    def read(self, listings: Sequence[MarketListing]) -> Sequence[Reading]:
        """What the rules of each listing gave."""
        readings: Sequence[Reading] = self._ask("on_listings", listings)
        return readings

    def choose_active(self, scores: Sequence[tuple[str, str | tuple[str, ...], float]]) -> tuple[str, ...]:
        """The markets worth a lease."""
        chosen: tuple[str, ...] = self._ask("on_scores", scores)
        return chosen

    def _ask(self, method: str, argument: Any) -> Any:
        return ask(self._keeper, self._noted, self._name, method, argument)


def _older(history: MarketHistory, command: WindowCommand) -> bool:
    """A market that opens in the lost window is born in it again; it needs no past."""
    return history.commands[0].window < command.window


def _before(history: MarketHistory, window: int) -> MarketHistory:
    kept = tuple(command for command in history.commands if command.window < window)
    return replace(history, commands=kept)
