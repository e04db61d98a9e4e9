"""Joining a Ray: one of our own on this machine, or the cluster that a person named, never one that happens to be there."""

from __future__ import annotations

import os
import re
import socket
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

from astra_actors.kernel.errors import AstraError, BadInput
from supervision.shipping import sources

LOCAL: Final = "local"
KNOCK_S: Final = 5.0  # a head that lives takes a connection, and answers, within milliseconds
# Ray's head speaks HTTP/2: a client opens with these words and an empty SETTINGS frame, a server with a frame of that type.
HTTP2_OPENING: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
HTTP2_SETTINGS: Final = 4
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


class CannotStart(AstraError):
    """Ray did not start on this machine."""

    def __init__(self, error: Exception) -> None:
        said = " ".join(str(error).split())
        super().__init__(
            f"Ray did not start on this machine: {said[:200]}; it has half a minute for it, which a machine under heavy load"
            " may need longer than: free a core and try again (`--resume` takes up a run that had begun)"
        )


def stay_on_loopback(address: str) -> None:
    """Have a Ray of our own listen on loopback alone; Ray reads this when it is imported, so it comes before that."""
    if not address and "ray" not in sys.modules:
        os.environ.setdefault(LOOPBACK, "0")


def join_ray(
    address: str, namespace: str, *, dashboard: bool, cores: int | None = None, ship_code: bool = False
) -> None:
    """Start a local Ray, or join the cluster at `address`; raises `BadInput` or `CannotJoin`.

    `RAY_ADDRESS` in the environment is not looked at: a run goes to a cluster only because somebody asked for it. `cores`
    is for a local Ray alone; `ship_code` sends the sources of this Astra to the nodes of a cluster.
    """
    import ray  # the heaviest import of all: only a run pays for it

    knock(usable_address(address))
    for name, value in WORKER_ENVIRONMENT.items():
        os.environ.setdefault(name, value)  # a local Ray hands its environment down to every worker
    try:
        with sources() if address and ship_code else nullcontext() as folder:
            ray.init(
                address=address or LOCAL,
                namespace=namespace,
                include_dashboard=None if address else dashboard,
                log_to_driver=False,
                logging_level="ERROR",
                configure_logging=True,
                num_cpus=None if address else cores,
                runtime_env=travelling(folder) if address else None,
            )
    except AstraError:
        raise  # somebody stopped us
    except Exception as error:  # Ray raises plain ones too
        raise (CannotJoin(address, error) if address else CannotStart(error)) from None


def travelling(sources_folder: Path | None) -> dict[str, Any]:
    """What goes to the nodes of a cluster: words that are no secrets, and sources when they are asked for; nothing else."""
    code = {} if sources_folder is None else {"working_dir": str(sources_folder)}
    return {"env_vars": WORKER_ENVIRONMENT, **code}


def knock(address: str) -> None:
    """Refuse a head that takes no connection, or does not speak as one, at once: Ray would try for minutes, or for ever."""
    if address:
        host, _, port = address.rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_S) as line:
                if os.environ.get("RAY_USE_TLS") == "1":
                    return  # what stands behind the encryption, only Ray can ask
                line.sendall(HTTP2_OPENING)
                answer = line.recv(9)  # the head of the server's first frame
        except OSError as error:
            said = OSError(f"nothing answers within {KNOCK_S:.0f} s") if isinstance(error, TimeoutError) else error
            raise CannotJoin(address, said) from None
        if len(answer) < 4 or answer[3] != HTTP2_SETTINGS:
            raise CannotJoin(address, OSError("what listens there is no head of a Ray cluster"))


def usable_address(address: str) -> str:
    """Refuse what is no host and port before anything is started."""
    host_and_port = re.fullmatch(r"(?:\[[0-9A-Fa-f:]+\]|[\w.-]+):(\d{1,5})", address)
    if address and not (host_and_port and 0 < int(host_and_port.group(1)) < 65_536):
        raise BadInput("--address", address, "give HOST:PORT of the head, such as 10.0.0.1:6379, or leave it away")
    return address
