"""The ports of the file for Kubernetes: who asks which, and who may."""

import re

from .documents import Document, ray, values


def test_every_probe_asks_a_port_that_the_container_names(objects: list[Document]) -> None:
    asked = 0
    for container in (
        one for two in objects for three in values(two, "containers") for one in three
    ):
        names = {port["name"] for port in container.get("ports", [])}
        for probe in ("livenessProbe", "readinessProbe"):
            for kind in ("httpGet", "tcpSocket"):
                if kind in container.get(probe, {}):
                    assert container[probe][kind]["port"] in names
                    asked += 1
    assert asked >= 5


def test_the_readiness_of_workers_asks_the_ports_that_serve_and_ray_bind(
    serve: Document, pods: dict[str, Document]
) -> None:
    for group in ("cpu", "gpu"):
        ports = {port["name"]: port["containerPort"] for port in ray(pods[group])["ports"]}
        (command,) = values(ray(pods[group])["readinessProbe"], "command")
        asked = [int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)/", command[-1])]
        assert asked == [ports["dashboard-agent"], ports["serve"]]
        assert ports["serve"] == serve["http_options"]["port"]
        assert command[-1].count("&&") == 1


def test_services_and_policies_name_pods_and_ports_that_are_there(
    objects: list[Document], pods: dict[str, Document]
) -> None:
    templates = [*pods.values()]
    templates += [one["spec"]["template"] for one in objects if one["kind"] == "StatefulSet"]
    labels = {template["metadata"]["labels"]["app"] for template in templates}
    for one in objects:
        if one["kind"] == "Service":
            (template,) = [
                each for each in templates if each["metadata"]["labels"] == one["spec"]["selector"]
            ]
            names = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
            assert {port["targetPort"] for port in one["spec"]["ports"]} <= names
        if one["kind"] == "NetworkPolicy":
            assert one["spec"]["podSelector"]["matchLabels"]["app"] in labels
    guarded = {
        one["spec"]["podSelector"]["matchLabels"]["app"]
        for one in objects
        if one["kind"] == "NetworkPolicy"
    }
    assert guarded == labels


def test_nobody_but_the_cluster_reaches_rays_ports(
    objects: list[Document], serve: Document
) -> None:
    (policy,) = [
        one["spec"]
        for one in objects
        if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == "gatehouse"
    ]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    variables = serve["controller_options"]["runtime_env"]["env_vars"]
    service = serve["http_options"]["port"]
    metrics = {service, 8080, int(variables["RAY_SERVE_HAPROXY_METRICS_PORT"])}
    opened: dict[str, set[int]] = {}
    for rule in policy["ingress"]:
        (source,) = rule["from"]
        if "namespaceSelector" in source:
            space = source["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
            opened[space] = {port["port"] for port in rule["ports"]}
        else:
            assert source == {"podSelector": policy["podSelector"]}
    assert opened == {
        "ingress-nginx": {service},
        "monitoring": metrics,
        "kuberay-system": {service, 8265},
    }


def test_metadata_addresses_of_clouds_are_out_of_reach(objects: list[Document]) -> None:
    (policy,) = [
        one["spec"]
        for one in objects
        if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == "gatehouse"
    ]
    blocks = [block for block in values(policy["egress"], "ipBlock")]
    assert {block["cidr"] for block in blocks} == {"0.0.0.0/0", "::/0"}
    excluded = [network for block in blocks for network in block["except"]]
    assert "169.254.0.0/16" in excluded and "fd00:ec2::/32" in excluded
    (anywhere,) = [rule["ports"] for rule in policy["egress"] if "to" not in rule]
    assert {port["port"] for port in anywhere} == {53}


def test_the_pods_of_the_cluster_reach_each_other_and_valkey_by_name(
    objects: list[Document],
) -> None:
    # Some networks do not take pods for addresses of an ipBlock.
    policies = {
        one["metadata"]["name"]: one["spec"] for one in objects if one["kind"] == "NetworkPolicy"
    }
    (reached,) = [
        rule["to"]
        for rule in policies["gatehouse"]["egress"]
        if any("podSelector" in to for to in rule.get("to", []))
    ]
    assert reached == [{"podSelector": policy["podSelector"]} for policy in policies.values()]
