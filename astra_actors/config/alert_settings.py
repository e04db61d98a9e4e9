"""Who is told, and from where on something is worth telling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Interval, Len
from pydantic import BeforeValidator, SecretStr

MASK = "**********"


class SecretUrl(SecretStr):
    """An address with a token in it. A copy in another process holds the mask: it cannot reach Ray's object store."""

    def __reduce__(self) -> tuple[type[SecretUrl], tuple[str]]:
        return (SecretUrl, (MASK,))


def _one_or_more(value: Any) -> Any:
    """One text with blanks between addresses, as an environment variable holds them, or a list."""
    if isinstance(value, str):
        value = value.split()
    if isinstance(value, list | tuple):
        return tuple(SecretUrl(part) if isinstance(part, str) else part for part in value)
    return value


Urls = Annotated[tuple[SecretUrl, ...], BeforeValidator(_one_or_more), Len(0, 8)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """Alerts: every one is a row of the ledger; these say which of them people are sent."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "hide_input_in_errors": True}

    enabled: bool = True  # with no address configured nothing is sent anyway
    urls: Urls = ()  # of any service apprise knows, at most eight, beside ALERT_WEBHOOK_URL; tokens, so never a file's
    virtual_time: bool = (
        False  # what happens to money in a world or on a tape: a month passes in 100 s, nobody wants that
    )
    severity_min: Literal["critical", "warning", "info"] = (
        "info"  # a daily summary is what most people want to see first
    )
    queue_max: Annotated[int, Interval(ge=1, le=10_000)] = (
        200  # beyond it the least grave one is dropped, and its row says so
    )
    uptime_min: Annotated[float, Interval(gt=0, le=1)] = 0.95  # methods P2-6
    uptime_window_s: Annotated[float, Gt(0)] = (
        3_600.0  # a reconnect takes a second; three minutes in an hour are a finding
    )
    errors: Annotated[int, Ge(1)] = 3  # failures of children and markets together (§18.9: warn from three a cycle)
    errors_window_s: Annotated[float, Gt(0)] = 300.0  # the cool-down of an alert: one alert a cluster of failures
    drain_s: Annotated[float, Ge(0)] = 10.0  # how long the end of a run waits for what is still on its way
