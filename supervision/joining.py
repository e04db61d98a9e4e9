"""Joining a Ray: one of our own on this machine, or the cluster that a person named, never one that happens to be there."""

from __future__ import annotations

import os
import re
import socket
import sys
from typing import Final

from astra_actors.kernel.errors import AstraError, BadInput

LOCAL: Final = "local"
KNOCK_S: Final = 5.0  # a head that lives takes a connection within milliseconds
LOOPBACK: Final = (
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"  # at 0 Ray takes 127.0.0.1 for its address and binds all ports to it
)
WORKER_ENVIRONMENT: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_worker_niceness": "0",  # Ray's own 15 would let anything else on the machine go before an order
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "OPENBLAS_NUM_THREADS": "1",  # two cores shared by many threads of arithmetic cost six times the CPU
    "OMP_NUM_THREADS": "1",
}


class CannotJoin(AstraError):
    """The cluster that was named cannot be joined from here."""

    def __init__(self, address: str, error: Exception) -> None:
        said = " ".join(str(error).split())
        super().__init__(
            f"the Ray cluster at {address} cannot be joined: {said[:300]}; this host must be one of its nodes"
            " (`ray start --address`), with the same Ray, the same token and RAY_AUTH_MODE=token"
        )


def stay_on_loopback(address: str) -> None:
    """Have a Ray of our own listen on loopback alone; Ray reads this when it is imported, so it comes before that."""
    if not address and "ray" not in sys.modules:
        os.environ.setdefault(LOOPBACK, "0")


def join_ray(address: str, namespace: str, *, dashboard: bool) -> None:
    """Start a local Ray, or join the cluster at `address`; raises `BadInput` or `CannotJoin`.

    `RAY_ADDRESS` in the environment is not looked at: a run goes to a cluster only because somebody asked for it.
    """
    import ray  # the heaviest import of all: only a run pays for it

    knock(usable_address(address))
    for name, value in WORKER_ENVIRONMENT.items():
        os.environ.setdefault(name, value)  # a local Ray hands its environment down to every worker
    try:
        ray.init(
            address=address or LOCAL,
            namespace=namespace,
            include_dashboard=None if address else dashboard,
            log_to_driver=False,
            logging_level="ERROR",
            configure_logging=True,
            # Nodes have an environment of their own; these words are no secrets, and nothing else of ours travels.
            runtime_env={"env_vars": WORKER_ENVIRONMENT} if address else None,
        )
    except Exception as error:  # Ray raises plain ones too
        if not address:
            raise
        raise CannotJoin(address, error) from None


def knock(address: str) -> None:
    """Refuse a head that takes no connection at once: Ray would try for minutes."""
    if address:
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_S).close()
        except OSError as error:
            raise CannotJoin(address, error) from None


def usable_address(address: str) -> str:
    """Refuse what is no host and port before anything is started."""
    host_and_port = re.fullmatch(r"(?:\[[0-9A-Fa-f:]+\]|[\w.-]+):(\d{1,5})", address)
    if address and not (host_and_port and 0 < int(host_and_port.group(1)) < 65_536):
        raise BadInput("--address", address, "give HOST:PORT of the head, such as 10.0.0.1:6379, or leave it away")
    return address
