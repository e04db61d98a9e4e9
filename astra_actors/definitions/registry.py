"""Contracts that a person wrote down: a JSON list, read whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from astra_actors.definitions.contract import DefinitionContract, from_dict
from astra_actors.definitions.lint import lint
from astra_actors.kernel.errors import DefinitionError


class DefinitionRegistry:
    """Contracts by market id. For a recorded tape without a listing, the id is the one the tape gives its market."""

    __slots__ = ("_by_market",)

    def __init__(self, contracts: Iterable[DefinitionContract] = ()) -> None:
        self._by_market = {contract.market_id: contract for contract in contracts}

    @classmethod
    def load(cls, path: Path | str) -> DefinitionRegistry:
        """Read a file of contracts; no file is an empty registry, one bad entry refuses the file with every finding."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except FileNotFoundError:
            return cls()
        try:
            entries = json.loads(text, object_pairs_hook=_unique_keys)
        except ValueError as error:
            raise DefinitionError(str(path), str(error), "give a JSON list of contracts in UTF-8") from error
        if not isinstance(entries, list):
            raise DefinitionError(str(path), type(entries).__name__, "give a JSON list of contracts")
        mistakes = tuple(_mistakes(entries))
        if mistakes:
            raise DefinitionError(str(path), "; ".join(mistakes), "correct every entry named; until then none is used")
        return cls(from_dict(entry) for entry in entries)

    def get(self, market_id: str) -> DefinitionContract | None:
        """The contract of a market, or None."""
        return self._by_market.get(market_id)

    def __len__(self) -> int:
        return len(self._by_market)

    def __iter__(self) -> Iterator[DefinitionContract]:
        return iter(self._by_market.values())


def _mistakes(entries: list[Any]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            yield f"entry {index}: a contract is an object, not {type(entry).__name__}"
            continue
        for finding in lint(entry):
            yield f"entry {index}: {finding}"
        market_id = entry.get("market_id")
        if isinstance(market_id, str):
            if market_id in seen:
                yield f"entry {index}: duplicate_market_id {market_id!r}, first in entry {seen[market_id]}"
            seen.setdefault(market_id, index)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError(f"a key occurs twice in one object: {sorted(key for key, _ in pairs)}")
    return content
