"""The registry: found by its file, validated by its fields, chosen in declared order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from astra_actors.kernel.errors import BadInput, ConfigError
from astra_actors.strategies.base import Quotes, View
from astra_actors.strategies.registry import choose, load_strategies, strategy, strategy_classes

Make = Callable[..., View]


def test_the_folder_is_the_list() -> None:
    assert {"crypto_threshold", "market_making"} <= set(strategy_classes())


def test_strategies_come_in_declared_order_without_the_disabled_ones() -> None:
    names = [made.name for made in load_strategies({"market_making": {}, "crypto_threshold": {"enabled": True}})]
    assert names == ["market_making", "crypto_threshold"]
    assert load_strategies({"market_making": {"enabled": False}}) == ()


def test_parameters_are_validated_and_taken() -> None:
    (made,) = load_strategies({"market_making": {"half_points": "0.02"}})
    assert getattr(made, "half_points") == 0.02  # noqa: B009 - the protocol does not know the field


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param({"nosuch": {}}, ["strategies.nosuch", "crypto_threshold"], id="an unknown strategy"),
        pytest.param(
            {"market_making": {"halfpoints": 1}}, ["halfpoints", "unknown", "half_points"], id="an unknown key"
        ),
        pytest.param({"market_making": {"half_points": 0.7}}, ["half_points", "0.5"], id="a value out of bounds"),
        pytest.param(
            {"market_making": {"half_points": "wide"}}, ["half_points", "number"], id="a value of the wrong kind"
        ),
        pytest.param({"market_making": {"half_points": float("nan")}}, ["half_points"], id="no number at all"),
        pytest.param({"market_making": {"enabled": "maybe"}}, ["enabled", "true or false"], id="enabled is yes or no"),
        pytest.param({"market_making": {"enabled": False, "x": 1}}, ["x", "unknown"], id="a disabled one is read too"),
        pytest.param(
            {"nosuch": {}, "crypto_threshold": {"kelly_fraction": 2, "y": 1}},
            ["nosuch", "kelly_fraction", "y: unknown"],
            id="all mistakes together",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_remedy(settings: dict[str, dict[str, Any]], words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_strategies(settings)
    for word in words:
        assert word in str(caught.value)


def test_the_first_strategy_that_accepts_gets_the_market(make_view: Make) -> None:
    both = load_strategies({"crypto_threshold": {}, "market_making": {}})
    crypto, event = make_view("crypto_threshold"), make_view("event_outcome")
    chosen = [choose(both, view.listing, view.definition) for view in (crypto, event)]
    assert [made.name if made else None for made in chosen] == ["crypto_threshold", "market_making"]
    assert choose(both[:1], event.listing, event.definition) is None


def test_a_strategy_without_a_name_or_with_loose_fields_is_refused() -> None:
    class Nameless:
        pass

    class Loose:
        name: ClassVar[str] = "loose"

    with pytest.raises(BadInput, match="ClassVar"):
        strategy(Nameless)
    with pytest.raises(BadInput, match="frozen=True"):
        strategy(Loose)


def test_a_name_belongs_to_one_class() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Impostor:
        name: ClassVar[str] = "market_making"

        def quotes(self, view: View) -> Quotes:
            return Quotes()

    with pytest.raises(BadInput, match="taken by"):
        strategy(Impostor)
