"""The way of the keys from the person's environment to the Gateway's process, past every other process.

`astra live` puts them into an unnamed file in memory and starts itself anew without them, so that neither its own
environment nor that of anything it starts has them. The descriptor goes to whoever asks on a Unix socket of the run and
belongs to the same user; nobody on the way reads it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from astra_actors.kernel.errors import BadInput
from astra_actors.reporting.logging import get_logger

LOG: Final = get_logger("keys")
DESCRIPTOR: Final = "ASTRA_KEY_FD"
SECRET: Final = ("POLY_PRIVATE_KEY", "POLY_API_KEY", "POLY_API_SECRET", "POLY_API_PASSPHRASE")
BESIDE: Final = ("SIGNATURE_TYPE", "FUNDER_ADDRESS")  # no secrets, and of no use without them
PATH_MAX: Final = 100  # the kernel takes 108 bytes
_CREDENTIALS: Final = struct.Struct("3i")  # pid, uid, gid


def seal_secrets(environ: Mapping[str, str]) -> tuple[int, dict[str, str]]:
    """A descriptor that holds the account's keys, and the environment without them, naming the descriptor instead."""
    kept = {name: environ[name] for name in (*SECRET, *BESIDE) if environ.get(name)}
    descriptor = _unnamed_file()
    os.write(descriptor, json.dumps(kept).encode())
    _seal(descriptor)
    os.set_inheritable(descriptor, True)
    cleaned = {name: value for name, value in environ.items() if name not in SECRET}
    return descriptor, {**cleaned, DESCRIPTOR: str(descriptor)}


def reexec_without_secrets() -> None:
    """Start this very command anew without its secrets; returns only where there are none to put away."""
    if any(os.environ.get(name) for name in SECRET):
        _, cleaned = seal_secrets(os.environ)
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], cleaned)


def take_descriptor() -> int | None:
    """The descriptor that a start without secrets was given, None without one; nothing that we start inherits it."""
    text = os.environ.pop(DESCRIPTOR, "")
    if not (text.isascii() and text.isdigit()):
        return None
    descriptor = int(text)
    try:
        os.set_inheritable(descriptor, False)
    except OSError:
        return None
    return descriptor


class KeyServer:
    """Hands a descriptor to every process of this user that asks, until it is closed."""

    def __init__(self, descriptor: int, path: Path) -> None:
        if len(os.fsencode(path)) > PATH_MAX:
            raise BadInput("data_dir", str(path), f"the address of a socket has at most {PATH_MAX} bytes")
        self.path, self._descriptor = path, descriptor
        self.served = self.refused = 0
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)  # who cannot enter cannot ask
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._listener.listen(4)
        self._thread = threading.Thread(target=self._serve, name="keys", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Serve no more; the keys are gone with the last process that has them."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            os.close(self._descriptor)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            with client, contextlib.suppress(OSError):
                if may_have(peer_uid(client)):
                    self.served += 1
                    socket.send_fds(client, [b"k"], [self._descriptor])
                else:
                    self.refused += 1
                    LOG.warning("keys.refused", why="another user asked for the keys")


def serve(descriptor: int, path: Path) -> KeyServer:
    """Serve the keys at a socket in a directory of our own."""
    return KeyServer(descriptor, path)


@contextlib.contextmanager
def key_socket() -> Iterator[Path]:
    """Serve the keys that this process was handed, in a directory of their own, for as long as the context lasts."""
    descriptor = take_descriptor()
    if descriptor is None:
        raise BadInput("POLY_PRIVATE_KEY", "(not set)", "trade with `astra live`, which takes it from its environment")
    with tempfile.TemporaryDirectory(prefix="astra-keys-") as room:
        server = serve(descriptor, Path(room) / "socket")
        try:
            yield server.path
        finally:
            server.close()


def peer_uid(client: socket.socket) -> int | None:
    """Whose process is at the other end; None where the system does not say, and the directory alone protects."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    raw = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(raw)[1])


def may_have(uid: int | None) -> bool:
    """Whether a process of this user is given the keys."""
    return uid is None or uid == os.getuid()


def _unnamed_file() -> int:
    """A file without a name that lives in memory where the system has such files, else one that is unlinked at once."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("keys", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    descriptor, name = tempfile.mkstemp(prefix="astra-")
    os.unlink(name)
    return descriptor


def _seal(descriptor: int) -> None:
    """Nobody who is given the descriptor can change what is in it."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        every = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, every)
