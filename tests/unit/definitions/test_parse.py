"""From words to a contract, or to what the words do not say (methods §18.14, §19.3 #48, #49)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from astra_actors.definitions.contract import DefinitionContract
from astra_actors.definitions.parse import NotReadable, Unread, read_definition
from astra_actors.kernel.clock import ns_from_text
from astra_actors.market.instrument import Category, Instrument, MarketListing

CLOSE = (
    'This market will resolve to "Yes" if the price of Bitcoin is at or above $85,000 at 2026-03-14T12:00:00Z, '
    "according to the Astra World BTC/USD feed. The price is rounded down to a whole dollar before it is compared. "
    "The price at that time is final."
)
TOUCH = (
    'This market will resolve to "Yes" if the price of Ethereum touches $4,200 or higher at any time before '
    "2026-03-14T12:00:00Z, according to the Astra World ETH/USD feed. The price is rounded down to a whole dollar "
    "before it is compared. The print is final 10 minutes after it appears."
)
DIP = TOUCH.replace("touches $4,200 or higher", "falls to $3,100 or lower")
MATCH = (
    'This market will resolve to "Yes" if the Harbour Owls beat the Ridge Foxes in their match on March 14, according '
    "to the Astra World League results page, at 2026-03-14T12:00:00Z. If the result cannot be determined by then, it "
    "resolves 50-50."
)


def listing(rules: str, question: str = "", category: Category = Category.CRYPTO) -> MarketListing:
    return MarketListing(
        instrument=Instrument(market_id="0xabc", yes_asset="1", no_asset="2"),
        question=question,
        rules=rules,
        category=category,
        event_id="e",
        close_ns=ns_from_text("2026-03-14T12:00:00Z"),
    )


def read(found: MarketListing) -> DefinitionContract:
    contract = read_definition(found)
    assert isinstance(contract, DefinitionContract), contract
    return contract


def refusal(found: MarketListing) -> Unread:
    answer = read_definition(found)
    assert isinstance(answer, NotReadable), answer
    return answer.reason


def test_a_close_is_read_in_every_field() -> None:
    assert read(listing(CLOSE, "Will Bitcoin be at or above $85,000 on March 14?")).to_dict() == {
        "market_id": "0xabc",
        "category": "crypto_threshold",
        "resolution_type": "close",
        "underlying": "BTC",
        "quote_ccy": "USD",
        "cutoff_ts_utc": "2026-03-14T12:00:00Z",
        "oracle_source": "Astra World",
        "oracle_details": {"feed": "BTC/USD", "rounding": "floor_int"},
        "condition": {
            "op": ">=",
            "level": 85000,
            "window": "at_close",
            "measurement_time": "2026-03-14T12:00:00Z",
        },
        "venue_rules_version": "polymarket_v2",
    }


def test_a_touch_is_read_with_its_finality() -> None:
    contract = read(replace(listing(TOUCH, "Will Ethereum touch $4,200?"), synthetic=True))
    assert contract.resolution_type == "touch"
    assert dict(contract.condition) == {"op": ">=", "level": 4200, "window": "any_time"}
    assert dict(contract.oracle_details) == {"feed": "ETH/USD", "rounding": "floor_int", "finality": "10m"}
    assert contract.venue_rules_version == "astra_world_v1"


@pytest.mark.parametrize(
    ("said", "op", "level"),
    [
        pytest.param("falls to $3,100 or lower", "<=", 3100, id="a fall counts from above"),
        pytest.param("dips to $3,100", "<=", 3100, id="a dip says its direction by itself"),
        pytest.param("falls below $3,100", "<", 3100, id="below is strict"),
        pytest.param("hits $5k or above", ">=", 5000, id="K is a thousand"),
        pytest.param("reaches $1.25M or more", ">=", 1_250_000, id="M is a million"),
        pytest.param("reaches a price greater than or equal to $4200", ">=", 4200, id="in words"),
    ],
)
def test_a_direction_and_a_level_are_parsed(said: str, op: str, level: int) -> None:
    condition = read(listing(TOUCH.replace("touches $4,200 or higher", said))).condition
    assert (condition["op"], condition["level"]) == (op, level)


@pytest.mark.parametrize(
    ("words", "rounding"),
    [
        pytest.param("rounded to the nearest whole dollar", "round_int", id="half up"),
        pytest.param("rounded up to the next dollar", "ceil_int", id="up"),
        pytest.param("rounded down to a cent", "floor_cent", id="cents down"),
        pytest.param("rounded to the nearest cent", "round_cent", id="nearest cent"),
    ],
)
def test_a_rounding_is_parsed(words: str, rounding: str) -> None:
    rules = CLOSE.replace("rounded down to a whole dollar", words)
    assert read(listing(rules)).oracle_details["rounding"] == rounding


def test_the_venues_own_way_to_name_a_source_is_read() -> None:
    rules = (
        "This market will resolve to “Yes” if the price of Bitcoin is higher than $100,000 on March 14, 2026, 12:00 PM "
        "ET. Otherwise, it will resolve to “No”. The resolution source for this market is information from Chainlink, "
        "specifically the BTC/USD data stream. The price is rounded down to the nearest cent."
    )
    contract = read(listing(rules, "Bitcoin above $100k on March 14?"))
    assert (contract.oracle_source, contract.oracle_details["feed"]) == ("Chainlink", "BTC/USD")
    assert contract.condition["op"] == ">"
    assert contract.cutoff_ts_utc == "2026-03-14T16:00:00Z"  # noon in New York, six days into summer time


@pytest.mark.parametrize(
    ("rules", "question", "reason"),
    [
        pytest.param(CLOSE.replace("rounded down", "taken"), "", Unread.NO_ROUNDING, id="no rounding is filled in"),
        pytest.param(
            CLOSE + " The price is rounded to the nearest cent.", "", Unread.AMBIGUOUS, id="two roundings are none"
        ),
        pytest.param(TOUCH.partition(" The print")[0], "", Unread.NO_FINALITY, id="no finality is filled in"),
        pytest.param(
            CLOSE.replace(", according to the Astra World BTC/USD feed", ""), "", Unread.NO_ORACLE, id="no source"
        ),
        pytest.param(CLOSE.replace("BTC/USD", "ETH/USD"), "", Unread.AMBIGUOUS, id="the feed of another coin"),
        pytest.param(CLOSE.replace("12:00:00Z", "12:00:00"), "", Unread.NO_CUTOFF, id="a time without a zone"),
        pytest.param(
            CLOSE.replace("$85,000", "$85,000.50"), "", Unread.LEVEL_NOT_INTEGRAL, id="half a dollar is not cut off"
        ),
        pytest.param(CLOSE.replace("$85,000", "$85 million"), "", Unread.NO_LEVEL, id="85 million is not 85"),
        pytest.param(CLOSE.replace("$85,000", "$1t"), "", Unread.NO_LEVEL, id="a trillion is no price of a coin"),
        pytest.param(CLOSE, "Will Bitcoin be above $90,000?", Unread.AMBIGUOUS, id="question and rules differ"),
        pytest.param(
            CLOSE.replace("at or above $85,000", "between $80,000 and $85,000"), "", Unread.AMBIGUOUS, id="two levels"
        ),
        pytest.param(TOUCH.replace(" or higher", ""), "", Unread.NO_DIRECTION, id="a touch from an unknown side"),
        pytest.param(
            TOUCH.replace("touches $4,200 or higher", "dips to $4,200 or higher"),
            "",
            Unread.AMBIGUOUS,
            id="a dip upwards",
        ),
        pytest.param(
            CLOSE.replace("is at or above $85,000 at", "is white at or above $85,000 by"),
            "",
            Unread.NO_RESOLUTION_TYPE,
            id="hit inside white is no touch",
        ),
        pytest.param(
            CLOSE.replace("Bitcoin", "wBTC"), "", Unread.FALSE_POSITIVE_TOKEN, id="wrapped Bitcoin is not Bitcoin"
        ),
        pytest.param(CLOSE.replace("Bitcoin", "Ethena"), "", Unread.FALSE_POSITIVE_TOKEN, id="Ethena is not Ethereum"),
        pytest.param(CLOSE.replace("Bitcoin", "MegaETH"), "", Unread.UNSUPPORTED_UNDERLYING, id="MegaETH is not ETH"),
        pytest.param(CLOSE.replace("Bitcoin", "Bitcoin or Ethereum"), "", Unread.AMBIGUOUS, id="two coins"),
        pytest.param("", "Will Bitcoin be above $85,000?", Unread.NO_RULES, id="a question is not a rule"),
        pytest.param("We shall see.", "Will Bitcoin reach $85,000?", Unread.NO_CONDITION, id="no deciding sentence"),
    ],
)
def test_what_a_threshold_does_not_say_is_not_filled_in(rules: str, question: str, reason: Unread) -> None:
    assert refusal(listing(rules, question)) is reason


def test_an_outcome_is_read_with_its_source_and_its_whole_rule() -> None:
    contract = read(listing(MATCH, "Will the Harbour Owls beat the Ridge Foxes?", Category.SPORTS))
    assert (contract.category, contract.resolution_type) == ("event_outcome", "event")
    assert dict(contract.condition) == {"outcome": "the Harbour Owls beat the Ridge Foxes in their match on March 14"}
    assert contract.oracle_source == "Astra World League results page"
    assert contract.oracle_details["rule"] == MATCH
    assert contract.cutoff_ts_utc == "2026-03-14T12:00:00Z"


def test_a_clarification_changes_the_hash() -> None:
    before = read(listing(MATCH, category=Category.SPORTS))
    after = read(listing(MATCH + " Overtime counts.", category=Category.SPORTS))
    assert before.definition_hash != after.definition_hash


def test_a_leg_of_a_one_winner_event_takes_its_outcome_from_the_question() -> None:
    rules = (
        "This market will resolve according to the national team that wins the 2026 FIFA World Cup. The primary "
        "resolution source will be official information from FIFA, however, a consensus of credible reporting may "
        "also be used."
    )
    leg = listing(rules, "Will Iraq win the 2026 FIFA World Cup?", Category.SPORTS)
    single = refusal(leg)
    contract = read(replace(leg, instrument=replace(leg.instrument, neg_risk=True)))
    assert single is Unread.NO_CONDITION
    assert contract.condition["outcome"] == "Will Iraq win the 2026 FIFA World Cup"
    assert contract.oracle_source == "official information from FIFA"


def test_a_time_in_new_york_becomes_utc_in_winter_and_in_summer() -> None:
    rules = (
        'This market will resolve to "Yes" if Kraken completes an IPO by {}, 11:59 PM ET. '
        "The resolution source for this market is a consensus of credible reporting."
    )
    winter = replace(listing(rules.format("December 31, 2026")), close_ns=ns_from_text("2026-12-31T12:00:00Z"))
    summer = replace(listing(rules.format("June 30, 2026")), close_ns=ns_from_text("2026-06-30T12:00:00Z"))
    assert read(winter).cutoff_ts_utc == "2027-01-01T04:59:00Z"
    assert read(summer).cutoff_ts_utc == "2026-07-01T03:59:00Z"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"outcomes": ("Yes", "No", "Tie")}, Unread.NOT_BINARY, id="a third outcome"),
        pytest.param({"close_ns": None}, Unread.NO_CLOSE_DATE, id="no date"),
        pytest.param({"rules": "  "}, Unread.NO_RULES, id="no rules"),
        pytest.param({"rules": MATCH.partition(", according")[0] + "."}, Unread.NO_ORACLE, id="nobody reports it"),
        pytest.param({"rules": "The Owls may win."}, Unread.NO_CONDITION, id="no deciding sentence"),
        pytest.param(
            {"close_ns": ns_from_text("2026-03-16T12:00:01Z")},
            Unread.DATES_DISAGREE,
            id="trading goes on two days after the result",
        ),
        pytest.param(
            {"outcomes": ("Up", "Down"), "question": "Bitcoin Up or Down - March 14, 7AM ET"},
            Unread.LEVEL_AT_WINDOW_START,
            id="the level is not in the text",
        ),
    ],
)
def test_what_an_outcome_does_not_say_is_not_filled_in(change: dict[str, object], reason: Unread) -> None:
    assert refusal(replace(listing(MATCH, category=Category.SPORTS), **change)) is reason  # type: ignore[arg-type]


def test_a_level_with_a_missing_field_is_not_demoted_to_an_outcome() -> None:
    without_rounding = CLOSE.partition(" The price is rounded")[0]
    assert refusal(listing(without_rounding, category=Category.OTHER)) is Unread.NO_ROUNDING


def test_the_teams_of_a_match_may_name_the_outcomes() -> None:
    rules = MATCH.replace('"Yes"', '"Owls"')
    found = replace(listing(rules, category=Category.SPORTS), outcomes=("Owls", "Foxes"))
    assert read(found).condition["outcome"] == "the Harbour Owls beat the Ridge Foxes in their match on March 14"
