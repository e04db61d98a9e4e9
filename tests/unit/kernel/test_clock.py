"""Time is handed in, in nanoseconds, and never goes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.kernel.clock import Clock, VirtualClock, ns_from_text, utc_text
from astra_actors.kernel.errors import BadInput, ClockWentBack

TIMES = [
    pytest.param("1970-01-01T00:00:00.000Z", 0, id="the beginning"),
    pytest.param("2026-06-07T01:30:51.472Z", 1_780_795_851_472_000_000, id="a moment"),
    pytest.param("1969-12-31T23:59:59.999Z", -1_000_000, id="before the beginning"),
]


@pytest.mark.parametrize(("text", "ns"), TIMES)
def test_a_time_and_its_text(text: str, ns: int) -> None:
    assert (ns_from_text(text), utc_text(ns)) == (ns, text)


ZONES = [
    pytest.param("2026-03-01T02:00:00+02:00", id="an offset"),
    pytest.param("2026-03-01T00:00:00Z", id="zulu"),
    pytest.param("2026-02-28T19:00:00-05:00", id="New York"),
]


@pytest.mark.parametrize("text", ZONES)
def test_a_zone_moves_the_time(text: str) -> None:
    assert ns_from_text(text) == 1_772_323_200_000_000_000


def test_microseconds_are_kept_and_the_text_is_cut() -> None:
    ns = ns_from_text("2026-03-01T00:00:00.123999Z")
    assert ns == 1_772_323_200_123_999_000
    assert utc_text(ns) == "2026-03-01T00:00:00.123Z"


REFUSED = [
    pytest.param("2026-03-01T00:00:00", "its zone", id="no zone"),
    pytest.param("2026-03-01", "its zone", id="a date"),
    pytest.param("yesterday", "an ISO-8601 time", id="a word"),
    pytest.param("2026-13-01T00:00:00Z", "an ISO-8601 time", id="a thirteenth month"),
    pytest.param(None, "an ISO-8601 time", id="nothing"),
]


@pytest.mark.parametrize(("text", "match"), REFUSED)
def test_a_time_is_never_guessed(text: str, match: str) -> None:
    with pytest.raises(BadInput, match=match) as caught:
        ns_from_text(text, field="cutoff")
    assert caught.value.field == "cutoff"


def test_a_virtual_clock_only_goes_forward() -> None:
    clock = VirtualClock(5)
    clock.move_to(9)
    clock.move_to(9)
    with pytest.raises(ClockWentBack, match="8 ns after 9 ns"):
        clock.move_to(8)
    seen: Clock = clock
    assert seen.now_ns() == 9


@given(st.integers(0, 4_000_000_000_000))
def test_every_millisecond_survives_its_text(ms: int) -> None:
    assert ns_from_text(utc_text(ms * 1_000_000)) == ms * 1_000_000
