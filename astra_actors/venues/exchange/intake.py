"""Bodies as they come in: read strictly, bounded in size, and refused with the venue's text when they are anything else."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

from astra_actors.kernel.nesting import too_deep
from astra_actors.venues.exchange import refusal
from astra_actors.venues.exchange.refusal import Refused

BODY_BYTES_MAX: Final = 1_048_576  # fifteen orders are 20 kB, a thousand cancels 70 kB
Digits = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,78}\Z")]
Address = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-fA-F]{40}\Z")]
Bytes32 = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-fA-F]{64}\Z")]
OrderId = Annotated[str, msgspec.Meta(max_length=128)]
ShortText = Annotated[str, msgspec.Meta(max_length=256)]
WORD_MAX: Final = 2**256 - 1
AMOUNT_MAX: Final = 10**15  # a billion dollars: beyond it nothing here could ever be paid


class WireOrder(msgspec.Struct, frozen=True):
    """A signed order as it travels."""

    salt: int
    maker: Address
    signer: Address
    tokenId: Digits  # noqa: N815 - the venue's own names, here and below
    makerAmount: Digits  # noqa: N815
    takerAmount: Digits  # noqa: N815
    side: Literal["BUY", "SELL"]
    signatureType: Literal[0, 1, 2, 3]  # noqa: N815
    timestamp: Digits
    metadata: Bytes32
    builder: Bytes32
    signature: Annotated[str, msgspec.Meta(pattern=r"^0x(?:[0-9a-fA-F]{2}){65,512}\Z")]
    expiration: Digits = "0"

    def __post_init__(self) -> None:
        numbers = (self.salt, int(self.tokenId), int(self.timestamp))
        if not all(0 <= number <= WORD_MAX for number in numbers):
            raise ValueError("a number does not fit into 256 bits")
        if not (0 < int(self.makerAmount) <= AMOUNT_MAX and 0 < int(self.takerAmount) <= AMOUNT_MAX):
            raise ValueError("an amount is zero or beyond any balance")
        if int(self.expiration) > 10**11:
            raise ValueError("an expiration is in seconds")


class SendOrder(msgspec.Struct, frozen=True):
    """One order and how it is to be handled."""

    order: WireOrder
    owner: ShortText
    orderType: Literal["GTC", "GTD", "FOK", "FAK"] = "GTC"  # noqa: N815
    deferExec: bool = False  # noqa: N815
    postOnly: bool = False  # noqa: N815


class CancelOne(msgspec.Struct, frozen=True):
    """Body of `DELETE /order`."""

    orderID: OrderId  # noqa: N815


class CancelMarket(msgspec.Struct, frozen=True):
    """Body of `DELETE /cancel-market-orders`."""

    market: ShortText = ""
    asset_id: ShortText = ""


class Beat(msgspec.Struct, frozen=True):
    """Body of `POST /v1/heartbeats`."""

    heartbeat_id: ShortText = ""


class TokenAsked(msgspec.Struct, frozen=True):
    """One row of a batch question on books or prices."""

    token_id: Annotated[str, msgspec.Meta(max_length=128)]
    side: ShortText = ""


class HistoryAsked(msgspec.Struct, frozen=True):
    """Body of `POST /batch-prices-history`."""

    markets: Annotated[list[Annotated[str, msgspec.Meta(max_length=128)]], msgspec.Meta(max_length=20)]
    start_ts: Annotated[int, msgspec.Meta(ge=0, le=10**12)] = 0
    end_ts: Annotated[int, msgspec.Meta(ge=0, le=10**12)] = 0
    interval: ShortText = "max"
    fidelity: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 1


class KeyNamed(msgspec.Struct, frozen=True):
    """Body of `DELETE /auth/readonly-api-key`."""

    key: ShortText


SEND: Final = msgspec.json.Decoder(SendOrder)
RAW_ROWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
CANCEL_ONE: Final = msgspec.json.Decoder(CancelOne)
CANCEL_MANY: Final = msgspec.json.Decoder(list[OrderId])
CANCEL_MARKET: Final = msgspec.json.Decoder(CancelMarket)
BEAT: Final = msgspec.json.Decoder(Beat)
TOKENS: Final = msgspec.json.Decoder(list[TokenAsked])
HISTORY: Final = msgspec.json.Decoder(HistoryAsked)
KEY_NAMED: Final = msgspec.json.Decoder(KeyNamed)
ANY_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])


def read(decoder: msgspec.json.Decoder[Any], body: bytes | msgspec.Raw, text: str = refusal.PAYLOAD) -> Any:
    """The body as the decoder's type; anything else raises `Refused` 400 with `text`."""
    if too_deep(bytes(body)):
        raise Refused(400, text)
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError) as error:
        raise Refused(400, text) from error
