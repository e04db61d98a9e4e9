"""Whether a text from outside nests deeper than a parser's stack can bear.

Python's recursion limit is no protection: a library may raise it for the whole process (py_ecc, which the venue's official
client brings along, sets it to 100,000), and then fifty thousand brackets end the process instead of the frame.
"""

from __future__ import annotations

from typing import Final

SAFE_BYTES: Final = 8_192  # a text this short cannot nest deep enough to hurt
_LEVELS: Final = 32  # what the venue sends nests four deep
_LEFT_MAX: Final = 4_096  # brackets inside strings pair badly; so few of them prove nothing and harm nobody
_OTHERS: Final = bytes(sorted(set(range(256)) - set(b"[]{}")))


def too_deep(text: bytes | str) -> bool:
    """Whether more than some thousand brackets stay open inside each other; never wrong about a text that nests less than 32.

    >>> too_deep(b"[" * 100_000), too_deep(b"[" + b"[[{}]]," * 10_000 + b"[]]")
    (True, False)
    """
    if len(text) <= SAFE_BYTES:
        return False
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    left = raw.translate(None, _OTHERS)
    for _ in range(_LEVELS):
        if len(left) <= _LEFT_MAX:
            return False
        left = left.replace(b"{}", b"").replace(b"[]", b"")
    return True
