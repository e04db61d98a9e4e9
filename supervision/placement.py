"""Where each child of a run lives: what holds files beside the driver, the market shards spread over the living nodes.

A child is pinned to the node that was chosen for it, so it is always known whose loss took it along.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

SPREAD: Final = ("market", "live_market")  # they open no file of the data directory; everything else stays with it
KNOCK_S: Final = 1.0  # a raylet that lives takes a connection within a millisecond


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the cluster, as Ray sees it."""

    node_id: str
    address: str
    port: int  # its raylet's
    alive: bool


class Placement:
    """Choose a node for each child and remember it; `fit` says whether a node that is new to us may be used."""

    def __init__(
        self,
        home: str,
        *,
        nodes: Callable[[], Sequence[Node]],
        answers: Callable[[Node], bool],
        fit: Callable[[Node], bool],
    ) -> None:
        self._home, self._nodes, self._answers, self._fit = home, nodes, answers, fit
        self._addresses: dict[str, str] = {}  # by node; asked for with every status, and a node's own never changes
        self._where: dict[str, str] = {}  # of the shards; everything else is at home
        self._known = {home}  # nodes that run the same code as we do

    def choose(self, name: str, kind: str) -> str:
        """The node for a child that is about to start: home, or for a shard the one that carries the fewest."""
        if kind not in SPREAD:
            return self._home
        self._where.pop(name, None)
        self._where[name] = self._least_loaded()
        return self._where[name]

    def options(self, name: str, kind: str) -> dict[str, Any]:
        """What Ray is told about where to start a child: a node may join at any time, so every child is pinned."""
        return {"scheduling_strategy": NodeAffinitySchedulingStrategy(self.choose(name, kind), soft=False)}

    def adopt(self, name: str, kind: str, node_id: str) -> None:
        """Remember where a child lives that an earlier Supervisor had placed."""
        if kind in SPREAD:
            self._where[name] = node_id
            self._known.add(node_id)  # it was fit for the one before us

    def away(self, name: str) -> bool:
        """Whether a child lives on another node than we do."""
        return self._where.get(name, self._home) != self._home

    def address_of(self, name: str) -> str:
        """The address of a child's node, for a person."""
        node_id = self._where.get(name, self._home)
        if node_id not in self._addresses:
            self._addresses.update((node.node_id, node.address) for node in self._nodes())
        return self._addresses.get(node_id, "")

    def lost(self, name: str) -> str:
        """How a child's node was lost, as a sentence; empty while the node is there, which makes a death the child's own."""
        node_id = self._where.get(name, self._home)
        if node_id == self._home:
            return ""  # ours: we would not be asking
        node = next((node for node in self._nodes() if node.node_id == node_id), None)
        if node is None or not node.alive:
            return f"its node {node.address if node else node_id} is dead"
        return "" if self._answers(node) else f"its node {node.address} does not answer"

    def out_of_reach(self) -> list[str]:
        """The addresses of nodes that Ray has seen and that do not answer now; somebody may live on there."""
        return [node.address for node in self._nodes() if node.node_id != self._home and not self._answers(node)]

    def _least_loaded(self) -> str:
        """The living node with the fewest shards; among equals home comes last, for it carries everything else."""
        usable = [node for node in self._nodes() if node.alive and self._usable(node)]
        load = Counter(self._where.values())
        usable.sort(key=lambda node: (load[node.node_id], node.node_id == self._home, node.address))
        return usable[0].node_id if usable else self._home

    def _usable(self, node: Node) -> bool:
        if node.node_id == self._home:
            return True
        if not self._answers(node):
            return False
        if node.node_id not in self._known and self._fit(node):
            self._known.add(node.node_id)
        return node.node_id in self._known


def nodes_of_ray() -> list[Node]:
    """Every node that Ray has seen, the dead ones too."""
    return [
        Node(
            node_id=seen["NodeID"],
            address=seen["NodeManagerAddress"],
            port=int(seen["NodeManagerPort"]),
            alive=bool(seen["Alive"]),
        )
        for seen in ray.nodes()
    ]


def raylet_answers(node: Node) -> bool:
    """Whether a node's raylet takes a connection: known at once, where Ray's own verdict takes seconds."""
    try:
        socket.create_connection((node.address, node.port), timeout=KNOCK_S).close()
    except OSError:
        return False
    return True
