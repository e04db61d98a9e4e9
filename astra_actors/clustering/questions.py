"""A list of questions from outside, one JSON object a line: read whole or not at all."""

from __future__ import annotations

import json
from typing import Any, Final

from astra_actors.clustering.assign import MarketWords
from astra_actors.kernel.nesting import too_deep

Finding = tuple[str, Any, str]  # field, value, remedy

TEXT_MAX: Final = 10_000  # letters of a question; the venue's own have some hundred
_SHAPE: Final = 'write one JSON object a line, such as {"id": "1", "question": "Will it rain in Paris?"}'


def questions_of(text: str, *, name: str) -> tuple[list[MarketWords], list[Finding]]:
    """The questions and everything that is wrong with them; with a finding none of them may be used.

    Fields: `id`, `question`, and where known `event_id`, `neg_risk`, `category`, `tags`, `underlying`; others are left alone.
    """
    markets: list[MarketWords] = []
    findings: list[Finding] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        place = f"{name} line {number}"
        row = _object(line)
        if row is None:
            findings.append((place, line.strip()[:80], _SHAPE))
            continue
        market, wrong = _market(row, place)
        findings += wrong
        if market is None:
            continue
        if market.market_id in lines:
            first = lines[market.market_id]
            findings.append((f"{place} id", market.market_id, f"line {first} has it already; give each line its own"))
        lines.setdefault(market.market_id, number)
        markets.append(market)
    if not markets and not findings:
        findings.append((name, "no line", _SHAPE))
    return markets, findings


def _object(line: str) -> dict[str, Any] | None:
    if too_deep(line):
        return None
    try:
        row = json.loads(line)
        line.encode()  # a lone surrogate has no place in any file that is written from this
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _market(row: dict[str, Any], place: str) -> tuple[MarketWords | None, list[Finding]]:
    findings: list[Finding] = []

    def text(field: str, *, needed: bool = False) -> str:
        value = row.get(field)
        if isinstance(value, int) and not isinstance(value, bool) and field.endswith("id"):
            value = str(value)  # ids of the venue's catalogue are numbers in some of its answers
        if value is None and not needed:
            return ""
        if isinstance(value, str) and len(value) <= TEXT_MAX and _printable(value) and (value.strip() or not needed):
            return value.strip()
        why = "is missing; " if field not in row else ""
        findings.append((f"{place} {field}", value, f"{why}give a text of 1 to {TEXT_MAX:,} letters"))
        return ""

    tags = row.get("tags")
    tags = [] if tags is None else tags
    if not isinstance(tags, list) or not all(isinstance(tag, str) and _printable(tag) for tag in tags):
        findings.append((f"{place} tags", tags, "give a list of texts"))
        tags = []
    neg_risk = row.get("neg_risk")
    if neg_risk is not None and not isinstance(neg_risk, bool):
        findings.append((f"{place} neg_risk", neg_risk, "write true or false"))
    market = MarketWords(
        market_id=text("id", needed=True),
        question=text("question", needed=True),
        event_id=text("event_id"),
        neg_risk=neg_risk is True,
        category=text("category"),
        tags=tuple(tags),
        underlying=text("underlying"),
    )
    return (market if market.market_id else None), findings


def _printable(text: str) -> bool:
    """Whether it can be written as UTF-8: half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
