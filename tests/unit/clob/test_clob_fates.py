"""Promise: an order is called refused only where the venue's words prove it; every other doubt stays a doubt."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.kernel.errors import WireError
from astra_actors.venues.clob.fates import UNPROVEN, CancelFate, Fate, cancel_fate, fates_of
from astra_actors.venues.clob.replies import CancelReply, error_text, read_balance, read_cancel, read_page, read_post
from astra_actors.venues.clob.signals import Reply
from astra_actors.venues.exchange import refusal

ID, OTHER = "0x" + "a" * 64, "0x" + "b" * 64
LIVE = {"success": True, "errorMsg": "", "orderID": ID, "status": "live", "tradeIDs": []}


def fates(rows: object, status: int = 200) -> list[Fate]:
    return [each.fate for each in fates_of(Reply(status=status), msgspec.json.encode(rows), [ID])]


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ({}, Fate.RESTS),
        ({"errorMsg": None, "tradeIDs": None}, Fate.RESTS),
        ({"orderID": ID.upper().replace("X", "x")}, Fate.RESTS),
        ({"status": "matched", "tradeIDs": ["t"]}, Fate.MATCHED),
        ({"status": "delayed"}, Fate.DELAYED),
        ({"status": "unmatched"}, Fate.UNKNOWN),  # the venue's own sources disagree
        ({"status": ""}, Fate.UNKNOWN),
        ({"status": None}, Fate.UNKNOWN),
        ({"success": False}, Fate.UNKNOWN),
        ({"orderID": ""}, Fate.UNKNOWN),
        ({"orderID": None}, Fate.UNKNOWN),
        ({"orderID": OTHER}, Fate.UNKNOWN),  # an answer about something else
        ({"orderID": "", "status": "", "errorMsg": refusal.CROSSING}, Fate.REFUSED),  # success stays true in batches
        ({"errorMsg": f"order {ID} is invalid. Duplicated."}, Fate.UNKNOWN),  # then a copy of it is there
        ({"errorMsg": "something new"}, Fate.UNKNOWN),
    ],
)
def test_a_row_of_an_answer(row: dict[str, object], wanted: Fate) -> None:
    assert fates([{**LIVE, **row}]) == [wanted]


@pytest.mark.parametrize(
    ("status", "text", "wanted"),
    [
        (None, "timed out", Fate.UNKNOWN),
        (425, "the matching engine is restarting", Fate.UNKNOWN),
        (500, "order timed out", Fate.UNKNOWN),  # documented as safe to send again; we never do
        (500, "could not insert order", Fate.UNKNOWN),
        (502, "", Fate.UNKNOWN),
        (503, "", Fate.UNKNOWN),
        (404, "market not found", Fate.UNKNOWN),
        (400, "context canceled", Fate.UNKNOWN),
        (400, "order match delayed due to market conditions", Fate.UNKNOWN),
        (400, f"order {ID} is invalid. Duplicated.", Fate.UNKNOWN),
        (400, "a text of tomorrow", Fate.UNKNOWN),
        (429, "Too Many Requests", Fate.REFUSED),
        (401, refusal.KEY, Fate.REFUSED),
        (403, refusal.REGION, Fate.REFUSED),
        (503, refusal.POST_ONLY, Fate.REFUSED),
        (503, refusal.CANCEL_ONLY, Fate.REFUSED),
        (503, refusal.DISABLED, Fate.REFUSED),
        (400, refusal.PAYLOAD, Fate.REFUSED),
        (400, refusal.OWNER, Fate.REFUSED),
        (400, refusal.SIGNER, Fate.REFUSED),
        (400, refusal.MAKER, Fate.REFUSED),
        (400, refusal.SIGNATURE, Fate.REFUSED),
        (400, refusal.EXPIRATION, Fate.REFUSED),
        (400, refusal.NOT_READY, Fate.REFUSED),
        (400, refusal.FOK_KILLED, Fate.REFUSED),
        (400, refusal.FAK_KILLED, Fate.REFUSED),
        (400, "'0x1' address banned", Fate.REFUSED),
        (400, "'0x1' address in closed only mode", Fate.REFUSED),
        (400, refusal.too_many_orders(16).text, Fate.REFUSED),
        (400, refusal.off_tick(ID, "0.555", "0.01").text, Fate.REFUSED),
        (400, refusal.too_small(ID, "3", "5").text, Fate.REFUSED),
        (400, refusal.short("balance", balance=1, active=2, matched=3, amount=4).text, Fate.REFUSED),
        (400, "invalid amounts, the buy orders maker amount supports a max accuracy of 4 decimals", Fate.REFUSED),
        (400, "invalid amount for a marketable BUY order ($0.5), min size: $1", Fate.REFUSED),
        (400, f"order {ID} crosses the book", Fate.REFUSED),
    ],
)
def test_a_failure_of_a_whole_request(status: int | None, text: str, wanted: Fate) -> None:
    assert [each.fate for each in fates_of(Reply(status=status, text=text), b"", [ID, OTHER])] == [wanted, wanted]


@pytest.mark.parametrize("mark", UNPROVEN)
def test_a_word_of_doubt_outweighs_a_refusal(mark: str) -> None:
    text = f"not enough balance / allowance: {mark}"
    assert fates_of(Reply(status=400, text=text), b"", [ID])[0].fate is Fate.UNKNOWN


def test_what_never_left_is_dead() -> None:
    assert fates_of(Reply(status=None, text="refused", sent=False), b"", [ID])[0].fate is Fate.REFUSED


def test_rows_belong_to_orders_by_place_and_by_id() -> None:
    rows = msgspec.json.encode([{**LIVE, "orderID": OTHER}, LIVE])
    assert [each.fate for each in fates_of(Reply(status=200), rows, [ID, OTHER])] == [Fate.UNKNOWN, Fate.UNKNOWN]
    assert [each.fate for each in fates_of(Reply(status=200), rows, [OTHER, ID, "0xc"])] == [
        Fate.RESTS, Fate.RESTS, Fate.UNKNOWN,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", [b"", b"OK", b"null", b"{}", b"[1]", b"[" * 100_000, b'{"error":"order_version_mismatch"}']
)
def test_an_answer_that_cannot_be_read_proves_nothing(body: bytes) -> None:
    assert [each.fate for each in fates_of(Reply(status=200), body, [ID])] == [Fate.UNKNOWN]


@given(st.binary(max_size=300), st.sampled_from([None, 200, 400, 404, 425, 500, 502, 503]), st.text(max_size=40))
def test_no_answer_makes_trouble_and_noise_never_proves_a_death(body: bytes, status: int | None, text: str) -> None:
    assert all(each.fate is Fate.UNKNOWN for each in fates_of(Reply(status=status, text=f"§{text}§"), body, [ID]))


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (CancelReply([ID], {}), CancelFate.CANCELLED),
        (CancelReply([], {ID: refusal.NOT_CANCELLED}), CancelFate.NOT_LISTED),
        (CancelReply([], {ID: "Order not found"}), CancelFate.NOT_LISTED),
        (CancelReply([], {ID: refusal.DELAYED_ORDER}), CancelFate.STANDS),
        (CancelReply([], {ID: "not today"}), CancelFate.UNKNOWN),
        (CancelReply([OTHER], {}), CancelFate.UNKNOWN),
    ],
)
def test_what_a_cancel_proves(reply: CancelReply, wanted: CancelFate) -> None:
    assert cancel_fate(reply, ID) is wanted
    assert read_cancel(msgspec.json.encode(reply)) == reply


def test_balances_are_read_in_both_forms() -> None:
    assert read_balance(b'{"balance":"1000000","allowances":{"0xE1":"5"}}') == (1_000_000, {"0xe1": 5})
    assert read_balance(b'{"balance":"7","allowance":"9"}') == (7, {"": 9})


@pytest.mark.parametrize("cursor", ["LTE=", "", None])
def test_a_list_ends_with_its_cursor(cursor: str | None) -> None:
    page = read_page(msgspec.json.encode({"data": [{"id": 1}], "next_cursor": cursor}))
    assert page.is_last
    assert not read_page(b'{"data":[],"next_cursor":"MTAw"}').is_last


@pytest.mark.parametrize("body", [b"", b"[]", b'{"balance":"-1"}', b'{"balance":1.5}', b"{" * 100_000, b'{"data":{}}'])
def test_hostile_bodies_cost_one_error(body: bytes) -> None:
    for read in (read_page, read_balance):
        with pytest.raises(WireError):
            read(body)
    assert isinstance(read_post(body), str) or body == b"[]"
    assert error_text(body) == ""
