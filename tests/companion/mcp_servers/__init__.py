"""Tests of ``mcp_voice_agent.mcp_servers``."""
