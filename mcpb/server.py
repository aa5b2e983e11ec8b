"""Start the server, in the environment that uv has made of the file beside this one."""

from mcp_voice.__main__ import main

main()
