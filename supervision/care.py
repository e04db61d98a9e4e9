"""What the ports tell the Supervisor of their children, and how a death is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from supervision.keeper import ChildHung

CRASH: Final = "crash"
HANG: Final = "hang"
LOST_NODE: Final = "lost_node"
DEATHS: Final = (CRASH, HANG)  # what counts against a child's own budget


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """Whom the ports call when something happened to a child. None of it may raise."""

    noted: Callable[[str, str, str], None]  # kind, child, why: `crash`, `hang`, `lost_node`, `rebuilt`, `poison` …
    owned: Callable[[str], None]  # a child has a new process, which owns what the old one did
    spent: Callable[[str, str], None]  # a child without which nothing goes on is given up, and why


def cause_of(error: Exception, lost: str) -> str:
    """A crash is a process that ended, a hang one that stands still; a lost node is nobody's fault."""
    if lost:
        return LOST_NODE
    return HANG if isinstance(error, ChildHung) else CRASH


def sentence(error: BaseException) -> str:
    """An exception as one line; Ray's own texts go on for pages."""
    return f"{type(error).__name__}: {error}".splitlines()[0]
