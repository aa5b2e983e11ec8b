"""The MCP server over stdio and HTTP: its tools, resources and prompt, and how it reads what hosts send."""
