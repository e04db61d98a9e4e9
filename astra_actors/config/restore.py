"""Settings back from the text that a ledger keeps of them, so that a run can be lived through again as it was."""

from __future__ import annotations

import json
from typing import Any, Final

from astra_actors.config.load import validated
from astra_actors.config.settings import Settings
from astra_actors.config.snapshot import diff, settings_json
from astra_actors.kernel.errors import BadInput

ELSEWHERE: Final = "alerts"  # who is told changes no fact, and its addresses are masked in the text


def settings_from(text: str) -> Settings:
    """The settings of a kept text; raises `BadInput` where this version of the code would read them differently."""
    tree: dict[str, Any] = json.loads(text)
    tree.pop(ELSEWHERE, None)
    strategies = [dict(one) for one in tree["strategies"]]
    tree["strategies"] = {one.pop("name"): one for one in strategies}
    settings = validated(tree)
    changes = [change for change in diff(text, settings_json(settings)) if not change.name.startswith(ELSEWHERE)]
    if changes:
        raise BadInput("settings", str(changes[0]), "the run was made by another version; repeat it with that one")
    return settings
