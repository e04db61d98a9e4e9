"""The how-to page's example is a strategy that works."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from astra_actors.strategies import registry
from astra_actors.strategies.base import QuoteSide, Strategy, View

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "add_a_strategy.md"


def test_the_example_of_the_page_runs(make_view: Callable[..., View], monkeypatch: pytest.MonkeyPatch) -> None:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    module = ModuleType("patient_bid")
    monkeypatch.setitem(sys.modules, "patient_bid", module)  # a dataclass looks its own module up
    known = dict(registry._CLASSES)
    try:
        exec(compile(found.group(1), str(PAGE), "exec"), vars(module))  # text of this repository
        assert "patient_bid" in registry.strategy_classes()
    finally:
        registry._CLASSES.clear()
        registry._CLASSES.update(known)
    made = module.PatientBid()
    assert isinstance(made, Strategy)
    (quote,) = made.quotes(make_view(interval=(0.55, 0.6, 0.65))).wanted
    assert (quote.side, quote.price_e4, quote.size_e6) == (QuoteSide.BID, 4900.0, int(20 / 0.49 * 1_000_000))
    assert made.quotes(make_view(interval=(0.5, 0.6, 0.65))).wanted == ()
