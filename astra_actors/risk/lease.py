"""A lease: permission for one market to lose up to an amount, until a time, for one incarnation of its owner."""

from __future__ import annotations

import msgspec

from astra_actors.risk.veto import Veto


class Lease(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the Supervisor has set aside for one market. The id stays the same while the terms do; expiry moves on."""

    lease_id: str
    market_id: str
    incarnation: int
    limit_e10: int  # 0: no permission
    granted_ns: int
    expires_ns: int
    reduce_only: Veto | None = None  # why no entry is allowed although the standing worst case is covered

    def valid_for(self, market_id: str, incarnation: int | None, now_ns: int) -> bool:
        """Whether this is a live permission for that owner of that market; the instant of expiry is too late."""
        return (
            self.limit_e10 > 0
            and now_ns < self.expires_ns
            and self.market_id == market_id
            and (incarnation is None or self.incarnation == incarnation)
        )

    def until(self, expires_ns: int) -> Lease:
        """The same terms, renewed."""
        return Lease(
            lease_id=self.lease_id,
            market_id=self.market_id,
            incarnation=self.incarnation,
            limit_e10=self.limit_e10,
            granted_ns=self.granted_ns,
            expires_ns=expires_ns,
            reduce_only=self.reduce_only,
        )
