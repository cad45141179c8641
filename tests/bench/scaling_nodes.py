"""A process that holds the Ray nodes of the scaling bench, all on this machine.

Run: ``python -m tests.bench.scaling_nodes DASHBOARD_PORT CPUS``. It says ``1`` when the head node
is there; each line on its input adds a node, and it says how many there are. When its input ends,
the nodes end.
"""

import sys
from typing import Final

from ray.cluster_utils import Cluster

_OBJECT_STORE_BYTES: Final = 100 * 1024 * 1024


def main(arguments: list[str]) -> int:
    """Holds the nodes; returns the exit status."""
    dashboard_port, cpus = map(int, arguments)
    node = {"num_cpus": cpus, "object_store_memory": _OBJECT_STORE_BYTES}
    cluster = Cluster(
        initialize_head=True,
        head_node_args={**node, "include_dashboard": True, "dashboard_port": dashboard_port},
    )
    try:
        _say(cluster)
        for _ in sys.stdin:
            cluster.add_node(**node)
            _say(cluster)
    finally:
        cluster.shutdown()
    return 0


def _say(cluster: Cluster) -> None:
    sys.stdout.write(f"{len(cluster.list_all_nodes())}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
