"""Keep one livekit-server running for as long as somebody needs it."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcp_voice.embedded.keeper.files import FAILED, READY, STARTING, STOPPING, Files, Identity, KeeperState
from mcp_voice.embedded.keeper.server import end_leftover, identity_with_free_port, running_server
from mcp_voice.process.locks import locked

if TYPE_CHECKING:
    from mcp_voice.embedded.keeper.server import Server

__all__ = ["keep"]

POLL_SECONDS = 0.2
STARTING_POLL_SECONDS = 0.02
READY_SECONDS = 30.0
DOOR_SECONDS = 1.0
# A server that was up this long has not failed to start: the next failure counts as the first again.
STEADY_SECONDS = 30.0
BACK_OFF_SECONDS = (0.0, 0.2, 1.0, 3.0)
LOG_TAIL_BYTES = 400


@dataclass
class Need:
    """Whether the server is still wanted: by a lease, by the pin, or by its having been wanted a moment ago."""

    files: Files
    grace: float
    last_seen: float

    def is_over(self, state: KeeperState) -> bool:
        """Whether to end; once that is so, the door has shut on new leases, who start the next keeper."""
        if self.files.stop.exists():
            self.files.write_state(replace(state, phase=STOPPING))
            return True
        with locked(self.files.door, limit=DOOR_SECONDS) as got:
            # whoever is in the doorway is about to take a lease
            if not got or self.files.pinned.exists() or self.files.held_leases():
                self.last_seen = time.monotonic()
            elif time.monotonic() - self.last_seen > self.grace:
                self.files.write_state(replace(state, phase=STOPPING))
                return True
        return False


def keep(files: Files, *, state: KeeperState, grace: float) -> None:
    """Run the server until nobody has needed it for ``grace`` seconds; start it again when it dies.

    Call it with the keeper's lock held. Ends early, with the reason in the state file, when the server does not stay
    up. Raises OSError when the folder cannot be used.
    """
    end_leftover(files.read_state())
    files.stop.unlink(missing_ok=True)
    need = Need(files, grace, time.monotonic())
    failures = 0
    while failures < len(BACK_OFF_SECONDS):
        state = replace(state, phase=STARTING, server_pid=0, server_born=0.0)
        files.write_state(state)
        if not _paused(BACK_OFF_SECONDS[failures], need=need, state=state):
            return
        started = time.monotonic()
        try:
            identity = identity_with_free_port(files)
            addresses = sorted(files.wanted_addresses())
            state = replace(state, addresses=",".join(addresses))
            with running_server(files, identity, binary=state.binary, addresses=addresses) as server:
                state = replace(state, server_pid=server.pid, server_born=server.born, port=server.port)
                if not _attended(files, server, identity, need=need, state=state):
                    return
        except OSError as error:
            _note(str(error))
        steady = time.monotonic() - started > STEADY_SECONDS or _lacks_address(files, state)
        failures = 1 if steady else failures + 1
        _note(f"livekit-server ended after {time.monotonic() - started:.1f} s")
    files.write_state(replace(state, phase=FAILED, problem=_last_words(files)))


def _attended(files: Files, server: Server, identity: Identity, *, need: Need, state: KeeperState) -> bool:
    """Stay with a started server, and with what its users read of it; whether it must be started again."""
    files.write_state(state)
    deadline = time.monotonic() + READY_SECONDS
    ready = False
    while server.is_running():
        if not ready and server.is_ready():
            ready = True
            state = replace(state, phase=READY)
            files.write_state(state)
        if not ready and time.monotonic() > deadline:
            _note(f"livekit-server did not answer on port {server.port} within {READY_SECONDS:.0f} s")
            return True
        if need.is_over(state):
            return False
        if ready and _lacks_address(files, state):
            _note("livekit-server is restarted: it is needed at another address too")
            return True
        _heal(files, identity, state)
        time.sleep(POLL_SECONDS if ready else STARTING_POLL_SECONDS)
    return True


def _lacks_address(files: Files, state: KeeperState) -> bool:
    """Whether somebody wants the server's media at an address that it was not started with."""
    return not files.wanted_addresses() <= set(state.addresses.split(","))


def _heal(files: Files, identity: Identity, state: KeeperState) -> None:
    """Write again what has been damaged or taken away: nobody could come in while the server runs."""
    with suppress(OSError):  # a full disk; the next look tries again
        if files.read_identity() != identity:
            files.write_identity(identity)
        if files.read_state() != state:
            files.write_state(state)


def _paused(seconds: float, *, need: Need, state: KeeperState) -> bool:
    """Wait before the next attempt; False if the server is no longer needed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if need.is_over(state):
            return False
        time.sleep(POLL_SECONDS)
    return True


def _last_words(files: Files) -> str:
    try:
        tail = files.log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace")
    except OSError:
        return ""
    return " / ".join(tail.splitlines()[-4:])


def _note(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} keeper: {text}\n")
    sys.stderr.flush()
