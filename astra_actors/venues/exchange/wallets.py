"""Where a signer's contract wallets stand: addresses the venue's factories give (CREATE2), so that anyone can derive them."""

from __future__ import annotations

from typing import Final

from eth_hash.auto import keccak

from astra_actors.venues.signing.eip712 import checksummed

EOA, PROXY, SAFE, DEPOSIT = 0, 1, 2, 3
_PROXY_FACTORY: Final = "aB45c5A4B0c941a2F231C04C3f49182e1A254052"
_PROXY_IMPLEMENTATION: Final = "44e999d5c2F66Ef0861317f9A4805AC2e90aEB4f"
_SAFE_FACTORY: Final = "aacFeEa03eb1561C4e67d661e40682Bd20E3541b"
_SAFE_CODE_HASH: Final = "2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf"
_DEPOSIT_FACTORY: Final = "00000000000Fb5C9ADea0298D729A0CB3823Cc07"
_DEPOSIT_BEACON: Final = "7A18EDfe055488A3128f01F563e5B479D92ffc3a"
# What each factory deploys: minimal proxies, with the places where addresses and arguments stand.
_PROXY_CODE: Final = (
    "3d3d606380380380913d393d73{factory}5af4602a57600080fd5b602d8060366000396000f3363d3d373d3d3d363d73{implementation}"
    "5af43d82803e903d91602b57fd5bf352e831dd" + "20".rjust(64, "0") + "0" * 64
)
_BEACON_PREFIX: Final = 0x6100523D8160233D3973
_BEACON_CODE: Final = (
    "60195155f3363d3d373d3d363d602036600436635c60da"
    "1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6c"
    "b3582b35133d50545afa5036515af43d6000803e604d573d6000fd5b3d6000f3"
)


def wallet_address(signer: str, signature_type: int) -> str:
    """The wallet of this kind that belongs to a signer, checksummed; of kind 0 it is the signer itself."""
    owner = bytes.fromhex(signer[2:])
    if signature_type == PROXY:
        code = _PROXY_CODE.format(factory=_PROXY_FACTORY.lower(), implementation=_PROXY_IMPLEMENTATION.lower())
        return _create2(_PROXY_FACTORY, keccak(owner), keccak(bytes.fromhex(code)))
    if signature_type == SAFE:
        return _create2(_SAFE_FACTORY, keccak(owner.rjust(32, b"\x00")), bytes.fromhex(_SAFE_CODE_HASH))
    if signature_type == DEPOSIT:
        arguments = bytes.fromhex(_DEPOSIT_FACTORY).rjust(32, b"\x00") + owner.rjust(32, b"\x00")
        prefix = (_BEACON_PREFIX + (len(arguments) << 56)).to_bytes(10, "big")
        code_bytes = prefix + bytes.fromhex(_DEPOSIT_BEACON + _BEACON_CODE) + arguments
        return _create2(_DEPOSIT_FACTORY, keccak(arguments), keccak(code_bytes))
    return checksummed(owner)


def _create2(factory: str, salt: bytes, code_hash: bytes) -> str:
    return checksummed(keccak(b"\xff" + bytes.fromhex(factory) + salt + code_hash)[12:])
