"""What the portfolio decided, as facts for the ledger and as the history from which any market can be rebuilt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from astra_actors.engine.messages import MarketHistory, OpenMarket, Reading, WindowCommand
from astra_actors.kernel.canonical import canonical_bytes
from astra_actors.kernel.facts import DefinitionRead, EquityMarked, Fact, LeaseGranted, MarketListed, RiskRaised
from astra_actors.risk.authority_state import AuthorityDecision
from astra_actors.risk.lease import Lease
from astra_actors.risk.veto import Veto

LIVE_WINDOWS: Final = 2  # a live feed has no past to live through: the last windows are all that is kept of it


@dataclass(slots=True)
class _Life:
    """One open market: how it was opened, in which window, and the leases it was given, by window."""

    opened: OpenMarket
    cluster: str
    first_window: int
    leases: dict[int, Lease] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Window:
    from_ns: int
    to_ns: int
    lease_until_ns: int
    veto: Veto | None
    cancel_all: bool


class Journal:
    """Facts waiting for the next commit, and the inputs every open market has had."""

    def __init__(self, *, whole_past: bool = True) -> None:
        self._whole_past = whole_past
        self._facts: list[Fact] = []
        self._seq = 0
        self._windows: dict[int, _Window] = {}
        self._lives: dict[str, _Life] = {}
        self._leases: dict[str, Lease] = {}
        self._veto: Veto | None = None
        self._listed = self._unseen = 0
        self.breaches = 0

    @property
    def seq(self) -> int:
        """The number of the last fact of the portfolio."""
        return self._seq

    @property
    def unseen_entity_rate(self) -> float | None:
        """The share of all markets of the run of which the gazetteer knew nothing; None before the first."""
        return self._unseen / self._listed if self._listed else None

    def resume(self, seq: int, breaches: int) -> None:
        """Go on numbering and counting where the ledger ends."""
        self._facts.clear()
        self._seq, self.breaches = seq, breaches

    def note(self, fact: type[Fact], at_ns: int, /, *, market_id: str = "", cause: str = "", **columns: Any) -> None:
        """Write one fact of the portfolio; numbers it."""
        self._seq += 1
        if fact is RiskRaised:
            columns = {"observed": 0.0, "limit": 0.0, **columns}
        self._facts.append(
            fact(seq=self._seq, market_id=market_id, venue_ns=at_ns, local_ns=at_ns, cause=cause, **columns)
        )

    def add(self, facts: Iterable[Fact]) -> None:
        """Take facts of a market whose owner can no longer send them."""
        self._facts += facts

    def drain(self) -> tuple[Fact, ...]:
        """The facts since the last commit."""
        facts, self._facts = tuple(self._facts), []
        return facts

    def opened(self, opened: OpenMarket, reading: Reading, window: int, at_ns: int) -> None:
        """A market came into view; what its rules gave goes on record with it."""
        listing, instrument = opened.listing, opened.listing.instrument
        self._lives[listing.market_id] = _Life(opened, reading.clusters[0], window)
        self._listed += 1
        self._unseen += reading.unseen
        self.note(
            MarketListed,
            max(at_ns, listing.open_ns),
            market_id=listing.market_id,
            cause=reading.clusters_why,
            event_id=listing.event_id,
            slug=listing.slug,
            question=listing.question,
            category=listing.category.value,
            event_type=listing.event_type,
            yes_asset=instrument.yes_asset,
            no_asset=instrument.no_asset,
            tick_e4=instrument.tick_e4,
            min_size_e6=instrument.min_size_e6,
            neg_risk=instrument.neg_risk,
            open_ns=listing.open_ns,
            close_ns=listing.close_ns or 0,
            clusters=reading.clusters,
            strategy=reading.strategy,
        )
        contract = reading.definition
        self.note(
            DefinitionRead,
            max(at_ns, listing.open_ns),
            market_id=listing.market_id,
            definition_hash=contract.definition_hash if contract else None,
            category=contract.category if contract else "",
            contract=canonical_bytes(contract.to_dict()).decode() if contract else None,
            reason=reading.reason,
        )

    def window(self, number: int, command: WindowCommand) -> None:
        """Remember what this window was told; a change of the veto goes on record."""
        self._windows[number] = _Window(
            command.from_ns, command.to_ns, command.lease_until_ns, command.veto, command.cancel_all
        )
        for lease in command.leases:
            if life := self._lives.get(lease.market_id):
                life.leases[number] = lease
                if not self._whole_past:
                    life.leases = dict(list(life.leases.items())[-2:])
        while not self._whole_past and len(self._windows) > LIVE_WINDOWS:
            del self._windows[next(iter(self._windows))]
        if command.veto is not self._veto:
            self._veto = command.veto
            self.note(
                RiskRaised,
                command.from_ns,
                kind="veto",
                scope="account",
                author="supervisor",
                detail=command.veto.name if command.veto else "",
            )

    def changed_leases(self, leases: Iterable[Lease]) -> Iterator[Lease]:
        """The leases that differ from what each market was last given; one that nobody serves is given none."""
        for lease in leases:
            known = self._leases.get(lease.market_id)
            if lease.market_id in self._lives and (known is None or known.lease_id != lease.lease_id):
                self._leases[lease.market_id] = lease
                self._granted(lease)
                yield lease

    def restore_leases(self, leases: Iterable[Lease]) -> None:
        """Take over what the ledger says each market was given last."""
        self._leases.update((lease.market_id, lease) for lease in leases)

    def forget_leases(self, market_ids: Iterable[str]) -> None:
        """Hand these markets their leases anew: what they hold is not known for sure."""
        for market_id in market_ids:
            self._leases.pop(market_id, None)

    def owned_by(self, market_id: str, incarnation: int) -> None:
        """The market's next owner is told who it is."""
        life = self._lives[market_id]
        life.opened = replace(life.opened, incarnation=incarnation)

    def decided(self, at_ns: int, decision: AuthorityDecision) -> None:
        """The portfolio's word at one barrier: equity and events; a lease goes on record when it is handed out."""
        point = decision.equity
        self.note(
            EquityMarked,
            at_ns,
            equity_e10=point.equity_e10,
            cash_e10=point.cash_e10,
            mark_mid_e10=point.mark_mid_e10,
            mark_bid_e10=point.mark_bid_e10,
            peak_e10=point.peak_e10,
            drawdown=point.drawdown,
            exposure_e10=point.exposure_e10,
            granted_e10=point.granted_e10,
            trading_state=decision.state.mode.name,
        )
        self.raised(at_ns, decision)

    def raised(self, at_ns: int, decision: AuthorityDecision) -> None:
        """What the portfolio noticed, and what people did to it."""
        for event in decision.events:
            self.note(
                RiskRaised,
                at_ns,
                kind=event.kind,
                scope=event.scope,
                observed=float(event.observed),
                limit=float(event.limit),
                author=event.author,
                detail=event.detail,
            )
        self.breaches += decision.breaches

    def _granted(self, lease: Lease) -> None:
        self.note(
            LeaseGranted,
            lease.granted_ns,
            market_id=lease.market_id,
            lease_id=lease.lease_id,
            incarnation=lease.incarnation,
            limit_e10=lease.limit_e10,
            expires_ns=lease.expires_ns,
            reason=lease.reduce_only.name if lease.reduce_only else "",
        )

    def quarantined(self, at_ns: int, market_id: str, error: str) -> None:
        """A market's engine raised: it trades no more, and what it holds stays counted until a person looks."""
        self.note(RiskRaised, at_ns, kind="quarantine", scope=market_id, author="supervisor", detail=error)

    def knows(self, market_id: str) -> bool:
        """Whether the market is open."""
        return market_id in self._lives

    def cluster_of(self, market_id: str) -> str:
        """The most specific cluster of an open market."""
        return self._lives[market_id].cluster

    def forget(self, market_id: str) -> None:
        """A settled market needs no history any more."""
        self._lives.pop(market_id, None)
        self._leases.pop(market_id, None)

    def history(self, market_id: str) -> MarketHistory:
        """Everything the market was told since it opened."""
        life = self._lives[market_id]
        numbers = [number for number in self._windows if number >= life.first_window]
        given = dict(life.leases)
        earlier = [number for number in given if numbers and number < numbers[0]]
        if earlier:
            given.setdefault(numbers[0], given[earlier[-1]])
        commands = tuple(
            WindowCommand(
                window=number,
                from_ns=window.from_ns,
                to_ns=window.to_ns,
                lease_until_ns=window.lease_until_ns,
                leases=(given[number],) if number in given else (),
                veto=window.veto,
                cancel_all=window.cancel_all,
            )
            for number in numbers
            for window in [self._windows[number]]
        )
        return MarketHistory(opened=life.opened, commands=commands)
