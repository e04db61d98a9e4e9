"""The sources of this Astra as one folder that Ray sends to the nodes of a cluster: code and shipped settings, nothing else."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from astra_actors.config.load import shipped_dir

PACKAGES: Final = ("astra_actors", "actors", "supervision")
LEFT_OUT: Final = ("__pycache__", "*.pyc", ".*")  # what a machine makes for itself, and what an editor leaves


@contextmanager
def sources() -> Iterator[Path]:
    """A folder with the packages and the settings as a checkout has them; it is gone afterwards.

    They are copied together, because Ray's own list of what to leave out would have to name whatever else lies in a
    checkout: a data directory, a virtual environment, a tape.
    """
    root = Path(__file__).resolve().parents[1]
    with tempfile.TemporaryDirectory(prefix="astra-sources-") as name:
        folder = Path(name)
        for package in PACKAGES:
            shutil.copytree(root / package, folder / package, ignore=shutil.ignore_patterns(*LEFT_OUT))
        if not (folder / "astra_actors" / "_configs").is_dir():
            shutil.copytree(shipped_dir(), folder / "configs", ignore=shutil.ignore_patterns(*LEFT_OUT))
        yield folder
