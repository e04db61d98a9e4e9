"""Every deliberate failure says which field, what it held, and what to do, also after a trip between processes."""

from __future__ import annotations

import pickle

import pytest

from astra_actors.kernel import errors
from astra_actors.kernel.errors import AstraError, BadInput

CLASSES = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, AstraError)]
BAD_INPUTS = [cls for cls in CLASSES if issubclass(cls, BadInput)]


@pytest.mark.parametrize("cls", BAD_INPUTS, ids=lambda cls: cls.__name__)
def test_bad_input_names_field_value_and_remedy(cls: type[BadInput]) -> None:
    error = cls("risk.market_cap", 2.0, "give a fraction below 1")
    assert str(error) == "risk.market_cap: 2.0 is not usable; give a fraction below 1"
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back), back.field, back.value) == (cls, str(error), "risk.market_cap", 2.0)


def test_a_long_value_is_cut() -> None:
    text = str(BadInput("frame", "x" * 5_000, "send less"))
    assert text == f"frame: '{'x' * 116}... is not usable; send less"


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_the_tree_at_the_top_shows_every_class(cls: type[AstraError]) -> None:
    assert cls.__name__ in (errors.__doc__ or "")
    assert cls.__doc__
