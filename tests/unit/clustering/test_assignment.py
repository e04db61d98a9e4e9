"""Which clusters a market gets and in which order of authority: a person, the exchange, the gazetteer, bare names."""

from __future__ import annotations

import pytest
from few_entities import assigned, small
from hypothesis import given, settings
from hypothesis import strategies as st

from astra_actors.clustering.assign import NAMES_MAX, Clusterer, MarketWords
from astra_actors.clustering.chunks import chunks_of, cluster_markets, merged


@pytest.mark.parametrize(
    ("question", "clusters"),
    [
        pytest.param("Will the Fed cut in March?", ("entity:fed",), id="an alias"),
        pytest.param("will the fed cut in march?", ("entity:fed",), id="typed without capitals, letters tell nothing"),
        pytest.param("Are voters fed, watered and happy?", (), id="a small letter where a capital is meant"),
        pytest.param("Is the Fed fed up with Congress?", ("name:fed", "name:congress"), id="a veto"),
        pytest.param("BTC above $90,000?", ("entity:bitcoin",), id="an exact alias"),
        pytest.param("Btc above $90,000 on Friday?", ("name:btc",), id="an exact alias written otherwise"),
        pytest.param("Bitcoin Cash above $500?", ("entity:bitcoin-cash",), id="the longest alias wins"),
        pytest.param("Will Trump Tower be sold?", ("entity:trump-tower",), id="a tower is not the man"),
        pytest.param("Will Trump's tariff stand?", ("entity:trump",), id="a possessive"),
        pytest.param("MSTR above 300?", ("entity:microstrategy", "entity:bitcoin"), id="an implication"),
        pytest.param(
            "Will Saylor resign?",
            ("entity:saylor", "entity:microstrategy", "entity:bitcoin"),
            id="implications of implications",
        ),
        pytest.param("Will the Giants beat the Cowboys?", ("entity:nfl-giants",), id="context: one game"),
        pytest.param("Giants home run in Game 3?", ("entity:mlb-giants",), id="context: the other game, by a phrase"),
        pytest.param("Will the Giants win tonight?", ("name:giants",), id="no context: nobody's, but a name"),
        pytest.param(
            "Will the Velmora Giants score with a quarterback like this?",
            ("name:velmora-giants",),
            id="an unknown word in front makes another name",
        ),
        pytest.param("New York Giants coach fired?", ("entity:nfl-giants",), id="broad entities make no cluster"),
    ],
)
def test_what_the_words_say(question: str, clusters: tuple[str, ...]) -> None:
    found = assigned(question)
    told = tuple(one for one in found.clusters if not one.startswith(("ladder:", "market:")))
    assert told == clusters
    assert set(found.why) == set(found.clusters)


def test_tags_and_category_are_context() -> None:
    assert assigned("Will the Giants win?", tags=("innings",)).clusters == ("entity:mlb-giants",)
    assert assigned("Will the Giants win?", category="quarterback").clusters == ("entity:nfl-giants",)


def test_the_exchange_comes_first() -> None:
    found = assigned("Fed cuts by 25 bps?", event_id="e1")
    assert found.clusters == ("event:e1", "entity:fed")


def test_a_one_winner_event_needs_no_guess_about_its_runners() -> None:
    runner = "Will Mira Talvane win the election of Veldania?"
    assert assigned(runner, event_id="e1", neg_risk=True).clusters == ("event:e1",)
    assert assigned(runner, event_id="e1").clusters == ("event:e1", "name:mira-talvane", "name:veldania")
    assert "negRisk" in assigned(runner, event_id="e1", neg_risk=True).why["event:e1"]


def test_a_person_wins_over_everything() -> None:
    found = assigned("Bitcoin above 1?", "by-hand", event_id="e1", neg_risk=True, underlying="BTC")
    assert found.clusters == ("entity:fed", "mine")
    assert set(found.why.values()) == {"set by hand: the rules name the Fed"}
    assert found.entities == ("bitcoin",), "what was recognised stays on record"


def test_the_price_that_settles_a_market_is_its_entity_when_the_gazetteer_knows_it() -> None:
    assert assigned("Above 1?", underlying="BTC").clusters == ("entity:bitcoin",)
    assert assigned("Above 1?", underlying="QQX").clusters == ("underlying:QQX",)


def test_rungs_of_one_ladder_hang_together_without_a_name() -> None:
    one, other = (
        assigned(f"at least {count} floods reported near dams by May {day}?") for count, day in ((3, 4), (5, 30))
    )
    assert one.clusters == other.clusters == ("ladder:least-floods-reported-near-dams",)
    assert one.unseen


def test_both_sides_of_a_match_make_a_cluster_whoever_is_named_first() -> None:
    assert assigned("Ondria vs. Tresk: total over 3?").clusters[0] == "match:ondria-vs-tresk"
    assert assigned("Will Tresk vs Ondria end in a draw?").clusters[0] == "match:ondria-vs-tresk"


def test_nothing_in_common_is_a_cluster_of_its_own() -> None:
    assert assigned("Up or down?", "m7").clusters == ("market:m7",)


def test_a_hostile_question_costs_a_bounded_number_of_caps() -> None:
    question = ", ".join(f"Zork{number} Quax" for number in range(2_000))
    assert len(assigned(question).clusters) == NAMES_MAX


QUESTIONS = [
    "Fed cuts?", "Bitcoin above 5?", "Saylor out?", "Will Mira Talvane win?", "Giants vs. Cowboys", "rain, snow, or ice 3?",
]  # fmt: skip


@settings(max_examples=25)
@given(
    order=st.permutations(range(24)),
    size=st.integers(1, 30),
    shuffled=st.randoms(use_true_random=False),
)
def test_the_answer_depends_neither_on_order_nor_on_how_the_list_is_cut(order, size, shuffled) -> None:
    markets = [MarketWords(market_id=str(n), question=QUESTIONS[n % 6], event_id=str(n % 5)) for n in order]
    clusterer = Clusterer(small())
    pieces = [cluster_markets(small(), markets, *piece) for piece in chunks_of(len(markets), size)]
    shuffled.shuffle(pieces)
    assert merged(pieces, len(markets)) == [clusterer.assign(market) for market in markets]


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_gets_an_answer_with_reasons(question: str, tags: list[str]) -> None:
    found = assigned(question, tags=tuple(tags))
    assert found.clusters
    assert all(found.why[cluster] for cluster in found.clusters)
