"""An MCP server in one file of the standard library, which starts in a blink: ``python mcp_program.py [manner ...]``.

It takes down what it is called with in the file that MCP_PROGRAM_LOG names, a line of JSON each. Manners:

- ``stubborn``: neither the end of its stdin nor SIGTERM ends it, and its child is as bad
- ``long``: its first answer is a line without an end
- ``dead``: it says why on stderr, and ends
- ``mute``: it never answers
- ``deaf``: nor does it read
- ``many``: it has tens of thousands of tools
- ``daemon``: it has a child that leaves its group
- ``parent``: it has a child that holds its streams
- ``noisy``: it writes what is no MCP between its answers
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

NAME = "program"
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
READS = {"readOnlyHint": True}
TOOLS: list[dict[str, Any]] = [
    {"name": "look_up", "description": "Looks a text up.", "inputSchema": TEXT, "annotations": READS},
    {"name": "write_down", "description": "Writes a text down.", "inputSchema": TEXT},
    {"name": "end", "description": "Ends the server.", "inputSchema": {"type": "object"}, "annotations": READS},
]


def tell(**line: Any) -> None:
    """Take something down for the test."""
    if path := os.environ.get("MCP_PROGRAM_LOG"):
        with open(path, "a", encoding="utf-8") as log:  # noqa: PTH123 - the standard library alone, and little of it
            log.write(json.dumps(line) + "\n")


def answered(method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    """The result of a request; None for one that is not known."""
    if method == "initialize":
        info = {"name": NAME, "version": "1"}
        return {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": info}
    if method == "tools/list" and "many" in sys.argv:
        return {"tools": [{"name": f"t{number}", "inputSchema": {"type": "object"}} for number in range(18_000)]}
    if method == "tools/list":
        return {"tools": TOOLS + [dict(TOOLS[1], name=each) for each in os.environ.get("MCP_PROGRAM_MORE", "").split()]}
    if method != "tools/call":
        return None
    tell(tool=params["name"], arguments=params["arguments"])
    if params["name"] == "end":
        sys.exit("asked to end")
    return {"content": [{"type": "text", "text": f"{params['name']}: {params['arguments'].get('text')}"}]}


def serve(manners: set[str]) -> None:
    """Answer until stdin ends."""
    for line in sys.stdin:
        asked = json.loads(line)
        if "id" not in asked or "mute" in manners:
            continue
        result = answered(asked["method"], asked.get("params") or {})
        said = {"result": result} if result is not None else {"error": {"code": -32601, "message": "Method not found"}}
        if "noisy" in manners:
            sys.stdout.write("Listening ...\n")
        if "long" in manners and result is not None:
            sys.stdout.write("x" * 4_000_000)
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": asked["id"]} | said) + "\n")
        sys.stdout.flush()


def main(manners: set[str]) -> None:
    """Be a server of these manners."""
    if "child" in manners or "stubborn" in manners:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    tell(pid=os.getpid())
    if "child" in manners:
        time.sleep(600)
    if "dead" in manners:
        sys.exit("there is no such account")
    if "deaf" in manners:
        time.sleep(600)
    if "daemon" in manners:
        command = [sys.executable, "-I", "-S", __file__, "child"]
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    if "parent" in manners:
        subprocess.Popen([sys.executable, "-I", "-S", __file__, "child"])
    if "stubborn" in manners:
        subprocess.Popen([sys.executable, "-I", "-S", __file__, "child"], stdin=subprocess.DEVNULL)
    serve(manners)
    if "stubborn" in manners:
        time.sleep(600)


if __name__ == "__main__":
    main(set(sys.argv[1:]))
