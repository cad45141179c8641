"""Serves a Motion JPEG file as H.264 by RTSP, as a camera does; one playing for each connection.

Debian's Python runs it, which has GStreamer's RTSP server; see ``rtsp``. It says when it listens,
and goes on until it is ended.
"""

import argparse
import sys
from typing import Any

import gi  # type: ignore[import-not-found]  # Debian's Python has it

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import (  # type: ignore[import-not-found]  # noqa: E402 - versions come first
    GLib,
    Gst,
    GstRtsp,
    GstRtspServer,
)

_MOUNT = "/stream"
_ROLE = "viewer"
# Encoded while it plays, as cameras do it: a key picture each second, and some loss.
_PLAYING = (
    "( filesrc ! avidemux ! jpegdec ! videoconvert"
    " ! video/x-raw,format=I420"
    " ! x264enc tune=zerolatency speed-preset=superfast key-int-max=20 bitrate={kbit}"
    " ! rtph264pay name=pay0 pt=96 config-interval=1 )"
)


def serve(options: argparse.Namespace) -> None:
    """Serves until the process is ended."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service=str(options.port))
    factory = GstRtspServer.RTSPMediaFactory()
    launched = _PLAYING.format(kbit=options.kbit)
    factory.set_launch(launched.replace("filesrc", f"filesrc location={_quoted(options.file)}"))
    ways = GstRtsp.RTSPLowerTrans
    factory.set_protocols(ways.UDP if options.transport == "udp" else ways.TCP)
    if options.user:
        _lock(server, factory, options.user, sys.stdin.readline().strip())
    server.get_mount_points().add_factory(_MOUNT, factory)
    if not server.attach(None):
        sys.exit(f"port {options.port} cannot be listened on")
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


def _lock(server: Any, factory: Any, user: str, password: str) -> None:
    """Asks for user and password, whose digests are sent."""
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", _ROLE)
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role(_ROLE)
    for may in ("access", "construct"):
        permissions.add_permission_for_role(_ROLE, f"media.factory.{may}", True)
    factory.set_permissions(permissions)


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", help="Motion JPEG in AVI")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--transport", choices=("tcp", "udp"), default="tcp")
    parser.add_argument("--user", help="the password is the first line of standard input")
    parser.add_argument("--kbit", type=int, default=4000, help="kbit/s of the stream")
    return parser.parse_args()


if __name__ == "__main__":
    serve(_parse())
