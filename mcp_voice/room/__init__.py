"""LiveKit: one room we are in, behind the seam ``mcp_voice.link``, and the server that it is on."""
