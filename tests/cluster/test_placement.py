"""DESIGN §5, §10 over several nodes: what holds files stays with the driver, shards go where there is room and life."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import replace

import pytest

from astra_actors.kernel.errors import BadInput
from supervision.joining import CannotJoin, join_ray, knock, usable_address
from supervision.node_check import Build, NodesDiffer, build_here
from supervision.placement import Node, Placement

HOME, B, C = (Node(name, f"10.0.0.{number}", 1, True) for number, name in enumerate(("home", "b", "c"), start=1))


class Cluster:
    """Nodes as Ray would list them, and which of them answer."""

    def __init__(self, *nodes: Node, unfit: str = "") -> None:
        self.nodes, self.silent = list(nodes), ""
        self.placement = Placement(
            "home",
            nodes=lambda: self.nodes,
            answers=lambda node: node.alive and node.node_id != self.silent,
            fit=lambda node: node.node_id != unfit,
        )

    def choose(self, shards: int, kind: str = "market") -> list[str]:
        return [self.placement.choose(f"market-{index}", kind) for index in range(shards)]

    def lose(self, node: Node) -> None:
        self.nodes = [replace(one, alive=False) if one == node else one for one in self.nodes]


@pytest.mark.parametrize("kind", ["market", "live_market"])
def test_shards_are_spread_and_home_comes_last(kind):
    assert Cluster(HOME, B, C).choose(5, kind) == ["b", "c", "home", "b", "c"]
    assert Cluster(HOME).choose(2, kind) == ["home", "home"]


@pytest.mark.parametrize("kind", ["ledger", "research", "analyst"])
def test_what_opens_files_stays_with_the_driver(kind):
    cluster = Cluster(HOME, B, C)
    assert cluster.placement.choose(kind, kind) == "home"
    assert cluster.placement.lost(kind) == "" and not cluster.placement.away(kind)


def test_ray_is_told_the_node_and_may_not_choose_another():
    node_id = "1f" * 28  # Ray looks at the form of an id
    placement = Placement(node_id, nodes=list, answers=bool, fit=bool)
    strategy = placement.options("ledger", "ledger")["scheduling_strategy"]
    assert (strategy.node_id, strategy.soft) == (node_id, False)


def test_a_dead_node_is_told_from_a_dead_child():
    cluster = Cluster(HOME, B, C)
    cluster.choose(3)
    assert [cluster.placement.lost(f"market-{index}") for index in range(3)] == ["", "", ""]
    assert [cluster.placement.away(f"market-{index}") for index in range(3)] == [True, True, False]
    cluster.lose(B)
    assert cluster.placement.lost("market-0") == "its node 10.0.0.2 is dead"
    cluster.silent = "c"
    assert cluster.placement.lost("market-1") == "its node 10.0.0.3 does not answer", "before Ray has given it up"
    assert cluster.placement.lost("market-2") == ""
    assert cluster.placement.out_of_reach() == ["10.0.0.2", "10.0.0.3"]


def test_a_successor_goes_where_the_fewest_are_and_somebody_answers():
    cluster = Cluster(HOME, B, C)
    cluster.choose(4)
    cluster.lose(B)
    assert cluster.placement.choose("market-0", "market") == "c"
    assert cluster.placement.choose("market-3", "market") == "home"
    cluster.silent = "c"
    assert cluster.placement.choose("market-0", "market") == "home"


def test_a_node_that_joins_later_is_used_when_it_is_fit():
    cluster = Cluster(HOME, unfit="c")
    assert cluster.choose(1) == ["home"]
    cluster.nodes += [C, B]
    assert cluster.placement.choose("market-1", "market") == "b"


def test_an_adopted_shard_counts_where_it_lives():
    cluster = Cluster(HOME, B)
    cluster.placement.adopt("market-0", "market", "b")
    assert cluster.placement.choose("market-1", "market") == "home"
    assert cluster.placement.address_of("market-0") == "10.0.0.2"


def test_another_build_is_refused_with_node_and_difference(tmp_path):
    tape, other = tmp_path / "tape.jsonl", tmp_path / "gone.jsonl"
    tape.write_text("{}\n")
    ours = build_here([str(tape), str(other)])
    assert ours == build_here([str(tape), str(other)])
    assert ours.differs(ours, "10.0.0.2") == [f"node 10.0.0.2 has no tape {other}"]
    theirs = replace(ours, code="abc", ray="1.0", tapes=((str(tape), "other"), (str(other), "x")))
    assert ours.differs(theirs, "10.0.0.2") == [
        f"node 10.0.0.2 has code abc, the driver {ours.code}",
        f"node 10.0.0.2 has ray 1.0, the driver {ours.ray}",
        f"node 10.0.0.2 has another tape under {tape}",
        f"node 10.0.0.2 has another tape under {other}",
    ]
    assert "not started on this cluster: a; b" in str(NodesDiffer(["a", "b"]))
    assert isinstance(ours, Build)


@pytest.mark.parametrize(("address", "asked"), [("", "local"), ("10.0.0.1:6379", "10.0.0.1:6379")])
def test_a_ray_that_happens_to_be_there_is_never_joined(address, asked, monkeypatch):
    import ray
    from ray._private.services import canonicalize_bootstrap_address

    seen = {}
    monkeypatch.setattr("supervision.joining.knock", lambda address: None)
    monkeypatch.setattr(ray, "init", lambda **options: seen.update(options))
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.9:6379")
    monkeypatch.setenv("POLY_PRIVATE_KEY", "0xsecret")
    join_ray(address, "astra-test", dashboard=False)
    assert seen["address"] == asked
    assert canonicalize_bootstrap_address("local") is None, (
        "for Ray that word means one of its own, whatever RAY_ADDRESS says"
    )
    assert "0xsecret" not in repr(seen), "no key travels with a runtime environment"


def test_a_head_that_is_not_there_is_refused_at_once():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(CannotJoin, match=address):
        knock(address)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(b"\0\0\0\4\0\0\0\0\0", "", id="a server of HTTP/2 begins with its settings"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", "no head of a Ray cluster", id="a web server"),
        pytest.param(b"", "nothing answers", id="somebody who takes connections and says nothing"),
    ],
)
def test_who_listens_must_speak_as_a_head_does(answer, why, monkeypatch):
    monkeypatch.setattr("supervision.joining.KNOCK_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        seen: list[bytes] = []
        thread = threading.Thread(target=answer_one, args=(listener, answer, seen), daemon=True)
        thread.start()
        with pytest.raises(CannotJoin, match=why) if why else contextlib.nullcontext():
            knock(address)
        thread.join(timeout=10)
    assert seen[0].startswith(b"PRI * HTTP/2.0"), "the words with which a client of HTTP/2 opens (RFC 9113, 3.4)"


def answer_one(listener: socket.socket, answer: bytes, seen: list[bytes]) -> None:
    """Take one connection, hear it out, and stay on the line until it is given up."""
    line, _ = listener.accept()
    with line, contextlib.suppress(ConnectionResetError):
        seen.append(line.recv(100))
        if answer:
            line.sendall(answer)
        line.recv(100)


@pytest.mark.parametrize("address", ["", "10.0.0.1:6379", "head.internal:6379", "[fd00::2]:6379"])
def test_an_address_is_host_and_port(address):
    assert usable_address(address) == address


@pytest.mark.parametrize(
    "address", ["auto", "ray://10.0.0.1:10001", "10.0.0.1", "10.0.0.1:0", "h:70000", "local", "a b:1"]
)
def test_anything_else_is_refused_before_it_starts(address):
    with pytest.raises(BadInput, match="--address"):
        usable_address(address)
