"""LiveKit's plugins, imported without holding up the event loop."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module

import anyio

__all__ = ["load_plugin"]


async def load_plugin(module: str) -> None:
    """Import a plugin, which takes about a second; raises ImportError.

    A plugin registers itself as the last step of its import, and refuses to outside the main thread. So a thread does
    all but that step, and the import that follows here finds everything done.
    """
    if module not in sys.modules:
        with suppress(RuntimeError):
            await anyio.to_thread.run_sync(import_module, module, abandon_on_cancel=True)
        import_module(module)
