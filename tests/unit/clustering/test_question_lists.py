"""A list of questions from outside is read whole or refused whole, with every line that is wrong."""

from __future__ import annotations

import json

import pytest

from astra_actors.clustering.questions import questions_of


def test_a_list_is_read() -> None:
    text = (
        '\ufeff{"id": 7, "question": " Fed cuts? ", "event_id": 12, "category": "macro", "tags": ["fed"], "slug": 1}\n\n'
        '{"id": "b", "question": "Up?", "neg_risk": true, "underlying": "BTC"}\r\n'
    )
    (one, other), findings = questions_of(text, name="q")
    assert findings == []
    assert (one.market_id, one.question, one.event_id, one.category, one.tags) == (
        "7",
        "Fed cuts?",
        "12",
        "macro",
        ("fed",),
    )
    assert (other.market_id, other.neg_risk, other.underlying) == ("b", True, "BTC")


@pytest.mark.parametrize(
    ("line", "place"),
    [
        pytest.param("{", "q line 2", id="half an object"),
        pytest.param("[1]", "q line 2", id="a list"),
        pytest.param("[" * 20_000, "q line 2", id="a hostile nest"),
        pytest.param('{"question": "Up?"}', "q line 2 id", id="no id"),
        pytest.param('{"id": "b"}', "q line 2 question", id="no question"),
        pytest.param('{"id": "b", "question": "  "}', "q line 2 question", id="an empty question"),
        pytest.param('{"id": "b", "question": 5}', "q line 2 question", id="a number for a question"),
        pytest.param('{"id": true, "question": "Up?"}', "q line 2 id", id="a switch for an id"),
        pytest.param('{"id": "b", "question": "\\ud800"}', "q line 2 question", id="half a surrogate pair"),
        pytest.param('{"id": "b", "question": "Up?", "tags": "fed"}', "q line 2 tags", id="a text for tags"),
        pytest.param('{"id": "b", "question": "Up?", "neg_risk": 1}', "q line 2 neg_risk", id="a number for a switch"),
        pytest.param('{"id": "a", "question": "Up?"}', "q line 2 id", id="an id twice"),
    ],
)
def test_one_wrong_line_is_one_finding(line: str, place: str) -> None:
    _, findings = questions_of(f'{{"id": "a", "question": "Down?"}}\n{line}\n', name="q")
    assert [finding[0] for finding in findings] == [place]
    assert findings[0][2]


def test_all_wrong_lines_are_told() -> None:
    rows = ["nothing", json.dumps({"id": "a"}), json.dumps({"question": "Up?", "tags": [1]})]
    _, findings = questions_of("\n".join(rows), name="q")
    assert [finding[0] for finding in findings] == ["q line 1", "q line 2 question", "q line 3 tags", "q line 3 id"]


def test_an_empty_list_is_refused() -> None:
    assert questions_of("\n \n", name="q")[1][0][0] == "q"
