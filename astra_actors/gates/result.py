"""What one gate says, and what all of them say together."""

from __future__ import annotations

import msgspec

from astra_actors.risk.veto import Veto


class GateResult(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
    def failed(self) -> GateResult | None:
        """The gate that closed."""
        for result in self:
            if not result.ok:
                return result
        return None

    @property
    def ok(self) -> bool:
        """Whether the market may be quoted at all; a report without results allows nothing."""
        return len(self) > 0 and self.failed is None

    @property
    def veto(self) -> Veto | None:
        """Why the market may not be quoted."""
        failed = self.failed
        return None if failed is None else failed.veto

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
