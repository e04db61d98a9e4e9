"""What the venue answers when it refuses: the documented texts and their HTTP status codes."""

from __future__ import annotations

from typing import Any, Final

from astra_actors.kernel.errors import AstraError

NOT_CANCELLED: Final = "order can't be found - already canceled or matched"
DELAYED_ORDER: Final = "order is in delayed state and cannot be canceled"
FOK_KILLED: Final = "order couldn't be fully filled. FOK orders are fully filled or killed."
FAK_KILLED: Final = (
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
)
CROSSING: Final = "invalid post-only order: order crosses book"
PAYLOAD: Final = "Invalid order payload"
OWNER: Final = "the order owner has to be the owner of the API KEY"
SIGNER: Final = "the order signer address has to be the address of the API KEY"
MAKER: Final = "maker address not allowed, please use the deposit wallet flow"
SIGNATURE: Final = "invalid signature"
EXPIRATION: Final = "invalid expiration"
NOT_READY: Final = "the market is not yet ready to process new orders"
KEY: Final = "Unauthorized/Invalid api key"
L1: Final = "Invalid L1 Request headers"
NO_BOOK: Final = "No orderbook exists for the requested token id"
BAD_TOKEN: Final = "Invalid token id"
TOO_LARGE: Final = "Payload exceeds the limit"
DISABLED: Final = "Trading is currently disabled. Check polymarket.com for updates"
CANCEL_ONLY: Final = "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."
POST_ONLY: Final = "post-only mode: only post-only orders and cancels are allowed"
REGION: Final = "Trading restricted in your region, please refer to available regions"
ORDERS_MAX: Final = 15
CANCELS_MAX: Final = 1_000
BOOKS_MAX: Final = 500


class Refused(AstraError):
    """The venue's refusal: an HTTP status, a text, and whatever else belongs into body and headers."""

    def __init__(self, status: int, text: str, *, more: dict[str, Any] | None = None, retry_after_s: int = 0) -> None:
        self.status, self.text, self.more, self.retry_after_s = status, text, more or {}, retry_after_s
        super().__init__(f"{status} {text}")


def bad(text: str) -> Refused:
    """The order or the question is refused."""
    return Refused(400, text)


def not_found(text: str) -> Refused:
    """There is no such thing."""
    return Refused(404, text)


def unauthorized(text: str = KEY) -> Refused:
    """Nobody we know signed this."""
    return Refused(401, text)


def too_many_orders(count: int) -> Refused:
    """A batch of more orders than one request may carry."""
    return bad(f"Too many orders in payload: {count}, max allowed: {ORDERS_MAX}")


def off_tick(order_id: str, price: str, tick: str) -> Refused:
    """A price that does not lie on the market's grid."""
    return bad(f"order {order_id} is invalid. Price ({price}) breaks minimum tick size rule: {tick}")


def too_small(order_id: str, size: str, least: str) -> Refused:
    """Fewer shares than the market takes."""
    return bad(f"order {order_id} is invalid. Size ({size}) lower than the minimum: {least}")


def short(what: str, *, balance: int, active: int, matched: int, amount: int) -> Refused:
    """Not enough balance or allowance, with the venue's own sums in base units."""
    sums = f", sum of active orders: {active}" if active else ""
    sums += f", sum of matched orders: {matched}" if matched else ""
    return bad(
        f"not enough balance / allowance: the {what} is not enough -> {what}: {balance}{sums}, order amount: {amount}"
    )
