"""Every veto has a remedy, and stands in the reference with its meaning."""

from __future__ import annotations

from pathlib import Path

import pytest

from astra_actors.risk.remedies import REMEDIES
from astra_actors.risk.veto import Veto

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "vetoes.md"


@pytest.mark.parametrize("veto", Veto, ids=lambda veto: veto.name)
def test_every_veto_has_a_remedy_and_a_row(veto: Veto) -> None:
    meaning = f"{veto.value[0].upper()}{veto.value[1:]}."
    assert f"| `{veto.name}` | {meaning} | {REMEDIES[veto]} |" in PAGE.read_text(encoding="utf-8").splitlines()


def test_the_page_names_no_veto_that_is_gone() -> None:
    rows = [line.split("`")[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [veto.name for veto in Veto]
