"""Hosts of our own to run Ray on: network namespaces joined by a bridge, each with an address, a raylet and its processes.

Everything lives inside namespaces whose names carry this process's id: nothing of the machine's own network is touched, and
what a host ran is ended by asking the kernel for the processes of its namespace.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

PATIENCE_S = 240.0  # until a condition that must come is given up: a broken test, not a slow machine
PORT = 6379
# A node that says nothing is given up after about five seconds instead of fifteen, as the how-to page has it.
HEALTH = {
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "1000",
    "RAY_health_check_failure_threshold": "4",
    "RAY_raylet_start_wait_time_s": "120",  # a machine that is busy with other tests
}


def until(condition: Callable[[], Any], told: str, patience_s: float = PATIENCE_S) -> Any:
    """Wait for something that must happen; what it was, once it has."""
    give_up = time.monotonic() + patience_s
    while time.monotonic() < give_up:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"in vain, for {patience_s:.0f} s: {told}")


def why_no_namespaces() -> str:
    """The reason why this machine lets us make no network namespaces; empty when it does."""
    if shutil.which("ip") is None:
        return "there is no `ip` command"
    name = f"astra-{os.getpid()}-probe"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        return made.stderr.strip() or "`ip netns add` failed"
    subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
    return ""


class Host:
    """One host: a namespace with an address of its own."""

    def __init__(self, hosts: Hosts, number: int) -> None:
        self._hosts = hosts
        self.name = f"astra-{os.getpid()}-{number}"
        self.address = f"10.77.{os.getpid() % 250}.{number}" if hosts.cables else f"127.0.0.{number}"
        self.disk = hosts.folder / self.name  # what the host has where the others have theirs: `hosts.disk`
        self.processes: list[subprocess.Popen[bytes]] = []
        self.sound = True  # its Ray is a part of the cluster

    def run(self, *words: str, out: Any, err: Any = subprocess.STDOUT, env: dict[str, str] | None = None) -> Any:
        """Start a command on this host."""
        own_disk = [
            "sh",
            "-c",
            'mount --bind "$1" "$2" && shift 2 && exec "$@"',
            "sh",
            str(self.disk),
            str(self._hosts.disk),
        ]
        inside = ["ip", "netns", "exec", self.name, *own_disk] if self._hosts.cables else []
        self.processes.append(
            subprocess.Popen(
                [*inside, *words],
                env={**self._hosts.environment, **(env or {})},
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        return self.processes[-1]

    def pids(self) -> list[int]:
        """Every process of the host."""
        if not self._hosts.cables:
            return [process.pid for process in self._family()]
        said = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True, check=False)
        return [int(word) for word in said.stdout.split()]

    def commands(self) -> list[str]:
        """What its processes call themselves; Ray's workers carry the name of their actor's class."""
        said = []
        for pid in self.pids():
            with contextlib.suppress(psutil.Error):
                said.append(" ".join(psutil.Process(pid).cmdline()))
        return said

    def _family(self) -> list[psutil.Process]:
        found = []
        for process in self.processes:
            with contextlib.suppress(psutil.Error):
                parent = psutil.Process(process.pid)
                found += [one for one in (parent, *parent.children(recursive=True)) if one.status() != "zombie"]
        return found

    def power_off(self) -> None:
        """Every process of the host is gone at once, as when its power fails."""
        self.sound = False
        while pids := self.pids():
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for process in self.processes:
                process.poll()  # ours to reap; the kernel reaps the rest
            time.sleep(0.02)

    def cut(self) -> None:
        """Take the cable out; whatever runs on the host goes on."""
        self.sound = False
        ip("-n", self.name, "link", "set", "eth0", "down")

    def heal(self) -> None:
        """Put it back."""
        ip("-n", self.name, "link", "set", "eth0", "up")


class Hosts:
    """A few hosts and the cable between them; a context manager, gone without a trace at its end."""

    def __init__(self, number: int, *, cables: bool = True, env: dict[str, str] | None = None) -> None:
        self.cables = cables
        self.folder = Path(tempfile.mkdtemp(prefix="astra-hosts-", dir="/tmp"))  # short: it holds unix sockets
        self.disk = self.folder / "disk"
        token = self.folder / "token"
        token.write_text(secrets.token_hex(32))
        token.chmod(0o600)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "ASTRA_", "POLY_"))}
        self.environment = {
            **kept,
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(token),
            "RAY_USAGE_STATS_ENABLED": "0",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "PATH": f"{Path(sys.executable).parent}:{kept.get('PATH', '')}",
            **(env or {}),
        }
        self.switch = f"astra-{os.getpid()}-switch"
        self.hosts = [Host(self, index + 1) for index in range(number)]
        for folder in (self.disk, *(host.disk for host in self.hosts)):
            folder.mkdir()

    def __enter__(self) -> Hosts:
        if not self.cables:
            return self
        try:
            ip("netns", "add", self.switch)
            ip("-n", self.switch, "link", "add", "bridge", "type", "bridge")
            ip("-n", self.switch, "link", "set", "bridge", "up")
            for host in self.hosts:
                self._plug_in(host)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for host in self.hosts:
            host.power_off()
        for name in (*(host.name for host in self.hosts), self.switch) if self.cables else ():
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _plug_in(self, host: Host) -> None:
        ip("netns", "add", host.name)
        port = host.name.rsplit("-", 1)[-1]
        ip("-n", self.switch, "link", "add", f"port{port}", "type", "veth", "peer", "name", "eth0", "netns", host.name)
        ip("-n", self.switch, "link", "set", f"port{port}", "master", "bridge", "up")
        ip("-n", host.name, "addr", "add", f"{host.address}/24", "dev", "eth0")
        ip("-n", host.name, "link", "set", "lo", "up")
        ip("-n", host.name, "link", "set", "eth0", "up")


class RayHosts(Hosts):
    """Hosts on which one Ray cluster runs; the first is its head."""

    @property
    def address(self) -> str:
        return f"{self.hosts[0].address}:{PORT}"

    def __enter__(self) -> RayHosts:
        super().__enter__()
        try:
            head, *workers = self.hosts
            options = ("--head", f"--port={PORT}", "--include-dashboard=false", f"--temp-dir={self.disk}/ray")
            self._await(head, self._start(head, *options))
            self._join(workers)
        except BaseException:
            self.__exit__()
            raise
        return self

    def mend(self) -> None:
        """Put cables back and start Ray again where it is gone or was given up."""
        spoiled = [host for host in self.hosts[1:] if not host.sound]
        for host in spoiled:
            if self.cables:
                host.heal()
            host.power_off()
        self._join(spoiled)

    def _join(self, hosts: list[Host]) -> None:
        begun = []
        for host in hosts:
            begun.append((host, self._start(host, f"--address={self.address}")))
            if not self.cables:  # on one disk they would take each other's sockets
                self._await(*begun.pop())
        for host, process in begun:
            self._await(host, process)

    def _start(self, host: Host, *options: str) -> Any:
        host.sound = True
        with (self.folder / f"{host.name}.log").open("wb") as out:
            return host.run(
                "ray", "start", *options, f"--node-ip-address={host.address}", "--num-cpus=1",
                "--object-store-memory=80000000", "--disable-usage-stats", "--block",
                env=HEALTH, out=out,
            )  # fmt: skip

    def _await(self, host: Host, process: Any) -> None:
        log = self.folder / f"{host.name}.log"

        def started() -> bool:
            text = log.read_text(errors="replace")
            assert process.poll() is None, f"ray start on {host.name} ended with {process.returncode}:\n{text}"
            return "Ray runtime started" in text

        until(started, f"ray starts on {host.name}")


def ip(*words: str) -> None:
    """The `ip` command; says what it said when it fails."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr.strip()}"
