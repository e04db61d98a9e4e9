"""What every test may ask for: the recorded data, when it is there, and a network that ends at this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import socket_allow_hosts

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# Two busy cores are slower than Hypothesis expects of one example; a slow machine is no finding.
settings.register_profile("astra", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("astra")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what reads the recorded data where there is none, and say why."""
    if DATA.is_dir():
        return
    skip = pytest.mark.skip(reason=f"the recorded venue data is not at {DATA.name}/ beside the checkout")
    for item in items:
        if "recorded" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def _no_network_beyond_this_machine(request: pytest.FixtureRequest) -> None:
    """Only Ray's own tests may connect elsewhere: it calls this machine by its outer address."""
    if "ray" not in request.keywords:
        socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A person's own ASTRA_, POLY_ and ALERT_ variables, and the machine's switches, do not change what a test sees."""
    for name in list(os.environ):
        if name.startswith(("ASTRA_", "POLY_", "ALERT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ASTRA_SWITCH_DIR", str(tmp_path_factory.getbasetemp() / "switches"))


@pytest.fixture(scope="session")
def recorded_data() -> Path:
    """Where the recorded venue data lies; skips without it."""
    if not DATA.is_dir():
        pytest.skip(f"the recorded venue data is not at {DATA.name}/ beside the checkout")
    return DATA
