"""`ray_cluster.yaml` is a file that Ray's own launcher accepts, and it keeps the promises of its comments (design §10)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.autoscaler._private.util import prepare_config, validate_config
from ray.scripts.scripts import start

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "ray_cluster.yaml").read_text(encoding="utf-8")
COMMANDS = (
    "initialization_commands",
    "setup_commands",
    "head_setup_commands",
    "worker_setup_commands",
    "head_start_ray_commands",
    "worker_start_ray_commands",
)


@pytest.fixture
def cluster() -> dict[str, Any]:
    """The file as `ray up` reads it, with Ray's defaults for the provider filled in."""
    config: dict[str, Any] = prepare_config(yaml.safe_load(TEXT))
    return config


def starts(cluster: dict[str, Any]) -> list[str]:
    """The command of head and of workers that starts Ray."""
    both = [*cluster["head_start_ray_commands"], *cluster["worker_start_ray_commands"]]
    return [command for command in both if "ray start" in command]


def test_rays_own_schema_accepts_it(cluster: dict[str, Any]) -> None:
    validate_config(cluster)
    assert cluster["provider"]["type"] == "aws"


def test_the_comment_for_machines_of_ones_own_is_accepted_too() -> None:
    lines = re.findall(r"^#   (provider:|  \w+: .+)$", TEXT, re.MULTILINE)
    config = yaml.safe_load(TEXT) | yaml.safe_load("\n".join(lines))
    del config["available_node_types"], config["head_node_type"]
    prepared = prepare_config(config)
    validate_config(prepared)
    assert prepared["provider"]["worker_ips"] == ["worker-1.example.internal", "worker-2.example.internal"]


def test_workers_come_and_go_within_the_bound(cluster: dict[str, Any]) -> None:
    head, worker = (cluster["available_node_types"][name] for name in ("head", "worker"))
    assert cluster["head_node_type"] == "head"
    assert (head["min_workers"], head["max_workers"]) == (0, 0)
    assert 0 <= worker["min_workers"] <= worker["max_workers"] <= cluster["max_workers"]
    assert cluster["idle_timeout_minutes"] > 0
    assert 1 + cluster["max_workers"] == 10, "the how-to page says ten nodes"


def test_every_node_asks_for_the_token(cluster: dict[str, Any]) -> None:
    assert len(starts(cluster)) == 2
    assert all("RAY_AUTH_MODE=token" in command for command in starts(cluster))
    assert cluster["file_mounts"]["~/.ray/auth_token"] == "~/.ray/auth_token"


def test_nothing_but_ray_itself_listens_beyond_loopback(cluster: dict[str, Any]) -> None:
    head = next(command for command in cluster["head_start_ray_commands"] if "--head" in command)
    assert "--dashboard-host=127.0.0.1" in head
    assert "0.0.0.0" not in TEXT


def test_the_options_of_ray_start_exist(cluster: dict[str, Any]) -> None:
    known = {option for param in start.params for option in param.opts}
    named = {option for command in starts(cluster) for option in re.findall(r"(--[a-z-]+)", command)}
    assert len(named) >= 5
    assert named <= known


def test_astra_is_installed_from_the_checkout_on_every_node(cluster: dict[str, Any]) -> None:
    assert cluster["file_mounts"]["~/astra"] == "."
    for kind in ("head", "worker"):  # `prepare_config` joins the common commands with each kind's own
        assert any("cd ~/astra && bash .ci/install runtime" in command for command in cluster[f"{kind}_setup_commands"])
    installs = (ROOT / ".ci" / "install").read_text(encoding="utf-8")
    assert "--require-hashes" in installs and "install -e ." not in installs.split("--require-hashes")[0]
    assert not any(
        ".ci".startswith(left_out.strip("*/")) for left_out in cluster["rsync_exclude"] if "_cache" not in left_out
    )


def test_the_image_has_the_ray_of_the_lock(cluster: dict[str, Any]) -> None:
    locked = re.search(r"^ray(?:\[\w+\])?==([\d.]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    assert locked is not None
    assert f":{locked.group(1)}-py311" in cluster["docker"]["image"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_shell(cluster: dict[str, Any], name: str) -> None:
    for command in cluster[name]:
        read = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True, check=False)
        assert (read.returncode, read.stderr) == (0, "")
