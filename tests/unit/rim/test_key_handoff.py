"""The keys go from the environment into one process: no environment, no argument and no named file has them on the way."""

from __future__ import annotations

import os
import pickle
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from actors.key_client import LiveKeys, NoKeys, fetch
from astra_actors.kernel.errors import BadInput
from supervision import key_handoff
from supervision.key_handoff import DESCRIPTOR, KeyServer, seal_secrets, serve

KEY = "0x" + "5e" * 32
ENVIRON = {
    "POLY_PRIVATE_KEY": KEY, "POLY_API_KEY": "key", "POLY_API_SECRET": "secret-of-ours", "POLY_API_PASSPHRASE": "phrase",
    "SIGNATURE_TYPE": "3", "FUNDER_ADDRESS": "0x" + "12" * 20, "HOME": "/nowhere",
}  # fmt: skip
SECRETS = (KEY, "secret-of-ours", "phrase")

# What a command does that begins with the keys in its environment: it starts itself anew, and then shows what can be seen.
COMMAND = """
import os, subprocess, sys
from supervision.key_handoff import reexec_without_secrets, take_descriptor
from actors.key_client import keys_of
reexec_without_secrets()
descriptor = take_descriptor()
child = subprocess.run([sys.executable, "-c", "import os; print(sorted(os.listdir('/proc/self/fd')), dict(os.environ))"],
                       capture_output=True, text=True)
print(open("/proc/self/environ").read(), open("/proc/self/cmdline").read(), dict(os.environ), child.stdout, child.stderr)
print("KEYS", keys_of(descriptor).private_key == sys.argv[1][::-1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="shows what /proc shows")
def test_a_command_starts_itself_anew_without_its_secrets() -> None:
    environ = {**os.environ, **ENVIRON, "PYTHONPATH": os.getcwd()}
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, KEY[::-1]], env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("KEYS True\n")
    assert "HOME=/nowhere" in done.stdout, "the rest of the environment is there"
    for secret in SECRETS:
        assert secret not in done.stdout + done.stderr


def test_what_is_sealed_is_what_the_environment_had() -> None:
    descriptor, cleaned = seal_secrets(ENVIRON)
    assert cleaned == {
        "SIGNATURE_TYPE": "3", "FUNDER_ADDRESS": ENVIRON["FUNDER_ADDRESS"], "HOME": "/nowhere",
        DESCRIPTOR: str(descriptor),
    }  # fmt: skip
    os.close(descriptor)


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="needs a file in memory")
def test_nobody_can_change_what_was_sealed() -> None:
    descriptor, _ = seal_secrets(ENVIRON)
    with pytest.raises(OSError):
        os.pwrite(descriptor, b"x", 0)
    os.close(descriptor)


@pytest.mark.parametrize("in_memory", [True, False])
def test_keys_are_served_as_often_as_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: bool
) -> None:
    if not in_memory:
        monkeypatch.delattr(os, "memfd_create")
    descriptor, _ = seal_secrets(ENVIRON)
    server = serve(descriptor, tmp_path / "run" / "keys")
    expected = LiveKeys(
        private_key=KEY, api_key="key", api_secret="secret-of-ours", api_passphrase="phrase", signature_type=3,
        funder=ENVIRON["FUNDER_ADDRESS"],
    )  # fmt: skip
    assert [fetch(server.path) for _ in range(3)] == [expected] * 3
    assert expected.has_credentials
    assert stat.S_IMODE(server.path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.path.stat().st_mode) == 0o600
    server.close()
    assert not server.path.exists()
    with pytest.raises(NoKeys, match="no keys are served"):
        fetch(server.path)


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="the system does not say who asks")
def test_another_users_process_is_given_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    descriptor, _ = seal_secrets(ENVIRON)
    server = KeyServer(descriptor, tmp_path / "keys")
    monkeypatch.setattr(key_handoff.os, "getuid", lambda: os.geteuid() + 1)
    with pytest.raises(NoKeys, match="hands out no keys"):
        fetch(server.path)
    server.close()
    assert (server.served, server.refused) == (0, 1)


def test_who_listens_and_has_no_keys_is_named(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    with socket.socket(socket.AF_UNIX) as listener, (tmp_path / "nonsense").open("w+b") as file:
        file.write(b"[1, 2")
        file.flush()
        listener.bind(str(path))
        listener.listen()

        def answer() -> None:
            client, _ = listener.accept()
            with client:
                socket.send_fds(client, [b"k"], [file.fileno()])

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NoKeys, match="cannot be read as keys"):
            fetch(path)
        thread.join()


def test_an_address_that_no_socket_can_have_is_refused(tmp_path: Path) -> None:
    descriptor, _ = seal_secrets({})
    with pytest.raises(BadInput, match="at most 100 bytes"):
        serve(descriptor, tmp_path / ("x" * 100) / "keys")
    os.close(descriptor)


def test_keys_show_themselves_to_nobody() -> None:
    keys = LiveKeys(private_key=KEY, api_secret="secret-of-ours", api_passphrase="phrase")
    assert not any(secret in repr(keys) for secret in SECRETS)
    assert not keys.has_credentials
    with pytest.raises(TypeError):
        pickle.dumps(keys)
    with pytest.raises(BadInput, match="SIGNATURE_TYPE"):
        LiveKeys(private_key=KEY, signature_type=4)
