"""The time of a fake engine's forward pass, spent as a model on a GPU spends it: waiting."""

import time

_MS_A_SECOND = 1000


def pass_time(simulated_ms: float) -> None:
    """Sleep for one forward pass; 0 ms returns at once.

    The thread computes nothing, as one whose GPU works, so that what a machine measures with many
    replicas is the service around the engines and not its processor.
    """
    if simulated_ms > 0:
        time.sleep(simulated_ms / _MS_A_SECOND)
