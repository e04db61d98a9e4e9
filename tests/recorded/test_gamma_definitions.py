"""The reader on the venue's own words: recorded Gamma events of January and April 2026."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from astra_actors.definitions.contract import DefinitionContract
from astra_actors.definitions.parse import NotReadable, Unread, read_definition
from astra_actors.kernel.clock import ns_from_text
from astra_actors.market.instrument import Category, Instrument, MarketListing

GAMMA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "gamma"

pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not GAMMA.exists(), reason="the recorded Gamma files are absent"),
]


def listings() -> Iterator[MarketListing]:
    events = json.loads(gzip.decompress((GAMMA / "events_20260127.json.gz").read_bytes()))
    raw = [market for event in events for market in event["data"]["markets"]]
    raw += json.loads((GAMMA / "gamma_markets_categories_sample.json").read_text())
    raw += json.loads((GAMMA / "gamma_market_crypto_fees_sample.json").read_text())
    with gzip.open(GAMMA / "BTC-5m-markets-2026-07-24.jsonl.gz", "rt") as lines:
        raw += [json.loads(line)["raw"] for line in lines]
    for market in raw:
        yield listed(market)


def listed(market: dict[str, Any]) -> MarketListing:
    end = market.get("endDate")
    return MarketListing(
        instrument=Instrument(
            market_id=market["conditionId"], yes_asset="1", no_asset="2", neg_risk=bool(market.get("negRisk"))
        ),
        question=market["question"],
        rules=market.get("description") or "",
        category=Category.OTHER,
        event_id="e",
        close_ns=ns_from_text(end) if end else None,
        outcomes=tuple(json.loads(market["outcomes"])) if market.get("outcomes") else ("Yes", "No"),
    )


@pytest.fixture(scope="module")
def answers() -> dict[str, DefinitionContract | NotReadable]:
    return {listing.question.strip(): read_definition(listing) for listing in listings()}


@pytest.mark.parametrize(
    ("question", "cutoff", "source", "outcome"),
    [
        pytest.param(
            "MicroStrategy sells any Bitcoin in 2025?",
            "2026-01-01T04:59:00Z",
            "information from MSTR and on-chain data",
            "MicroStrategy sells any of its Bitcoin by December 31, 2025, 11:59 PM ET",
            id="a coin is named, no level is set",
        ),
        pytest.param(
            "Macron out by October 31, 2025?",
            "2025-11-01T03:59:00Z",
            "information from the government of France",
            "Emmanuel Macron ceases to be President of France for any length of time between October 6, and October "
            "31, 2025, 11:59 PM ET (inclusive)",
            id="the later of two dates, still in summer time",
        ),
        pytest.param(
            "Will US GDP growth in 2025 be less than 0.5%?",
            "2026-01-29T00:00:00Z",
            'Bureau of Economic Analysis (BEA) "Advance Estimate" release for Q4 of 2025',
            "Will US GDP growth in 2025 be less than 0.5%",
            id="a bracket of many, its source named in passing",
        ),
        pytest.param(
            "Will Iraq win the 2026 FIFA World Cup?",
            "2026-07-20T00:00:00Z",
            "official information from FIFA",
            "Will Iraq win the 2026 FIFA World Cup",
            id="a leg of many",
        ),
    ],
)
def test_an_outcome_is_read_as_a_person_reads_it(
    answers: dict[str, DefinitionContract | NotReadable], question: str, cutoff: str, source: str, outcome: str
) -> None:
    contract = answers[question]
    assert isinstance(contract, DefinitionContract), contract
    assert (contract.cutoff_ts_utc, contract.oracle_source) == (cutoff, source)
    assert contract.condition["outcome"] == outcome


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        pytest.param("Bitcoin Up or Down - July 23, 7:55PM-8:00PM ET", Unread.LEVEL_AT_WINDOW_START, id="five minutes"),
        pytest.param("Bitcoin Up or Down on April 25?", Unread.LEVEL_AT_WINDOW_START, id="a day"),
        pytest.param("China x India military clash by June 30?", Unread.DATES_DISAGREE, id="listed half a year long"),
        pytest.param("Will OpenAI IPO by June 30 2026?", Unread.NO_CLOSE_DATE, id="no date"),
    ],
)
def test_what_is_not_said_is_not_read(
    answers: dict[str, DefinitionContract | NotReadable], question: str, reason: Unread
) -> None:
    answer = answers[question]
    assert isinstance(answer, NotReadable)
    assert answer.reason is reason


def test_no_recorded_market_is_a_complete_price_threshold(
    answers: dict[str, DefinitionContract | NotReadable],
) -> None:
    """The venue does not say how a price is rounded: such a contract comes from a person's file, not from its text."""
    contracts = [answer for answer in answers.values() if isinstance(answer, DefinitionContract)]
    assert len(contracts) > 200
    assert not any(contract.is_threshold for contract in contracts)
