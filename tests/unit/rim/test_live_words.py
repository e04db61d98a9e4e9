"""What a person reads when a stop could not be proven: every order, and what clears them."""

from __future__ import annotations

import pytest

from astra_actors.cli.live_words import say_proof
from supervision.live_drive import proof_of

ORDER = {
    "order_id": "order-1", "venue_id": "0xabc", "market_id": "0xm", "token_id": "7", "side": "BUY", "price_e4": 2_700,
    "size_e6": 46_290_000, "filled_e6": 6_290_000, "state": "cancelling",
}  # fmt: skip


def test_an_unproven_stop_lists_its_orders_and_says_what_clears_them(capsys: pytest.CaptureFixture[str]) -> None:
    say_proof({"cleared": False, "seconds": 60.0, "open": [ORDER]})
    said = capsys.readouterr().err
    assert "1 order may still rest" in said and "60.0 s" in said
    assert "BUY 40 at 0.27" in said and "0xabc" in said and "0xm" in said
    assert "dead man's switch" in said


def test_a_proven_one_says_after_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    say_proof({"cleared": True, "seconds": 1.26, "open": []})
    assert "no order rests at the venue, proven 1.3 s" in capsys.readouterr().err


def test_without_the_accounts_word_nothing_is_proven() -> None:
    assert proof_of({})["cleared"] is proof_of({"cleared": None})["cleared"] is False
    assert proof_of({"cleared": {"cleared": True, "open": []}})["cleared"]
