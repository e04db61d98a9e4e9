"""A folder holds one exchange: other flags are refused with those it was begun with."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from astra_actors.cli.exchange_setup import Wishes, build, crowd_of
from astra_actors.kernel.errors import ConfigError


def test_other_flags_are_refused_in_the_words_of_the_flags(tmp_path: Path) -> None:
    begun = Wishes(
        port=0, seed=3, speed=0.0, markets=24, days=7.0, tapes=(Path("a b.tape"), Path("c.tape")), faults=(), switches=(),
        tier="standard", settle_ms=None, data_dir=tmp_path,
    )  # fmt: skip
    venue = build(begun)
    with closing(venue.store):
        assert crowd_of(begun, venue) is None
        with pytest.raises(ConfigError) as refused:
            crowd_of(replace(begun, seed=4), venue)
    assert "begun with --seed 3 --speed 0 --markets 24 --days 7 --tape 'a b.tape' --tape c.tape;" in str(refused.value)
