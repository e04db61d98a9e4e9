"""Who gets what when budget is short: what stands first, then score, then name."""

from __future__ import annotations

import pytest

from astra_actors.risk.allocation import Claim, allocate

CAPS = {"aggregate": 100, "cluster:a": 60}


def _claim(market_id: str, wanted: int, *, worst: int = 0, spent: int = 0, score: float = 0.0, cap: int = 50) -> Claim:
    return Claim(market_id, ("aggregate", "cluster:a"), max(worst, spent), worst, wanted, cap, score)


def _limits(*claims: Claim) -> list[int]:
    allocate(claims, CAPS)
    return [claim.limit_e10 for claim in claims]


@pytest.mark.parametrize(
    ("claims", "limits"),
    [
        pytest.param([_claim("x", 30)], [30], id="what it wants"),
        pytest.param([_claim("x", 80)], [50], id="up to its own cap"),
        pytest.param([_claim("x", 0, worst=20)], [20], id="what stands, though it wants nothing"),
        pytest.param([_claim("x", 50, score=1), _claim("y", 50, score=2)], [10, 50], id="the better score first"),
        pytest.param([_claim("y", 50), _claim("x", 50)], [10, 50], id="then the name"),
        pytest.param(
            [_claim("x", 50, score=9), _claim("y", 0, worst=40)], [20, 40], id="what stands comes before score"
        ),
        pytest.param(
            [_claim("x", 50, score=9), _claim("y", 10, spent=50)],
            [10, 10],
            id="a larger lease still in use is not given away twice",
        ),
        pytest.param(
            [_claim("x", 50, score=9), _claim("y", 50, spent=50)],
            [10, 10],
            id="the holder of the worse score is asked for its budget back first",
        ),
        pytest.param(
            [_claim("x", 50, score=9), _claim("y", 0, worst=61)], [0, 61], id="no grant where the cap has been passed"
        ),
        pytest.param([_claim("x", 50, worst=30, cap=25)], [30], id="its own cap has shrunk under what stands"),
    ],
)
def test_limits(claims: list[Claim], limits: list[int]) -> None:
    assert _limits(*claims) == limits


def test_the_scope_that_shrank_is_named_and_its_markets_only_reduce() -> None:
    claims = [_claim("x", 50), _claim("y", 50, worst=61, cap=70)]
    dealt = allocate(claims, CAPS)
    assert dealt.reducing_scopes == ("cluster:a",)
    assert [claim.reducing for claim in claims] == [True, True]
    assert dealt.committed == {"aggregate": 61, "cluster:a": 61}


def test_a_market_that_did_not_speak_keeps_what_it_holds_and_gets_nothing() -> None:
    silent = Claim("s", ("aggregate", "cluster:a"), 50, 10, 0, 50, 0.0, True)
    other = _claim("x", 50)
    dealt = allocate([silent, other], CAPS)
    assert (silent.limit_e10, other.limit_e10) == (0, 10)
    assert dealt.committed["cluster:a"] == 60
