"""`deploy/kuberay/astra.yaml` holds only fields that the resource has, fits lock and image, and is closed to strangers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ray.scripts.scripts import start

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = list(yaml.safe_load_all((ROOT / "deploy" / "kuberay" / "astra.yaml").read_text(encoding="utf-8")))
CLUSTER, CLAIM, POLICY = DOCUMENTS
QUANTITY = {"type": "string", "pattern": r"^\d+(\.\d+)?(m|Ki|Mi|Gi|Ti)?$"}
WORDS = {
    "type": "object",
    "additionalProperties": {"type": "string"},
}  # labels; and numbers of `ray start` are text too


def closed(required: str = "", **properties: Any) -> dict[str, Any]:
    """An object that has these properties and no other."""
    return {
        "type": "object", "properties": properties, "additionalProperties": False, "required": required.split()
    }  # fmt: skip


RESOURCES = closed(
    "requests limits", requests=closed(cpu=QUANTITY, memory=QUANTITY), limits=closed(cpu=QUANTITY, memory=QUANTITY)
)
PROBE = closed(
    "exec",
    exec=closed("command", command={"type": "array", "items": {"type": "string"}, "minItems": 1}),
    **{
        name: {"type": "integer"}
        for name in ("initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold")
    },
)
CONTAINER = closed(
    "name image resources",
    name={"type": "string"},
    image={"type": "string"},
    imagePullPolicy={"enum": ["Always", "IfNotPresent", "Never"]},
    env={"type": "array", "items": closed("name value", name={"type": "string"}, value={"type": "string"})},
    ports={
        "type": "array",
        "items": closed("containerPort", name={"type": "string", "maxLength": 15}, containerPort={"type": "integer"}),
    },
    readinessProbe=PROBE,
    livenessProbe=PROBE,
    resources=RESOURCES,
    securityContext=closed(allowPrivilegeEscalation={"const": False}, capabilities=closed(drop={"const": ["ALL"]})),
    volumeMounts={
        "type": "array",
        "items": closed("name mountPath", name={"type": "string"}, mountPath={"type": "string"}),
    },
)
VOLUME = closed(
    "name",
    name={"type": "string"},
    persistentVolumeClaim=closed("claimName", claimName={"type": "string"}),
    emptyDir=closed(medium={"const": "Memory"}, sizeLimit=QUANTITY),
)
POD = closed(
    "metadata spec",
    metadata=closed("labels", labels=WORDS),
    spec=closed(
        "containers",
        automountServiceAccountToken={"type": "boolean"},
        securityContext=closed(
            runAsNonRoot={"const": True}, runAsUser={"type": "integer"}, fsGroup={"type": "integer"}
        ),
        terminationGracePeriodSeconds={"type": "integer"},
        containers={"type": "array", "items": CONTAINER, "minItems": 1, "maxItems": 1},
        volumes={"type": "array", "items": VOLUME},
    ),
)
# The fields of RayCluster (ray.io/v1) that KubeRay's API reference documents and this manifest may use.
RAY_CLUSTER = closed(
    "apiVersion kind metadata spec",
    apiVersion={"const": "ray.io/v1"},
    kind={"const": "RayCluster"},
    metadata=closed("name", name={"type": "string"}, labels=WORDS),
    spec=closed(
        "headGroupSpec workerGroupSpecs",
        rayVersion={"type": "string"},
        suspend={"type": "boolean"},
        authOptions=closed(mode={"enum": ["disabled", "token"]}, secretName={"type": "string"}),
        enableInTreeAutoscaling={"type": "boolean"},
        autoscalerOptions=closed(
            version={"enum": ["v1", "v2"]},
            upscalingMode={"enum": ["Default", "Aggressive", "Conservative"]},
            idleTimeoutSeconds={"type": "integer", "minimum": 0},
            imagePullPolicy={"enum": ["Always", "IfNotPresent", "Never"]},
            image={"type": "string"},
            resources=RESOURCES,
        ),
        headGroupSpec=closed(
            "template",
            serviceType={"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
            enableIngress={"type": "boolean"},
            rayStartParams=WORDS,
            template=POD,
        ),
        workerGroupSpecs={
            "type": "array",
            "items": closed(
                "groupName template",
                groupName={"type": "string"},
                replicas={"type": "integer", "minimum": 0},
                minReplicas={"type": "integer", "minimum": 0},
                maxReplicas={"type": "integer", "minimum": 0},
                idleTimeoutSeconds={"type": "integer"},
                numOfHosts={"type": "integer"},
                rayStartParams=WORDS,
                template=POD,
            ),
        },
    ),
)
SPEC = CLUSTER["spec"]
HEAD, WORKER = SPEC["headGroupSpec"], SPEC["workerGroupSpecs"][0]
PODS = [group["template"] for group in (HEAD, WORKER)]


def test_it_holds_only_what_the_resource_has() -> None:
    assert [error.message for error in jsonschema.Draft202012Validator(RAY_CLUSTER).iter_errors(CLUSTER)] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda spec: spec.update(enableAutoscaling=True),
        lambda spec: spec["autoscalerOptions"].update(idleTimeoutSeconds="600"),
        lambda spec: spec["workerGroupSpecs"][0].update(maxReplica=3),
        lambda spec: spec["headGroupSpec"]["rayStartParams"].update({"num-cpus": 2}),
    ],
    ids=["an unknown field", "text for a number", "a typing mistake", "a number for text"],
)
def test_a_wrong_manifest_is_found(spoil: Any) -> None:
    wrong = yaml.safe_load(yaml.safe_dump(CLUSTER))
    spoil(wrong["spec"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, RAY_CLUSTER)


def test_it_is_the_ray_of_the_lock() -> None:
    locked = re.search(r"^ray(?:\[\w+\])?==([\d.]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    assert locked is not None
    assert SPEC["rayVersion"] == locked.group(1)


def test_every_pod_is_of_this_image() -> None:
    project = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert project is not None
    images = {pod["spec"]["containers"][0]["image"] for pod in PODS}
    assert images == {f"REGISTRY/astra:{project.group(1)}"}
    told = (ROOT / "Dockerfile").read_text("utf-8")
    assert "/astra/.venv/bin:$PATH" in told, "the operator starts `ray`, which must be on the path"
    assert "USER astra" in told, "the pods refuse to run as root"


def test_it_grows_and_shrinks_within_bounds() -> None:
    assert SPEC["enableInTreeAutoscaling"] is True
    assert 0 <= WORKER["minReplicas"] <= WORKER["replicas"] <= WORKER["maxReplicas"] <= 9, "with the head: ten nodes"
    assert SPEC["autoscalerOptions"]["idleTimeoutSeconds"] > 0


def test_the_options_of_ray_start_exist() -> None:
    known = {option for param in start.params for option in param.opts}
    assert {f"--{name}" for group in (HEAD, WORKER) for name in group["rayStartParams"]} <= known


def test_it_is_closed_to_strangers() -> None:
    assert SPEC["authOptions"] == {"mode": "token"}
    assert HEAD["serviceType"] == "ClusterIP" and HEAD["rayStartParams"]["dashboard-host"] == "127.0.0.1"
    chosen = POLICY["spec"]["podSelector"]["matchLabels"].items()
    assert POLICY["spec"]["policyTypes"] == ["Ingress"]
    for pod in PODS:
        assert chosen <= pod["metadata"]["labels"].items(), "the policy holds for every pod"
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert PODS[1]["spec"]["automountServiceAccountToken"] is False


def test_what_must_outlive_a_pod_lies_on_a_disk() -> None:
    volumes = {volume["name"]: volume for volume in PODS[0]["spec"]["volumes"]}
    assert volumes["data"]["persistentVolumeClaim"]["claimName"] == CLAIM["metadata"]["name"]
    for pod in PODS:
        names = {volume["name"] for volume in pod["spec"]["volumes"]}
        assert {mount["name"] for mount in pod["spec"]["containers"][0]["volumeMounts"]} == names


def test_requests_are_limits_because_ray_counts_the_limit() -> None:
    for pod in PODS:
        resources = pod["spec"]["containers"][0]["resources"]
        assert resources["requests"] == resources["limits"]
        assert resources["limits"]["cpu"].isdigit(), "a part of a core is no slot for a task"
