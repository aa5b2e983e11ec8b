"""Who calls: a script, an MCP host, or a subject over HTTP."""
