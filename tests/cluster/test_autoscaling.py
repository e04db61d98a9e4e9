"""`ray_cluster.yaml` at work: Ray's own autoscaler grows and shrinks a cluster, its fake provider in the place of a cloud.

The fake provider starts real raylets, beside the head instead of on machines of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from heavy_run import HeavyRun, ruin_words
from hosts import PORT, Host, Hosts, until
from ray.autoscaler._private.fake_multi_node.node_provider import FAKE_HEAD_NODE_ID, FAKE_HEAD_NODE_TYPE

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.cluster, pytest.mark.timeout(600)]
FAKED = {
    "RAY_FAKE_CLUSTER": "1",
    "RAY_OVERRIDE_NODE_ID_FOR_TESTING": FAKE_HEAD_NODE_ID,  # by which the provider knows the head
    "AUTOSCALER_UPDATE_INTERVAL_S": "1",
    "RAY_raylet_start_wait_time_s": "120",  # a machine that is busy with other tests
}
WORKERS_MAX = 2
PATHS = 600_000  # work for longer than it takes to start two nodes
IDLE_MINUTES = 0.1


def faked(head: Host) -> dict[str, Any]:
    """Our file with another provider, nodes of one core, fewer of them, and less patience."""
    ours = yaml.safe_load((Path(__file__).resolve().parents[2] / "ray_cluster.yaml").read_text(encoding="utf-8"))
    kinds = {
        FAKE_HEAD_NODE_TYPE if name == ours["head_node_type"] else name: kind
        for name, kind in ours["available_node_types"].items()
    }
    small = {"resources": {"CPU": 1, "object_store_memory": 80_000_000}, "node_config": {}}
    for name, kind in kinds.items():
        kind |= small | ({} if name == FAKE_HEAD_NODE_TYPE else {"max_workers": WORKERS_MAX})
    kept = {name: ours[name] for name in ("cluster_name", "upscaling_speed")}
    return {
        **kept,
        "max_workers": WORKERS_MAX,
        "idle_timeout_minutes": IDLE_MINUTES,
        "provider": {
            "type": "fake_multinode",
            "gcs_address": f"{head.address}:{PORT}",
            "use_node_id_as_ip": True,  # all its nodes have the head's address
            "disable_node_updaters": True,  # nobody to reach by ssh
            "disable_launch_config_check": True,
        },
        "available_node_types": kinds,
        "head_node_type": FAKE_HEAD_NODE_TYPE,
        "auth": {}, "docker": {}, "file_mounts": {}, "initialization_commands": [], "setup_commands": [],
        "head_setup_commands": [], "worker_setup_commands": [], "head_start_ray_commands": [],
        "worker_start_ray_commands": [], "cluster_synced_files": [], "file_mounts_sync_continuously": False,
        "rsync_exclude": [], "rsync_filter": [],
    }  # fmt: skip


def raylets(host: Host) -> int:
    return sum("/raylet/raylet " in f"{command} " for command in host.commands())


def test_demand_brings_nodes_and_idleness_takes_them_away(cables, tmp_path):
    if not cables:
        pytest.skip("without a namespace of its own this cluster's processes cannot be told from others")
    config, log = tmp_path / "cluster.yaml", tmp_path / "head.log"
    with Hosts(1, cables=cables) as hosts:
        head = hosts.hosts[0]
        config.write_text(yaml.safe_dump(faked(head)))
        with log.open("wb") as out:
            started = head.run(
                "ray", "start", "--head", f"--port={PORT}", f"--node-ip-address={head.address}", "--num-cpus=1",
                "--include-dashboard=false", "--object-store-memory=80000000", f"--autoscaling-config={config}",
                f"--temp-dir={hosts.disk}/ray", "--block",
                env=FAKED, out=out,
            )  # fmt: skip
        until(
            lambda: "Ray runtime started" in log.read_text(errors="replace") or started.poll() is not None, "Ray starts"
        )
        assert started.poll() is None, log.read_text(errors="replace")
        assert raylets(head) == 1, "no demand, no worker"
        words = ruin_words(tmp_path, f"{head.address}:{PORT}", "--paths", str(PATHS), "--trades", "250")
        made = HeavyRun(head, tmp_path / "run", *words)

        def grown() -> bool:
            assert made.process.poll() is None, f"it ended before the cluster had grown\n{made.told}"
            return raylets(head) == 1 + WORKERS_MAX

        until(grown, "demand brings every worker that is allowed")
        told = made.json()
        assert told["paths"] == PATHS
        assert told["distribution"]["workers"] >= 2, "the new nodes worked"
        until(lambda: raylets(head) == 1, "idle workers are given back")
        assert started.poll() is None
        print(f"MEASURED autoscaling: {told['wall_s']} s, {told['distribution']}")
