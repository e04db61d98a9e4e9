"""A text that nests too deep is known before a parser sees it; one that is only long is let through."""

from __future__ import annotations

import pytest

from astra_actors.kernel.nesting import SAFE_BYTES, too_deep


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        pytest.param(b"[" * SAFE_BYTES, False, id="too short to hurt"),
        pytest.param(b"[" * 50_000, True, id="open brackets"),
        pytest.param(b'{"a":' * 20_000, True, id="open objects"),
        pytest.param("[" * 50_000, True, id="as text"),
        pytest.param(b"[" + b'{"a":[[{}],[]]},' * 50_000 + b"{}]", False, id="long and four deep"),
        pytest.param(b'["' + b"[" * 4_000 + b" " * 9_000 + b'"]', False, id="brackets inside a string"),
        pytest.param(b"[" * 31 + b" " * 9_000 + b"]" * 31, False, id="31 levels"),
    ],
)
def test_depth_is_told_from_length(text, deep):
    assert too_deep(text) is deep
