// A host of the TypeScript SDK, which shares no code with the Python SDK of the server. What it saw is one line of JSON.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const { era, command, args, env, cwd, url, token, call } = JSON.parse(process.argv[2]);
const client = new Client(
  { name: "typescript", version: "1" },
  era === "modern" ? { versionNegotiation: { mode: "auto" } } : {},
);
await client.connect(
  url
    ? new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: `Bearer ${token}` } } })
    : new StdioClientTransport({ command, args, env, cwd, stderr: "inherit" }),
);
const progress = [];
const seen = {
  version: client.getNegotiatedProtocolVersion(),
  server: client.getServerVersion()?.name,
  instructions: client.getInstructions(),
  tools: (await client.listTools()).tools,
  prompts: (await client.listPrompts()).prompts,
  resources: (await client.listResources()).resources,
};
seen.result = await client.callTool(call, { onprogress: (told) => progress.push(told.message), timeout: 60_000 });
seen.progress = progress;
await client.close();
console.log(JSON.stringify(seen));
