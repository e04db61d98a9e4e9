"""Whether the nodes of a cluster run what the driver runs: another build of Astra would write another ledger."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import ray
from ray.exceptions import GetTimeoutError, RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from astra_actors import __version__
from astra_actors.kernel.errors import AstraError
from supervision.placement import Node, Placement, nodes_of_ray, raylet_answers
from supervision.shipping import PACKAGES

SENT: Final = "sent"  # in the place of a digest: the sources come from the driver, so there is nothing to compare
LATE_S: Final = 10.0  # a run waits no longer for a node that joins it


class NodesDiffer(AstraError):
    """A node of the cluster cannot take part in the run."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(
            "not started on this cluster: " + "; ".join(lines) + "; install the same Astra on every node, and its tapes"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """Everything a ledger digest may depend on besides seed and settings."""

    astra: str
    code: str  # a digest of the sources: two checkouts of one version may differ
    python: str
    ray: str
    numpy: str
    scipy: str
    machine: str
    tapes: tuple[tuple[str, str], ...]  # path and digest; empty where there is no such file

    def differs(self, other: Build, address: str) -> list[str]:
        """What `other`, found at `address`, has that is not ours; a sentence each."""
        said = [
            f"node {address} has {field.name} {getattr(other, field.name)}, the driver {getattr(self, field.name)}"
            for field in fields(self)
            if field.name != "tapes" and getattr(self, field.name) != getattr(other, field.name)
        ]
        theirs = dict(other.tapes)
        for path, digest in self.tapes:
            if not theirs.get(path):
                said.append(f"node {address} has no tape {path}")
            elif theirs[path] != digest:
                said.append(f"node {address} has another tape under {path}")
        return said


def build_here(tapes: Sequence[str]) -> Build:
    """What runs in this process, and which tapes lie on its host."""
    return Build(
        astra=__version__,
        code=code_digest(),
        python=".".join(platform.python_version_tuple()[:2]),
        ray=ray.__version__,
        numpy=metadata.version("numpy"),
        scipy=metadata.version("scipy"),
        machine=platform.machine(),
        tapes=tuple((path, _digest_of(Path(path))) for path in tapes),
    )


def refusals(
    nodes: Sequence[Node], tapes: Sequence[str], *, patience_s: float, code_travels: bool = False
) -> dict[str, list[str]]:
    """For each node why it cannot take part; an empty list where it can. Asks all of them at once."""
    probe: Any = ray.remote(num_cpus=0, max_retries=0)(build_here)
    asked = [
        probe.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node.node_id, soft=False)).remote(tuple(tapes))
        for node in nodes
    ]
    ours = build_here(tapes)
    if code_travels:
        ours = replace(ours, code=SENT)
    return {
        node.node_id: _answer(ours, node, reference, patience_s) for node, reference in zip(nodes, asked, strict=True)
    }


def place_beside_us(tapes: Sequence[str], patience_s: float) -> Placement:
    """The placement of a run whose home is the node of this process; a node that joins later is looked at before its use."""

    def fit(node: Node) -> bool:
        return not refusals([node], tapes, patience_s=min(patience_s, LATE_S))[node.node_id]

    home = ray.get_runtime_context().get_node_id()
    return Placement(home, nodes=nodes_of_ray, answers=raylet_answers, fit=fit)


def check_nodes(tapes: Sequence[str], patience_s: float, *, code_travels: bool = False) -> None:
    """Raise `NodesDiffer` when a living node cannot take part; on a Ray of one node there is nothing to compare.

    `code_travels` says that nodes run the sources that were sent to them, whatever else they have.
    """
    nodes = [node for node in nodes_of_ray() if node.alive]
    if len(nodes) > 1:
        found = refusals(nodes, tapes, patience_s=patience_s, code_travels=code_travels)
        lines = [line for said in found.values() for line in said]
        if lines:
            raise NodesDiffer(lines)


def _answer(ours: Build, node: Node, reference: Any, patience_s: float) -> list[str]:
    try:
        theirs = ray.get(reference, timeout=patience_s)
        return ours.differs(replace(theirs, code=SENT) if ours.code == SENT else theirs, node.address)
    except GetTimeoutError:
        return [f"node {node.address} says nothing within {patience_s:.0f} s"]
    except RayError as error:
        if isinstance(error, RayTaskError) and isinstance(error.cause, ImportError):
            return [f"node {node.address} has no Astra that could be imported: {error.cause}"]
        return [f"node {node.address} cannot be asked: {str(error).splitlines()[0]}"]


def code_digest() -> str:
    """The first digits of a digest over every source file of the packages."""
    root, whole = Path(__file__).parents[1], hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            whole.update(os.fsencode(path.relative_to(root)) + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:12]


def _digest_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
