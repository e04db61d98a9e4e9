"""What a market pays for, as data: one immutable contract a market, named by the hash of its fields (methods §18.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final

from astra_actors.definitions.lint import EVENT_CATEGORY, THRESHOLD_CATEGORY, LintFinding, lint
from astra_actors.kernel.canonical import canonical_hash
from astra_actors.kernel.clock import ns_from_text
from astra_actors.kernel.errors import DefinitionError


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionContract:
    """Every field comes from the market's own words or a person's file; what does not pass lint cannot be built."""

    market_id: str
    category: str  # crypto_threshold or event_outcome
    resolution_type: str  # touch or close; event for an outcome
    underlying: str  # BTC, ETH, …; empty for an outcome
    quote_ccy: str  # USD; empty for an outcome
    cutoff_ts_utc: str
    oracle_source: str
    oracle_details: Mapping[str, str]
    condition: Mapping[str, str | int]
    venue_rules_version: str
    definition_hash: str = field(init=False)
    cutoff_ns: int = field(init=False, repr=False, compare=False)  # the cutoff, read once

    def __post_init__(self) -> None:
        content = self.to_dict()
        findings = lint(content)
        if findings:
            raise DefinitionError(
                self.market_id or "market_id", _told(findings), "correct every finding; none is guessed"
            )
        object.__setattr__(self, "oracle_details", MappingProxyType(dict(self.oracle_details)))
        object.__setattr__(self, "condition", MappingProxyType(dict(self.condition)))
        object.__setattr__(self, "definition_hash", canonical_hash(content))
        object.__setattr__(self, "cutoff_ns", ns_from_text(self.cutoff_ts_utc, field="cutoff_ts_utc"))

    def __hash__(self) -> int:
        return hash(self.definition_hash)

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            from_dict,
            (self.to_dict(),),
        )  # a read-only mapping does not travel; the fields do, and the hash is redone

    def to_dict(self) -> dict[str, Any]:
        """The fields the hash is taken over, as plain JSON values."""
        plain = {name: getattr(self, name) for name in CONTRACT_FIELDS}
        for name in ("oracle_details", "condition"):
            if isinstance(plain[name], Mapping):
                plain[name] = dict(plain[name])
        return plain

    @property
    def is_threshold(self) -> bool:
        """Whether a price level decides, so that a model of the price has something to say."""
        return self.category == THRESHOLD_CATEGORY

    @property
    def is_event(self) -> bool:
        """Whether a named source reports an outcome."""
        return self.category == EVENT_CATEGORY


CONTRACT_FIELDS: Final = tuple(f.name for f in fields(DefinitionContract) if f.init)


def from_dict(content: Mapping[str, Any]) -> DefinitionContract:
    """Build a contract from JSON values; all findings of the lint come in one `DefinitionError`."""
    findings = lint(content)
    if findings:
        raise DefinitionError(
            str(content.get("market_id") or "market_id"), _told(findings), "correct every finding; none is guessed"
        )
    return DefinitionContract(**content)


def _told(findings: tuple[LintFinding, ...]) -> str:
    return "; ".join(str(finding) for finding in findings)
