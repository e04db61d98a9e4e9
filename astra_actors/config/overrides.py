"""Which settings come from the environment, and whether it does win over the files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from astra_actors.config.load import DELIMITER, PREFIX, load_settings

_PROBE: Final = ("ASTRA_RUN__SEED", 4_242)  # any whole number that no shipped file says


def overrides_in_force(environ: Mapping[str, str]) -> list[str]:
    """The names of the variables that set something, sorted; values stay where they are, one may be a secret."""
    return sorted(name for name in environ if name.startswith(PREFIX) and DELIMITER in name)


def environment_wins() -> bool:
    """Whether a variable changes a setting that the files leave otherwise: tried anew each time it is asked."""
    name, value = _PROBE
    return load_settings(environ={name: str(value)}).run.seed == value != load_settings(environ={}).run.seed
