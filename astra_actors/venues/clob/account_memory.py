"""What the ledger remembers of the account when a new holder begins."""

from __future__ import annotations

from dataclasses import dataclass, field

from astra_actors.venues.clob.account_rows import AccountFillRow, EndRow, IntentRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMemory:
    """Every intent that is not over, and what this lineage needs to tell its owners again."""

    intents: tuple[IntentRow, ...] = ()  # not over: of any run of this ledger; over: of this lineage's last hour
    ends: tuple[EndRow, ...] = ()  # of those intents that are over
    fills: tuple[AccountFillRow, ...] = ()  # of this lineage, and every one of an intent above
    known_fills: frozenset[str] = frozenset()  # ids that stand in the table `fills`, so that their owners have them
    others: frozenset[str] = frozenset()  # venue ids of intents of other lineages: nobody here stands behind them
    markets: frozenset[str] = field(default_factory=frozenset)  # that this lineage has traded: asked about at the start
