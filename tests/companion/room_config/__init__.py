"""Tests of ``mcp_voice_agent.room_config``."""
