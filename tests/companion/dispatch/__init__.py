"""Tests of ``mcp_voice_agent.dispatch``."""
