"""The MCP server over stdio: its tools, resources and prompt, and how it reads what hosts send."""
