"""The fields of KubeRay's RayService, for a strict check without its CRD (2.6 MB of YAML).

Source: ``ray-operator/apis/ray/v1/rayservice_types.go`` and ``raycluster_types.go`` of
github.com/ray-project/kuberay, read in 2026 after its version 1.7: the fields by their JSON names,
without those of alpha features and those that may be newer. Pod templates and services are
Kubernetes' own and checked by its schemas.
"""

from typing import Any, Final

_STRING: Final[dict[str, Any]] = {"type": "string"}
_BOOLEAN: Final[dict[str, Any]] = {"type": "boolean"}
_COUNT: Final[dict[str, Any]] = {"type": "integer", "minimum": 0}
_TEXTS: Final[dict[str, Any]] = {"type": "object", "additionalProperties": _STRING}
_KUBERNETES: Final[dict[str, Any]] = {"type": "object"}
_KUBERNETES_LIST: Final[dict[str, Any]] = {"type": "array", "items": {"type": "object"}}


def _object(required: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": list(required),
        "additionalProperties": False,
    }


_REDIS_CREDENTIAL: Final = _object(value=_STRING, valueFrom=_KUBERNETES)

_AUTH_OPTIONS: Final = _object(mode={"enum": ["disabled", "token"]}, secretName=_STRING)

_GCS_FAULT_TOLERANCE: Final = _object(
    redisAddress=_STRING,
    redisUsername=_REDIS_CREDENTIAL,
    redisPassword=_REDIS_CREDENTIAL,
    externalStorageNamespace=_STRING,
)

_AUTOSCALER: Final = _object(
    resources=_KUBERNETES,
    image=_STRING,
    imagePullPolicy=_STRING,
    securityContext=_KUBERNETES,
    idleTimeoutSeconds=_COUNT,
    upscalingMode={"enum": ["Default", "Aggressive", "Conservative"]},
    version={"enum": ["v1", "v2"]},
    env=_KUBERNETES_LIST,
    envFrom=_KUBERNETES_LIST,
    volumeMounts=_KUBERNETES_LIST,
)

_HEAD_GROUP: Final = _object(
    ("template",),
    template=_KUBERNETES,
    headService=_KUBERNETES,
    enableIngress=_BOOLEAN,
    rayStartParams=_TEXTS,
    serviceType={"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
)

_WORKER_GROUP: Final = _object(
    ("groupName", "minReplicas", "maxReplicas", "template"),
    groupName=_STRING,
    replicas=_COUNT,
    minReplicas=_COUNT,
    maxReplicas=_COUNT,
    rayStartParams=_TEXTS,
    template=_KUBERNETES,
    numOfHosts={"type": "integer", "minimum": 1},
)

_RAY_CLUSTER: Final = _object(
    ("headGroupSpec",),
    authOptions=_AUTH_OPTIONS,
    suspend=_BOOLEAN,
    managedBy=_STRING,
    autoscalerOptions=_AUTOSCALER,
    headServiceAnnotations=_TEXTS,
    enableInTreeAutoscaling=_BOOLEAN,
    gcsFaultToleranceOptions=_GCS_FAULT_TOLERANCE,
    headGroupSpec=_HEAD_GROUP,
    rayVersion=_STRING,
    workerGroupSpecs={"type": "array", "items": _WORKER_GROUP},
)

RAY_SERVICE: Final = _object(
    ("apiVersion", "kind", "metadata", "spec"),
    apiVersion={"const": "ray.io/v1"},
    kind={"const": "RayService"},
    metadata=_object(("name",), name=_STRING, namespace=_STRING, labels=_TEXTS, annotations=_TEXTS),
    spec=_object(
        ("rayClusterConfig",),
        rayClusterDeletionDelaySeconds=_COUNT,
        serveService=_KUBERNETES,
        upgradeStrategy=_object(type={"enum": ["NewCluster", "None"]}),
        serveConfigV2=_STRING,
        rayClusterConfig=_RAY_CLUSTER,
        excludeHeadPodFromServeSvc=_BOOLEAN,
    ),
)
"""JSON Schema of a RayService of which no unknown field passes."""
