"""A stand-in for torchvision where its import fails beside a CPU build of torch.

Ultralytics' validator imports torchvision only for ``ops.nms``; its own ``TorchNMS`` does the
same in plain torch. Training environment only: the service needs neither.
"""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType


def install() -> None:
    """Puts a ``torchvision`` module with ``ops.nms`` into ``sys.modules``, if there is none."""
    if "torchvision" in sys.modules:
        return
    from ultralytics.utils.nms import TorchNMS  # noqa: PLC0415 (heavy, and training only)

    package, ops = ModuleType("torchvision"), ModuleType("torchvision.ops")
    for module in (package, ops):
        module.__spec__ = ModuleSpec(module.__name__, loader=None)
    package.__dict__.update(__version__="0.0.0", ops=ops, __path__=[])
    ops.__dict__["nms"] = TorchNMS.nms
    sys.modules["torchvision"], sys.modules["torchvision.ops"] = package, ops
