"""The keeper: a small process of its own that owns the local livekit-server.

Everything in here imports only the standard library, psutil, and its own siblings by relative names, so that it
also runs as the top-level package ``keeper``: importing ``mcp_voice.errors`` costs 0.9 s and 50 MB, and this process
lives on.
"""
