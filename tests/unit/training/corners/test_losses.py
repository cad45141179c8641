import pytest
import torch

from pipelines.training.corners.contexts import Kind
from pipelines.training.corners.losses import Batch, box_errors, loss, mapped_back

UNIT = torch.tensor([[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]])
GROWN = torch.tensor([[[1.5, 0.0, -0.25], [0.0, 2.0, -0.5], [0.0, 0.0, 1.0]]])
"""A view that shows a quarter of the box's width and half its height around the box."""


def _batch(corners: torch.Tensor, kind: Kind) -> Batch:
    count = len(corners)
    return Batch(
        views=torch.zeros(count, 64, 128, 3, dtype=torch.uint8),
        corners=corners,
        sizes=torch.tensor([[0.6, 0.5]]).repeat(count, 1),
        back=GROWN.repeat(count, 1, 1),
        kinds=torch.full((count,), int(kind)),
    )


def _in_view(placed: torch.Tensor) -> torch.Tensor:
    return (placed + torch.tensor([0.25, 0.5])) / torch.tensor([1.5, 2.0])


def test_corners_go_back_through_the_homography() -> None:
    assert torch.allclose(mapped_back(_in_view(UNIT), GROWN), UNIT, atol=1e-6)


def test_a_turned_plate_whose_bounding_box_is_the_label_has_no_error() -> None:
    turned = torch.tensor([[(0.0, 0.2), (0.9, 0.0), (1.0, 0.8), (0.1, 1.0)]])
    assert box_errors(_in_view(turned), GROWN).abs().max() < 1e-6


def test_a_side_that_is_off_costs_as_a_share_of_the_box() -> None:
    narrow = UNIT * torch.tensor([0.9, 1.0])
    assert box_errors(_in_view(narrow), GROWN)[0].tolist() == pytest.approx(
        [0, 0, -0.1, 0], abs=1e-6
    )


@pytest.mark.parametrize("kind", [Kind.CORNERS, Kind.BOX])
def test_the_truth_costs_least(kind: Kind) -> None:
    truth = _in_view(UNIT).repeat(2, 1, 1)
    batch = _batch(truth, kind)
    doubt = torch.zeros(2)

    costs = [loss(truth + shift, doubt, batch).item() for shift in (0.0, 0.02, 0.1)]

    assert costs == sorted(costs)
    assert costs[1] - costs[0] > 0.005


def test_doubt_costs_least_where_it_is_the_error() -> None:
    truth = _in_view(UNIT).repeat(2, 1, 1)
    off = truth + torch.tensor([0.06, 0.05])  # a tenth of the size
    batch = _batch(truth, Kind.CORNERS)

    costs = {
        error: loss(off, torch.full((2,), error).log(), batch).item()
        for error in (0.02, 0.05, 0.1, 0.2, 0.4)
    }

    assert min(costs, key=lambda error: costs[error]) == 0.1


def test_where_there_is_no_plate_only_the_doubt_learns() -> None:
    corners = _in_view(UNIT).clone().requires_grad_()
    doubt = torch.zeros(1, requires_grad=True)

    loss(corners, doubt, _batch(_in_view(UNIT), Kind.NOTHING)).backward()

    assert corners.grad is None or corners.grad.abs().max() == 0
    assert doubt.grad is not None
    assert doubt.grad.abs().max() > 0
