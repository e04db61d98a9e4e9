"""Bodies the venue answers with, strictly read and bounded; what is unreadable raises `WireError` or is left unproven."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeVar

import msgspec

from astra_actors.kernel.errors import WireError
from astra_actors.kernel.nesting import too_deep

BODY_BYTES_MAX: Final = 4_194_304  # a page of a hundred trades with many makers is a hundredth of it
Id = Annotated[str, msgspec.Meta(max_length=128)]
T = TypeVar("T")


class PostRow(msgspec.Struct, frozen=True):
    """One row of the answer to `POST /orders`. Amounts are not read: their unit is not certain, trades tell them."""

    success: bool | None = None
    errorMsg: str | None = None  # noqa: N815 - the venue's own names, here and below
    orderID: Id | None = None  # noqa: N815
    status: str | None = None
    tradeIDs: list[Id] | None = None  # noqa: N815


class CancelReply(msgspec.Struct, frozen=True):
    """The answer to every kind of cancel. A reason says why an order was not cancelled, and never that it is gone."""

    canceled: list[Id] = []
    not_canceled: dict[Id, str] = {}


class Page(msgspec.Struct, frozen=True):
    """One page of a list; `LTE=` ends it, and so does a cursor that is missing."""

    data: list[msgspec.Raw]
    next_cursor: Annotated[str, msgspec.Meta(max_length=256)] | None = None

    @property
    def is_last(self) -> bool:
        """Whether nothing follows."""
        return self.next_cursor in (None, "", "LTE=")


class _Error(msgspec.Struct, frozen=True):
    error: str = ""


class _Balance(msgspec.Struct, frozen=True):
    balance: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,30}\Z")]
    allowances: dict[Id, Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,78}\Z")]] | None = None
    allowance: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,78}\Z")] | None = None


_POST: Final = msgspec.json.Decoder(list[PostRow])
_ERROR: Final = msgspec.json.Decoder(_Error)
_CANCEL: Final = msgspec.json.Decoder(CancelReply)
_PAGE: Final = msgspec.json.Decoder(Page)
_BALANCE: Final = msgspec.json.Decoder(_Balance)
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeError, RecursionError, ValueError)


def read_post(body: bytes) -> list[PostRow] | str:
    """The rows of a 200, or its one text when it is an error after all; what cannot be read is a text too."""
    if len(body) > BODY_BYTES_MAX or too_deep(body):
        return "an answer that is too large or too deep"
    try:
        return _POST.decode(body)
    except _UNREADABLE:
        return error_text(body) or "an answer that cannot be read"


def error_text(body: bytes) -> str:
    """The venue's `error` in a body; empty when there is none."""
    if len(body) > BODY_BYTES_MAX or too_deep(body):
        return ""
    try:
        return _ERROR.decode(body).error
    except _UNREADABLE:
        return ""


def read_cancel(body: bytes) -> CancelReply:
    """Which orders were cancelled; raises `WireError`."""
    return _read(_CANCEL, body, "cancel")


def read_page(body: bytes) -> Page:
    """One page of orders or trades, its rows still raw; raises `WireError`."""
    return _read(_PAGE, body, "page")


def read_balance(body: bytes) -> tuple[int, dict[str, int]]:
    """The cached balance and the allowance by spender ("" where the form names none); raises `WireError`."""
    told: _Balance = _read(_BALANCE, body, "balance")
    allowances = told.allowances if told.allowances is not None else {"": told.allowance or "0"}
    return int(told.balance), {spender.lower(): int(allowed) for spender, allowed in allowances.items()}


def _read(decoder: msgspec.json.Decoder[T], body: bytes, name: str) -> T:
    if len(body) > BODY_BYTES_MAX or too_deep(body):
        raise WireError(name, _start(body), "an answer is smaller and nests a few levels")
    try:
        return decoder.decode(body)
    except _UNREADABLE as error:
        raise WireError(name, _start(body), f"give what the venue documents: {error}") from error


def _start(body: Any) -> bytes:
    return bytes(body[:60])
