"""Where a heavy job may run, what travels there, and what it says when somebody stops it."""

from __future__ import annotations

import os
import signal

import pytest

from astra_actors.kernel.errors import BadInput
from supervision import node_check
from supervision.heavy_jobs import JobPlace
from supervision.job_signals import JobSignals, JobStopped
from supervision.joining import travelling
from supervision.shipping import PACKAGES, sources


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"workers": 0}, "--workers"),
        ({"workers": -2}, "--workers"),
        ({"workers": 100_000}, "--workers"),
        ({"address": "auto"}, "--address"),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_anything_starts(words, named):
    with pytest.raises(BadInput, match=named):
        JobPlace(**words)


def test_sources_and_shipped_settings_travel_and_nothing_else(monkeypatch):
    with sources() as folder:
        assert sorted(path.name for path in folder.iterdir()) == sorted([*PACKAGES, "configs"])
        assert (folder / "configs" / "default.yaml").is_file()
        names = {path.name for path in folder.rglob("*")}
        assert not names & {"__pycache__", ".git", ".venv", "data", "ledger.db"}
        assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 20_000_000
        ours = node_check.code_digest()
        monkeypatch.setattr(node_check, "__file__", str(folder / "supervision" / "node_check.py"))
        assert node_check.code_digest() == ours, "a node runs the code of the command"
    assert not folder.exists()


def test_no_word_that_travels_comes_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("POLY_PRIVATE_KEY", "0xsecret")
    assert set(travelling(tmp_path)) == {"env_vars", "working_dir"}
    assert "0xsecret" not in repr(travelling(tmp_path))
    assert set(travelling(None)) == {"env_vars"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_a_flag_that_the_job_looks_at(number):
    before = signal.getsignal(number)
    with JobSignals("ruin", 20) as signals:
        os.kill(os.getpid(), number)
        with pytest.raises(JobStopped, match=f"ruin was stopped by {number.name} after 0 of 20 chunks"):
            signals.raise_if_asked(None)
    assert signal.getsignal(number) is before


def join_and_be_told(signals: JobSignals) -> None:
    with signals.at_once():
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("it went on")


def test_while_ray_is_joined_a_signal_raises_where_it_comes():
    with JobSignals("ruin", 20) as signals, pytest.raises(JobStopped):
        join_and_be_told(signals)
