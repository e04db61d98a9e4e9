"""What is signed at this venue, and by whom: hashes of orders and of wallet attestations, and the signer of each.

Every type of signature covers the same order hash in its exchange's domain; a deposit wallet signs it nested once more
(ERC-7739). The salted wallet domain and the contents travel behind the signature.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from coincurve import PublicKey
from eth_hash.auto import keccak

ORDER_TYPE: Final = (
    "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,"
    "uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)"
)
_NESTED_TYPE: Final = (
    "TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"
    + ORDER_TYPE
)
_DOMAIN_TYPE: Final = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_AUTH_DOMAIN_TYPE: Final = "EIP712Domain(string name,string version,uint256 chainId)"
_AUTH_TYPE: Final = "ClobAuth(address address,string timestamp,uint256 nonce,string message)"
_ATTESTATION: Final = "This message attests that I control the given wallet"
_EXCHANGE_NAME: Final = "Polymarket CTF Exchange"


def _keccak_text(text: str) -> bytes:
    return keccak(text.encode())


_ORDER_HASH, _NESTED_HASH = _keccak_text(ORDER_TYPE), _keccak_text(_NESTED_TYPE)
_DOMAIN_HASH, _AUTH_DOMAIN_HASH = _keccak_text(_DOMAIN_TYPE), _keccak_text(_AUTH_DOMAIN_TYPE)
_AUTH_HASH, _ATTESTATION_HASH = _keccak_text(_AUTH_TYPE), _keccak_text(_ATTESTATION)
_WALLET_NAME, _WALLET_VERSION = _keccak_text("DepositWallet"), _keccak_text("1")
_TYPE_BYTES: Final = ORDER_TYPE.encode()
_TAIL: Final = _TYPE_BYTES + len(_TYPE_BYTES).to_bytes(2, "big")
_SIGNATURE_BYTES: Final = 65
DEPOSIT_WALLET: Final = 3  # the type of signature that is nested
POLYGON, AMOY = 137, 80_002
STANDARD, NEG_RISK, POSITIONS = "standard", "neg_risk", "positions"
_CONTRACTS: Final = {  # (chain, which exchange): verifying contract and domain version
    (POLYGON, STANDARD): ("0xE111180000d2663C0091e4f400237545B87B996B", "2"),
    (POLYGON, NEG_RISK): ("0xe2222d279d744050d28e00520010520000310F59", "2"),
    (POLYGON, POSITIONS): ("0xe3333700cA9d93003F00f0F71f8515005F6c00Aa", "3"),
    (AMOY, STANDARD): ("0xE111180000d2663C0091e4f400237545B87B996B", "2"),
    (AMOY, NEG_RISK): ("0xe2222d279d744050d28e00520010520000310F59", "2"),
    (AMOY, POSITIONS): ("0x9fE6e61422AdB6F610d8597F9684b16912D50C3D", "3"),
}


class SignedOrder(NamedTuple):
    """The fields that the signature covers; addresses and bytes32 as 0x hex, `side` 0 to buy and 1 to sell."""

    salt: int
    maker: str
    signer: str
    token_id: int
    maker_amount: int
    taker_amount: int
    side: int
    signature_type: int
    timestamp: int
    metadata: str
    builder: str


def contract_of(chain_id: int, which: str) -> str:
    """The address of an exchange: `standard`, `neg_risk` or `positions`."""
    return _CONTRACTS[chain_id, which][0]


def order_hash(order: SignedOrder, chain_id: int, which: str) -> bytes:
    """The order's id: its EIP-712 hash in the domain of the exchange it is meant for."""
    return keccak(b"\x19\x01" + _domain(chain_id, which) + _contents(order))


def order_signer(order: SignedOrder, signature: bytes, chain_id: int, which: str) -> str | None:
    """The address whose key signed this order, checksummed; None when the signature is none."""
    digest, tail = signed_digest(order, chain_id, which)
    if signature[_SIGNATURE_BYTES:] != tail:
        return None
    return recovered(digest, signature[:_SIGNATURE_BYTES])


def signed_digest(order: SignedOrder, chain_id: int, which: str) -> tuple[bytes, bytes]:
    """What the key signs for this order, and what travels behind the 65 bytes of its signature."""
    domain, contents = _domain(chain_id, which), _contents(order)
    if order.signature_type != DEPOSIT_WALLET:
        return keccak(b"\x19\x01" + domain + contents), b""
    nested = keccak(
        b"".join(
            (_NESTED_HASH, contents, _WALLET_NAME, _WALLET_VERSION, _word(chain_id), _address(order.signer), bytes(32))
        )
    )
    return keccak(b"\x19\x01" + domain + nested), domain + contents + _TAIL


def auth_signer(address: str, timestamp: str, nonce: int, signature: bytes, chain_id: int) -> str | None:
    """The address whose key attested to control `address`; None when the signature is none."""
    return recovered(auth_digest(address, timestamp, nonce, chain_id), signature)


def auth_digest(address: str, timestamp: str, nonce: int, chain_id: int) -> bytes:
    """What a key signs to attest that it controls `address`."""
    domain = keccak(_AUTH_DOMAIN_HASH + _keccak_text("ClobAuthDomain") + _keccak_text("1") + _word(chain_id))
    struct = keccak(
        _AUTH_HASH + _address(address) + _keccak_text(timestamp) + _word(nonce) + _ATTESTATION_HASH,
    )
    return keccak(b"\x19\x01" + domain + struct)


def recovered(digest: bytes, signature: bytes) -> str | None:
    """The signer of a digest by a 65-byte signature r‖s‖v."""
    if len(signature) != _SIGNATURE_BYTES or signature[64] not in (0, 1, 27, 28):
        return None
    try:
        key = PublicKey.from_signature_and_message(signature[:64] + bytes([signature[64] % 27]), digest, hasher=None)
    except Exception:  # the library raises the plain class for a point that is not on the curve
        return None
    return address_of(key)


def address_of(key: PublicKey) -> str:
    """The address of a public key."""
    return checksummed(keccak(key.format(compressed=False)[1:])[12:])


def checksummed(address: bytes) -> str:
    """An address as text, its letters large where its own hash says so (EIP-55)."""
    plain = address.hex()
    digits = zip(plain, keccak(plain.encode()).hex(), strict=False)
    return "0x" + "".join(letter.upper() if int(check, 16) >= 8 else letter for letter, check in digits)


@lru_cache(maxsize=16)
def _domain(chain_id: int, which: str) -> bytes:
    contract, version = _CONTRACTS[chain_id, which]
    return keccak(
        _DOMAIN_HASH + _keccak_text(_EXCHANGE_NAME) + _keccak_text(version) + _word(chain_id) + _address(contract)
    )


def _contents(order: SignedOrder) -> bytes:
    return keccak(
        b"".join(
            (
                _ORDER_HASH,
                _word(order.salt),
                _address(order.maker),
                _address(order.signer),
                _word(order.token_id),
                _word(order.maker_amount),
                _word(order.taker_amount),
                _word(order.side),
                _word(order.signature_type),
                _word(order.timestamp),
                bytes.fromhex(order.metadata[2:]),
                bytes.fromhex(order.builder[2:]),
            )
        )
    )


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def _address(text: str) -> bytes:
    return bytes(12) + bytes.fromhex(text[2:])
