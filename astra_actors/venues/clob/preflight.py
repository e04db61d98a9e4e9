"""What must hold before the first order of an account, as named checks over what was found; every failure has its remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from astra_actors.kernel.units import SIZE_ONE_E6
from astra_actors.venues.clob.gateway_params import GatewayParams
from astra_actors.venues.signing.eip712 import DEPOSIT_WALLET, NEG_RISK, STANDARD, contract_of

VERSION: Final = 2  # of orders; another one is signed otherwise
_E6_PER_USD: Final = SIZE_ONE_E6  # dollars are counted like shares
_ADDRESS: Final = re.compile(r"\A0x[0-9a-fA-F]{40}\Z")
_FORBIDDEN: Final = 403


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `ok` None says that it could not be looked at, because an earlier one failed."""

    name: str
    ok: bool | None
    told: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A question that brought no answer; `status` None when there was none at all."""

    status: int | None
    why: str


@dataclass(slots=True, kw_only=True)
class Seen:
    """What was found. None: nobody looked, since something before it is missing."""

    key: str | None = None  # the key's address
    key_wrong: str = ""
    funder: str = ""
    signature_type: int = 0
    skew_s: float | Failed | None = None
    version: int | Failed | None = None
    api_keys: list[str] | Failed | None = None  # of this wallet
    api_key: str = ""  # the one in use
    closed_only: bool | Failed | None = None
    collateral_e6: int | Failed | None = None
    allowances: Mapping[str, int] = field(default_factory=dict)  # by spender, in small letters; "" for all of them
    deployed: bool | Failed | None = None
    same_signature: bool | None = None


def findings(seen: Seen, params: GatewayParams) -> tuple[Finding, ...]:
    """Every check, in the order in which a person mends them."""
    return (
        _key(seen),
        _funder(seen),
        _reached(seen, params),
        _version(seen),
        _credentials(seen),
        _signature(seen),
        _open(seen),
        _collateral(seen, params),
        *_allowances(seen, params),
        *_deployed(seen),
    )


def failures(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What does not hold, or could not be looked at."""
    return tuple(each for each in found if not each.ok)


def _key(seen: Seen) -> Finding:
    if seen.key is None:
        return Finding("private key", False, seen.key_wrong or "there is none", "set POLY_PRIVATE_KEY for astra live")
    return Finding("private key", True, f"of {seen.key}")


def _funder(seen: Seen) -> Finding:
    kind, funder = seen.signature_type, seen.funder
    name = "funder"
    if seen.key is None:
        return _not_looked_at(name)
    if not _ADDRESS.match(funder):
        return Finding(name, False, funder or "there is none", "set FUNDER_ADDRESS to the wallet that holds the money")
    own = funder.lower() == seen.key.lower()
    if kind == 0 and not own:
        return Finding(name, False, f"{funder} with SIGNATURE_TYPE 0", "a contract wallet is type 1, 2 or 3")
    if kind != 0 and own:
        return Finding(name, False, f"the key's own address with SIGNATURE_TYPE {kind}", "name the contract wallet")
    return Finding(name, True, f"{funder}, type {kind}")


def _reached(seen: Seen, params: GatewayParams) -> Finding:
    name = "venue and clock"
    if isinstance(seen.skew_s, Failed):
        return _no_answer(name, seen.skew_s, "the venue's address, or the network between")
    if seen.skew_s is None:
        return _not_looked_at(name)
    told = f"the venue's clock is {seen.skew_s:+.1f} s from ours"
    if abs(seen.skew_s) > params.clock_skew_s_max:
        return Finding(name, False, told, "let the machine's clock be set by NTP")
    return Finding(name, True, told)


def _version(seen: Seen) -> Finding:
    name = "version of orders"
    if isinstance(seen.version, Failed):
        return _no_answer(name, seen.version, "try again")
    if seen.version is None:
        return _not_looked_at(name)
    return Finding(
        name, seen.version == VERSION, f"{seen.version}", "" if seen.version == VERSION else "use a newer Astra"
    )


