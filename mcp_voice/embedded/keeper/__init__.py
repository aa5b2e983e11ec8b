"""The keeper: a small process of its own that owns the local livekit-server.

It lives on when we end, so it loads nothing that it does not need: no LiveKit, no pydantic, no settings.
"""
