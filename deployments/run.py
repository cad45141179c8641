"""``make serve``: checks a Serve YAML strictly and runs it until Ctrl-C or SIGTERM.

``serve run --address local`` by itself works too. This adds what it lacks: it refuses a start that
lacks something, says when the service is ready, SIGTERM ends it as cleanly as Ctrl-C, and an
HAProxy that outlived a killed service, and would keep its port, is ended first.

Run: ``python -m deployments.run [FILE]``
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psutil
import yaml

from deployments.announcing import Announcer, status_command

_DEFAULT_PORT = 8000
# Compared with, not bound to.
_ANY_ADDRESS = {"0.0.0.0", "::", ""}  # nosec B104
# By variable: what else Serve listens on, under numbers that a second service here must not share.
# Ray lets two services share the fallback proxy's in silence, and requests then reach either one.
_DEFAULT_PORTS = {
    "RAY_SERVE_HAPROXY_STATS_PORT": 8404,
    "RAY_SERVE_HAPROXY_METRICS_PORT": 9101,
    "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": 8500,
}
_RAY_ENVIRONMENT: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Workers that wait for work of any kind: the service has none, its replicas start their own.
    "RAY_enable_worker_prestart": "0",
    "RAY_prestart_worker_first_driver": "0",
}
_LEAN: Final = Path(__file__).with_name("lean")

_LOOK_EVERY_S = 0.5
_END_TIMEOUT_S = 15.0


def main(arguments: list[str]) -> int:
    """Runs the service; returns the exit status of ``serve run``."""
    config = Path(arguments[0] if arguments else "serve_config.yaml")
    # In a process of its own, which takes Serve's hundred megabytes with it when it ends.
    checked = subprocess.run(
        [sys.executable, "-m", "deployments.start_checks", config],
        env=ray_environment(),
        check=False,
    )
    if checked.returncode != 0:
        return 2
    document = yaml.safe_load(config.read_text(encoding="utf-8"))
    ports = ports_of(document)
    _end(list(orphaned_proxies(ports[0])))
    taken = [str(port) for port in ports if _is_taken(port)]
    if taken:
        sys.stderr.write(f"port {', '.join(taken)} is in use: end what listens there, or change\n")
        sys.stderr.write(f"http_options.port and the RAY_SERVE_..._PORT variables of {config}\n")
        return 2
    # Handlers go in before the start: a shell's background job ignores SIGINT, and an ignored
    # signal, unlike a handled one, stays ignored in the new process.
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: asked.append(received))
    # A cluster that happens to run on this machine is joined only when it is named.
    address = [] if "RAY_ADDRESS" in os.environ else ["--address", "local"]
    serve = subprocess.Popen(
        [Path(sys.executable).with_name("serve"), "run", *address, config],
        env=ray_environment(),
        start_new_session=True,  # Ctrl-C reaches this process alone, which passes it on once
    )
    family: dict[int, psutil.Process] = {}
    announcer = Announcer(
        url_of(document),
        lambda line: sys.stderr.write(f"{line}\n"),
        lambda: status_command(family.values()),
    )
    while serve.poll() is None:
        if asked:
            serve.send_signal(signal.SIGINT)
            asked.clear()
        else:
            announcer.look()
        try:
            family |= {one.pid: one for one in psutil.Process(serve.pid).children(recursive=True)}
            serve.wait(timeout=_LOOK_EVERY_S)
        except (subprocess.TimeoutExpired, psutil.NoSuchProcess):
            continue
    _end([one for one in family.values() if one.is_running()])
    return serve.returncode


def ray_environment() -> dict[str, str]:
    """What Ray is started with: this process's environment, and what makes the start quick.

    What the environment says itself comes first.
    """
    path = os.pathsep.join(filter(None, (str(_LEAN), os.environ.get("PYTHONPATH"))))
    return {**_RAY_ENVIRONMENT, **os.environ, "PYTHONPATH": path}


def url_of(document: dict[str, Any]) -> str:
    """Where this machine reaches the service of a Serve YAML."""
    host = str((document.get("http_options") or {}).get("host", "127.0.0.1"))
    if host in _ANY_ADDRESS:
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{ports_of(document)[0]}"


def ports_of(document: dict[str, Any]) -> tuple[int, ...]:
    """The ports of HAProxy (HTTP, statistics, metrics) and of the proxy that stands in for it."""
    options = document.get("http_options") or {}
    controller = (document.get("controller_options") or {}).get("runtime_env") or {}
    variables = {**os.environ, **(controller.get("env_vars") or {})}
    others = (int(variables.get(name, port)) for name, port in _DEFAULT_PORTS.items())
    return int(options.get("port", _DEFAULT_PORT)), *others


def orphaned_proxies(port: int) -> Iterator[psutil.Process]:
    """Finds HAProxy processes of Serve that listen on a port and whose service is gone."""
    for process in psutil.process_iter():
        try:
            if (
                process.name() == "haproxy"
                and any("haproxy-serve" in part for part in process.cmdline())
                and not any("ray::" in parent.name() for parent in process.parents())
                and any(
                    connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
                    for connection in process.net_connections("tcp")
                )
            ):
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return True
    return False


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=_END_TIMEOUT_S)
    for process in alive:
        process.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
