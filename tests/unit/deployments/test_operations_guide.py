"""Commands of the operations guide that make files."""

from pathlib import Path

from deployments.serve_yaml import check
from tests.unit.guide_commands import GUIDE, commands, make_checkout, run


def test_a_cluster_without_gpus_is_made_of_the_file_for_gpus(tmp_path: Path) -> None:
    run(commands("configs/cluster_gpu.yaml > var/cluster.yaml"), make_checkout(tmp_path))
    (application,) = check(tmp_path / "var/cluster.yaml")["applications"]
    assert not any("num_gpus" in one["ray_actor_options"] for one in application["deployments"])
    for part in ("plate_detector", "plate_reader", "face_encoder"):
        assert application["args"][part]["device"] == "cpu"
    least = sum(
        one["autoscaling_config"]["min_replicas"] * one["ray_actor_options"]["num_cpus"]
        for one in application["deployments"]
    )
    assert f"asks for {least} processors" in GUIDE
