"""Times in a market's rules that carry a zone: ISO-8601, or `December 31, 2026, 11:59 PM ET`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from astra_actors.kernel.clock import ns_from_text, utc_text
from astra_actors.kernel.errors import BadInput

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DATE: Final = rf"{_MONTH} (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})"
_CLOCK: Final = r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))? ?(?P<half>AM|PM) (?P<zone>ET|UTC)\b"
_ISO: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})")
_SPOKEN: Final = (re.compile(rf"\b{_DATE},? (?:at )?{_CLOCK}", re.I), re.compile(rf"\b{_CLOCK},? on {_DATE}", re.I))


def times_in(text: str) -> list[str]:
    """Every different time with a zone, as UTC text, in order of time; a time without a zone is not one."""
    moments: list[int] = []
    for match in _ISO.finditer(text):
        try:
            moments.append(ns_from_text(match[0]))
        except BadInput:
            continue  # 2026-02-30 is no day
    for pattern in _SPOKEN:
        for match in pattern.finditer(text):
            spoken = _spoken_ns(match)
            if spoken is not None:
                moments.append(spoken)
    return [as_cutoff(ns) for ns in sorted(dict.fromkeys(moments))]


def as_cutoff(ns: int) -> str:
    """A time as contracts write it: `2026-03-01T00:00:00Z`; milliseconds only when there are some."""
    return utc_text(ns).replace(".000Z", "Z")


def _spoken_ns(match: re.Match[str]) -> int | None:
    hour = int(match["hour"]) % 12 + (12 if match["half"].upper() == "PM" else 0)
    month = _MONTHS.index(match["month"].lower()) + 1
    try:
        local = datetime(int(match["year"]), month, int(match["day"]), hour, int(match["minute"] or 0), tzinfo=UTC)
    except ValueError:
        return None
    if match["zone"].upper() == "ET":
        local += timedelta(hours=4 if _is_us_summer(local) else 5)
    return ns_from_text(local.isoformat())


def _is_us_summer(local: datetime) -> bool:
    """Daylight time in New York: from the second Sunday of March to the first of November, 02:00 on the wall."""
    return _sunday(local.year, 3, nth=2) <= local < _sunday(local.year, 11, nth=1)


def _sunday(year: int, month: int, *, nth: int) -> datetime:
    first = datetime(year, month, 1, 2, tzinfo=UTC)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))
