"""What mcp-voice is measured by; ``uv run python benchmarks/run.py`` runs all of it."""
