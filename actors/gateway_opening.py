"""From keys and a ledger to an account that can be traded: every start is a recovery, with whatever the last holder left."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import ray

from actors.gateway_loop import GatewayLoop, Ports, now_ms
from actors.key_client import LiveKeys
from actors.official import Official, OfficialFailed
from actors.preflight import credentials_of, open_account
from actors.venue_http import ClobHttp
from astra_actors.config.live import account_params
from astra_actors.config.settings import Settings
from astra_actors.kernel.errors import BadInput, LedgerError
from astra_actors.kernel.rng import unit
from astra_actors.ledger.account import later_fills, read_account
from astra_actors.ledger.runs import lineage_of
from astra_actors.reporting.logging import get_logger
from astra_actors.venues.clob.account import Account
from astra_actors.venues.clob.account_rows import AccountRow
from astra_actors.venues.clob.building import Wallet
from astra_actors.venues.clob.fills import Us
from astra_actors.venues.signing.credentials import Credentials

LOG: Final = get_logger("gateway")
AGAIN_S: Final = 2.0  # between two attempts to reach a venue that is away
HOPELESS: Final = (400, 401, 403)  # keys that are refused do not mend themselves


class LedgerRows:
    """The ledger seen by the holder of the account: read directly, written through its own actor."""

    def __init__(self, path: Path, run_id: str, namespace: str) -> None:
        self._path, self._namespace = path, namespace
        self._row = 0  # of the table `fills`, up to which ids were learned
        self._writer: Any = None
        with closing(self._connect()) as connection:
            self._lineage = lineage_of(connection, run_id)

    def memory(self) -> Any:
        """What a new holder goes on from."""
        with closing(self._connect()) as connection:
            memory = read_account(connection, self._lineage, time.time_ns())
            self._row, _ = later_fills(connection, self._lineage, 0)
        return memory

    def learned(self) -> Sequence[str]:
        """Fills that the owners' own records have since the last look."""
        with closing(self._connect()) as connection:
            self._row, ids = later_fills(connection, self._lineage, self._row)
        return ids

    async def write(self, rows: Sequence[AccountRow], incarnation: int) -> None:
        """Have rows made durable; raises `Fenced` for good, anything else for now."""
        try:
            if self._writer is None:
                self._writer = ray.get_actor("ledger", namespace=self._namespace)
            await self._writer.on_account.remote(rows, incarnation)
        except Exception:
            self._writer = None  # it may have a successor
            raise

    def _connect(self) -> sqlite3.Connection:
        if not self._path.exists():
            raise LedgerError(f"there is no ledger at {self._path}; a run writes one")
        return sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)


class Opening:
    """Everything a holder of the account is made of. `why_not` says what stands in the way."""

    def __init__(self, settings: Settings, ledger: Path, run_id: str, namespace: str) -> None:
        self.why_not = "the account is still being opened"
        self.tries = 0  # a venue that is away for an hour is waited for, and waiting is no hang
        self._settings = settings
        self._rows = LedgerRows(ledger, run_id, namespace)

    async def open(self, keys: LiveKeys, incarnation: int) -> GatewayLoop | None:
        """The account as the ledger has it, ready to run; None where the keys are none. Waits for a venue that is away."""
        settings, url = self._settings, self._settings.stream.clob_url
        params = settings.live.gateway
        try:
            key, official, funder = await asyncio.to_thread(open_account, keys, url, params)
            wallet = Wallet(
                signer=key.address, funder=funder, signature_type=keys.signature_type, chain_id=params.chain_id
            )
            credentials = await self._credentials(keys, official)
        except (BadInput, OfficialFailed) as error:
            self.why_not = str(error)
            LOG.error("gateway.shut", why=self.why_not)
            return None
        http = ClobHttp(url, params, credentials, signature_type=keys.signature_type)
        http.skew_s = await self._skew_s(official)

        async def write(rows: Sequence[AccountRow]) -> None:
            await self._rows.write(rows, incarnation)

        ports = Ports(
            http=http,
            official=official,
            write=write,
            learned=self._rows.learned,
            die=lambda attempt: unit(settings.run.seed, "user socket", incarnation, attempt),
        )
        us = Us(api_key=credentials.api_key, funder=funder)
        account = Account(us, wallet, account_params(settings), incarnation=incarnation, now_ms=now_ms())
        account.restore(await asyncio.to_thread(self._rows.memory), now_ms())
        return GatewayLoop(account, ports, params, key=key, credentials=credentials)

    async def _credentials(self, keys: LiveKeys, official: Official) -> Credentials:
        while True:
            try:
                return await asyncio.to_thread(credentials_of, keys, official)
            except OfficialFailed as error:
                if error.status in HOPELESS:
                    raise
                self.why_not = str(error)
                self.tries += 1
                LOG.warning("gateway.waits", why=self.why_not)
                await asyncio.sleep(AGAIN_S)

    async def _skew_s(self, official: Official) -> float:
        try:
            return await asyncio.to_thread(official.skew_s)
        except OfficialFailed:
            return 0.0  # the first proof that is refused looks again
