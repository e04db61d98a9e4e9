"""Who a child works for and as whom: what a Supervisor that comes back must recognise before it takes a child over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """What a child is given at its start. Two of one run, settings and code may stand in for each other."""

    name: str
    run_id: str
    config_hash: str
    code: str  # what the Supervisor runs: a child of other code would decide otherwise
    epoch: int  # of the Supervisor that started it
    incarnation: int
    pulse_timeout_s: float  # no sign of life from a Supervisor for so long, and the child ends itself

    def same_work(self, other: Badge) -> bool:
        """Whether a child of this badge may go on in the other's run."""
        return (self.name, self.run_id, self.config_hash, self.code) == (
            other.name,
            other.run_id,
            other.config_hash,
            other.code,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """What a living child says of itself."""

    badge: Badge
    pid: int
    node: str
    left: tuple[int, str] | None  # window and market its predecessor on this host was serving when it died
