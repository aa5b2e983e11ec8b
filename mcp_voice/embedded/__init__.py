"""A real livekit-server on this machine's loopback, shared by all processes of one user.

Nothing of LiveKit's Python packages is imported here.
"""

from mcp_voice.embedded.binary import begin_build, find_or_build
from mcp_voice.embedded.control import ServerStatus, start, status, stop
from mcp_voice.embedded.folders import state_folder
from mcp_voice.embedded.keeper.leash import leashed
from mcp_voice.embedded.launch import GRACE_SECONDS, LocalServer
from mcp_voice.embedded.lease import embedded_server, ensure

__all__ = [
    "GRACE_SECONDS",
    "LocalServer",
    "ServerStatus",
    "begin_build",
    "embedded_server",
    "ensure",
    "find_or_build",
    "leashed",
    "start",
    "state_folder",
    "status",
    "stop",
]
