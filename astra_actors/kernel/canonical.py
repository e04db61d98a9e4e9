"""Canonical JSON (RFC 8785) and its SHA-256: one value, one text, one hash, on every machine (methods §17.1, §17.3)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from json.encoder import encode_basestring  # escapes exactly what RFC 8785 asks for and leaves the rest as it is
from typing import Any, Final

from astra_actors.kernel.errors import BadInput

INT_MAX: Final = 2**53 - 1  # beyond it a double, and so a JSON reader elsewhere, cannot tell neighbours apart


def canonical_hash(value: Any) -> str:
    """SHA-256 of the canonical bytes, in lower hex."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def canonical_bytes(value: Any) -> bytes:
    """The one UTF-8 text of a JSON value; what has no such text raises `BadInput` that names the place."""
    parts: list[str] = []
    _write(value, "$", parts)
    return "".join(parts).encode()


def _write(value: Any, at: str, out: list[str]) -> None:
    if value is None or value is True or value is False:
        out.append({None: "null", True: "true", False: "false"}[value])
    elif isinstance(value, str):
        out.append(_string(value, at))
    elif isinstance(value, int):
        out.append(_integer(value, at))
    elif isinstance(value, float):
        out.append(_number(value, at))
    elif isinstance(value, Mapping):
        _write_object(value, at, out)
    elif isinstance(value, list | tuple):
        _write_array(value, at, out)
    else:
        raise BadInput(
            at, value, "JSON knows null, booleans, numbers, text, lists and objects; write money as an integer"
        )


def _write_object(value: Mapping[Any, Any], at: str, out: list[str]) -> None:
    for key in value:
        if not isinstance(key, str):
            raise BadInput(at, key, "a key of a JSON object is text")
        _string(key, at)  # a lone surrogate in a key is refused before it is compared
    out.append("{")
    for index, key in enumerate(sorted(value, key=_utf16)):
        out.append(f"{',' if index else ''}{encode_basestring(key)}:")
        _write(value[key], f"{at}.{key}", out)
    out.append("}")


def _write_array(value: list[Any] | tuple[Any, ...], at: str, out: list[str]) -> None:
    out.append("[")
    for index, item in enumerate(value):
        if index:
            out.append(",")
        _write(item, f"{at}[{index}]", out)
    out.append("]")


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")  # big-endian bytes order as their code units do


def _string(value: str, at: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadInput(at, value, "a lone surrogate has no UTF-8 form") from error
    return str(encode_basestring(value))


def _integer(value: int, at: str) -> str:
    if abs(value) > INT_MAX:
        raise BadInput(at, value, "an integer beyond ±(2^53 − 1) is written as text")
    return int.__repr__(value)


def _number(value: float, at: str) -> str:
    """The text ECMAScript gives a double: its shortest digits, with an exponent only outside [1e-6, 1e21)."""
    if not math.isfinite(value):
        raise BadInput(at, value, "JSON has no NaN and no infinity; write null with a reason")
    if value == 0:
        return "0"  # also for −0
    sign, digits, point = _shortest(value)
    n = len(digits)
    if n <= point <= 21:
        return f"{sign}{digits}{'0' * (point - n)}"
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if n > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{point - 1:+d}"


def _shortest(value: float) -> tuple[str, str, int]:
    """Sign, shortest digits that read back as the same double, and where the point stands after them."""
    mantissa, _, exponent = float.__repr__(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading_zeros = len(whole + fraction) - len(digits)
    point = len(whole) - leading_zeros + int(exponent or 0)
    return ("-" if value < 0 else ""), digits.rstrip("0"), point
