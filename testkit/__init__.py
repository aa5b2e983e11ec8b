"""What tests and benchmarks share: a rig of real servers, an MCP host, stub providers, a fake link, clips."""
