"""The venue's own client, for what it does best: keys, balances, the clock, heartbeats, and a second way to cancel.

It is synchronous, waits five seconds at most, and never sees an order to post. Nothing of it is imported elsewhere.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, TypeVar

from astra_actors.kernel.errors import AstraError
from astra_actors.venues.signing.credentials import Credentials
from astra_actors.venues.signing.wallet_key import WalletKey

T = TypeVar("T")
_PACKAGE: Final = "py_clob_client_v2"
_IMPORTING: Final = threading.Lock()
_TEXT_MAX: Final = 300


class OfficialFailed(AstraError):
    """The venue's client gave no answer. `status` is the venue's, None when there was none; `body` what it said."""

    def __init__(self, what: str, status: int | None, body: Any) -> None:
        self.status, self.body = status, body
        super().__init__(f"{what}: {'no answer' if status is None else f'HTTP {status}'}, {str(body)[:_TEXT_MAX]}")


class Official:
    """One wallet's client. Every method blocks: call it in a thread. Raises `OfficialFailed`, without a secret in it."""

    def __init__(self, url: str, private_key: str, *, chain_id: int, signature_type: int, funder: str) -> None:
        self.address = WalletKey(private_key).address
        self._module = _imported()
        self._client = self._module.client.ClobClient(
            url, chain_id, key=private_key, signature_type=signature_type, funder=funder
        )
        self._beat_id = ""

    def __repr__(self) -> str:
        return f"Official({self.address})"

    # -- keys ---------------------------------------------------------------------------------------------------------

    def credentials(self) -> Credentials:
        """The wallet's API key: derived where there is one, made where there is none."""
        try:
            made = self._ask("derive the API key", self._client.derive_api_key)
        except OfficialFailed as failed:
            if failed.status != 400:  # only a plain no says that there is none
                raise
            made = self._ask("create an API key", self._client.create_api_key)
        return Credentials(
            address=self.address, api_key=made.api_key, secret=made.api_secret, passphrase=made.api_passphrase
        )

    def use(self, *, api_key: str, secret: str, passphrase: str) -> None:
        """Take these credentials for everything that needs some."""
        creds = self._module.clob_types.ApiCreds(api_key=api_key, api_secret=secret, api_passphrase=passphrase)
        self._client.set_api_creds(creds)

    def own_keys(self) -> list[str]:
        """The API keys of this wallet; refused for credentials that are another's."""
        answer = self._ask("list the API keys", self._client.get_api_keys)
        return [str(each) for each in answer.get("apiKeys", [])] if isinstance(answer, dict) else []

    # -- the venue and the wallet -------------------------------------------------------------------------------------

    def skew_s(self) -> float:
        """How far the venue's clock is ahead of ours, to about a second: it tells whole ones."""
        before = time.time()
        told = self._ask("the venue's time", self._client.get_server_time)
        middle = (before + time.time()) / 2
        seconds: Any = told.get("time", told.get("timestamp")) if isinstance(told, dict) else told
        return float(seconds) + 0.5 - middle

    def version(self) -> int:
        """The venue's version of orders."""
        return int(self._ask("the venue's version", self._client.get_version))

    def closed_only(self) -> bool:
        """Whether this account may only reduce."""
        answer = self._ask("the account's state", self._client.get_closed_only_mode)
        return bool(answer.get("closed_only")) if isinstance(answer, dict) else False

    def collateral(self) -> dict[str, Any]:
        """The cached balance and allowances in dollars, after the venue has looked at the chain again."""
        params = self._module.clob_types.BalanceAllowanceParams(asset_type="COLLATERAL")
        self._ask("refresh the balance", lambda: self._client.update_balance_allowance(params))
        return dict(self._ask("the balance", lambda: self._client.get_balance_allowance(params)))

    def probe(self, *, token_id: str, price: float, size: float, tick: str) -> Any:
        """An order as the client signs it; nobody is asked and it is posted nowhere."""
        types = self._module.clob_types
        order = types.OrderArgs(token_id=token_id, price=price, size=size, side="BUY")
        options = types.CreateOrderOptions(tick_size=tick, neg_risk=False)
        return self._ask("sign a probe", lambda: self._client.builder.build_order(order, options, version=2))

    # -- the dead man's switch and the way out ------------------------------------------------------------------------

    def beat(self) -> None:
        """One heartbeat, chained to the one before; an id that the venue wants otherwise is taken from it."""
        try:
            answer = self._ask("a heartbeat", lambda: self._client.post_heartbeat(self._beat_id))
        except OfficialFailed as failed:
            wanted = failed.body.get("heartbeat_id") if isinstance(failed.body, dict) else None
            if failed.status != 400 or not isinstance(wanted, str):
                raise
            answer = self._ask("a heartbeat", lambda: self._client.post_heartbeat(wanted))
        self._beat_id = str(answer.get("heartbeat_id", "")) if isinstance(answer, dict) else ""

    def cancel_all(self) -> tuple[list[str], dict[str, str]]:
        """Cancel every order of the key: what was cancelled, and what was not and why."""
        answer = self._ask("cancel everything", self._client.cancel_all)
        return list(answer.get("canceled") or []), dict(answer.get("not_canceled") or {})

    def _ask(self, what: str, call: Callable[[], T]) -> T:
        try:
            return call()
        except self._module.exceptions.PolyApiException as error:
            raise OfficialFailed(what, error.status_code, error.error_msg) from None
        except Exception as error:  # a body that is not what the client expects raises whatever it likes
            raise OfficialFailed(what, None, type(error).__name__) from None


def _imported() -> Any:
    """The client's package. Its import raises the recursion limit for the whole process; that is taken back."""
    with _IMPORTING:
        limit = sys.getrecursionlimit()
        try:
            package = import_module(_PACKAGE)
            for name in ("client", "clob_types", "exceptions"):
                import_module(f"{_PACKAGE}.{name}")
        finally:
            sys.setrecursionlimit(limit)
        logging.getLogger(_PACKAGE).setLevel(logging.CRITICAL)  # it logs whole answers
        return package
