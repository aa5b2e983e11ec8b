"""The command line ``mcp-voice``."""
