"""The stand-in for torchvision."""

import subprocess
import sys

PROGRAM = """
import torch
from pipelines.training import torchvision_stand_in
torchvision_stand_in.install()
import torchvision
boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]])
scores = torch.tensor([0.5, 0.9, 0.7])
assert torchvision.ops.nms(boxes, scores, 0.5).tolist() == [1, 2]
"""


def test_suppresses_overlapping_boxes_as_torchvision_does() -> None:
    # A process of its own: the stand-in must not reach other tests.
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
