"""What one gate says, and what all of them say together."""

from __future__ import annotations

from dataclasses import dataclass

from astra_actors.risk.veto import Veto


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """One gate's verdict with what it compared. An open gate may still forbid accumulation, and names why."""

    name: str
    ok: bool
    veto: Veto | None = None
    observed: float | None = None
    limit: float | None = None
    detail: str = ""
    accumulation_veto: Veto | None = None  # ok, but only for orders that reduce the position


class GateReport(tuple[GateResult, ...]):
    """The results in the order of the chain, up to the first failure, read as one verdict."""

    __slots__ = ()

    @property
    def results(self) -> tuple[GateResult, ...]:
        return tuple(self)

    @property
    def ok(self) -> bool:
        """Whether the market may be quoted at all; a report without results allows nothing."""
        return len(self) > 0 and all(result.ok for result in self)

    @property
    def veto(self) -> Veto | None:
        """Why the market may not be quoted."""
        return next((result.veto for result in self if not result.ok), None)

    @property
    def failed(self) -> GateResult | None:
        """The gate that closed."""
        return next((result for result in self if not result.ok), None)

    @property
    def accumulation_veto(self) -> Veto | None:
        """Why only reducing orders may rest; None when everything may, or nothing."""
        if not self.ok:
            return None
        return next((result.accumulation_veto for result in self if result.accumulation_veto is not None), None)

    @property
    def reduce_only(self) -> bool:
        """Whether the market may be quoted, but only to reduce the position."""
        return self.accumulation_veto is not None