def _credentials(seen: Seen) -> Finding:
    name = "API key"
    if isinstance(seen.api_keys, Failed):
        remedy = "unset POLY_API_KEY, POLY_API_SECRET and POLY_API_PASSPHRASE: they are derived from the private key"
        return _no_answer(name, seen.api_keys, remedy)
    if seen.api_keys is None:
        return _not_looked_at(name)
    if seen.api_key.lower() not in {each.lower() for each in seen.api_keys}:
        return Finding(name, False, "it belongs to another wallet", "unset POLY_API_KEY and its companions")
    return Finding(name, True, "of this wallet")


def _signature(seen: Seen) -> Finding:
    name = "signature"
    if seen.same_signature is None:
        return _not_looked_at(name)
    told = "the venue's own client signs the same" if seen.same_signature else "the venue's own client signs otherwise"
    return Finding(name, seen.same_signature, told, "" if seen.same_signature else "do not trade; use a newer Astra")


def _open(seen: Seen) -> Finding:
    name = "may open positions"
    if isinstance(seen.closed_only, Failed):
        return _no_answer(name, seen.closed_only, "try again")
    if seen.closed_only is None:
        return _not_looked_at(name)
    if seen.closed_only:
        return Finding(name, False, "the venue lets this account only reduce", "ask the venue's support")
    return Finding(name, True, "yes")


def _collateral(seen: Seen, params: GatewayParams) -> Finding:
    name = "collateral"
    if isinstance(seen.collateral_e6, Failed):
        return _no_answer(name, seen.collateral_e6, "try again")
    if seen.collateral_e6 is None:
        return _not_looked_at(name)
    told = f"{seen.collateral_e6 / _E6_PER_USD:,.2f} USD"
    if seen.collateral_e6 < params.collateral_usd_min * _E6_PER_USD:
        remedy = (
            f"deposit {params.collateral_usd_min:g} USD or more; wrong SIGNATURE_TYPE or FUNDER_ADDRESS shows 0 too"
        )
        return Finding(name, False, told, remedy)
    return Finding(name, True, told)


def _allowances(seen: Seen, params: GatewayParams) -> tuple[Finding, ...]:
    """One for each contract that our orders are signed for."""
    found = []
    for which in (STANDARD, NEG_RISK):
        name = f"allowance ({which})"
        if not isinstance(seen.collateral_e6, int):
            found.append(_not_looked_at(name))
            continue
        contract = contract_of(params.chain_id, which)
        allowed_e6 = seen.allowances.get(contract.lower(), seen.allowances.get("", 0))
        enough = allowed_e6 >= min(seen.collateral_e6, int(params.collateral_usd_min * _E6_PER_USD)) and allowed_e6 > 0
        told = "given" if enough else f"{contract} may move {allowed_e6 / _E6_PER_USD:,.2f} USD"
        found.append(Finding(name, enough, told, "" if enough else "approve the contract for the collateral token"))
    return tuple(found)


def _deployed(seen: Seen) -> tuple[Finding, ...]:
    name = "deposit wallet"
    if seen.signature_type != DEPOSIT_WALLET or seen.deployed is None:
        return ()
    if isinstance(seen.deployed, Failed):
        return (_no_answer(name, seen.deployed, "set live.gateway.relayer_url, empty to ask nobody"),)
    if not seen.deployed:
        return (Finding(name, False, f"{seen.funder} does not stand", "deploy it on the venue's site"),)
    return (Finding(name, True, "stands"),)


def _no_answer(name: str, failed: Failed, remedy: str) -> Finding:
    if failed.status == _FORBIDDEN:
        return Finding(
            name, False, failed.why, "the venue does not serve this place or this address: do not trade from it"
        )
    return Finding(name, False, failed.why, remedy)


def _not_looked_at(name: str) -> Finding:
    return Finding(name, None, "not looked at", "mend what stands above")
