"""A bare MCP server with as many tools as ours has, which do nothing: how fast the SDK alone can start."""

from __future__ import annotations

from mcp.server.mcpserver import MCPServer

__all__ = ["build"]

TOOLS = ("one", "two", "three", "four", "five", "six", "seven")


def build() -> MCPServer[dict[str, object]]:
    """The server, not running."""
    server = MCPServer("bare", log_level="WARNING")

    async def nothing(text: str = "") -> str:
        """Give the text back."""
        return text

    for name in TOOLS:
        server.add_tool(nothing, name=name)
    return server


if __name__ == "__main__":
    build().run()
