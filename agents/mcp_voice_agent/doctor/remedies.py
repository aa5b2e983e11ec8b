"""What is known to go wrong with a companion beside what all our programs know: causes and fixes."""

from __future__ import annotations

from mcp_voice.doctor.remedies import REMEDIES as COMMON
from mcp_voice.doctor.remedy import Remedy

__all__ = ["OURS", "REMEDIES"]

OURS: dict[str, Remedy] = {
    # Settings and this machine.
    "ignored-file": Remedy(
        "{path} sets {names}: a worker reads no {file} of the folder that it is started in.",
        "Set them in the environment, or have MCP_VOICE_ENV_FILE name a file of yours (an absolute path).",
    ),
    "webhook-unencrypted": Remedy(
        "MCP_VOICE_WEBHOOK_URL is unencrypted (http://), and the secret of the webhooks goes there.",
        "Use https:// unless the whole network in between is yours.",
    ),
    "same-port": Remedy(
        "Port {port} is to be both the health check's and that of Prometheus.",
        "Set MCP_VOICE_AGENT_PORT or MCP_VOICE_AGENT_PROMETHEUS_PORT to another port.",
    ),
    "port-taken": Remedy(
        "Port {port} is in use by something that is no worker of ours.",
        "End that (`lsof -i :{port}` tells what it is), or set {setting} to another port.",
    ),
    "port-forbidden": Remedy(
        "Port {port} may not be used by this user: ports below 1024 are the system's.",
        "Set {setting} to a port above 1023.",
    ),
    "no-such-address": Remedy(
        "Nothing can listen on {host}, port {port}: {why}.",
        "Set MCP_VOICE_AGENT_HOST to an address of this machine, or unset it.",
    ),
    "worker-runs": Remedy(
        "A worker runs on this machine already, and has port {port}.",
        "That is well if it is the one you mean; a second one needs another port in {setting}.",
    ),
    "figures-folder": Remedy(
        "The folder of the metrics, {folder}, cannot be written to.",
        "Set MCP_VOICE_AGENT_PROMETHEUS_DIR to a folder that is the worker's own.",
    ),
    # LiveKit.
    "worker-refused": Remedy(
        "LiveKit lets participants in, but refuses a worker's connection, at /agent ({status}).",
        "Let the path /agent and its WebSocket through the proxy before LiveKit; the key must be the server's own.",
    ),
    # Language models.
    "llm-key-refused": Remedy(
        "{provider} refuses the key.", "Set {key} to a key that is valid there, whole and without quotation marks."
    ),
    "llm-quota": Remedy(
        "{provider} got too many requests, or no credit is left (429).",
        "Raise the limit or the credit there, or name another model after it in {setting}, as its fallback.",
    ),
    "llm-no-such-model": Remedy(
        "{provider} does not know the model, or the path (404).",
        "Check the name in {setting}, and that a base URL is what comes before /chat/completions (mostly …/v1).",
    ),
    "llm-late": Remedy(
        "{provider} did not answer in time.", "Try again; if it stays so, name a faster model in {setting}."
    ),
    "llm-unreachable": Remedy(
        "{provider} cannot be reached, or does not answer as such a server does ({why}).",
        "Check this machine's network and proxy, and the base URL if one is set.",
    ),
    "llm-server-trouble": Remedy(
        "{provider} answers with an error of its own ({why}).",
        "Look at its status page; name another model after it in {setting}, as its fallback.",
    ),
    "llm-bad-request": Remedy(
        "{provider} refuses the request ({why}).", "Check the model in {setting}, and MCP_VOICE_AGENT_TEMPERATURE."
    ),
    "llm-failed": Remedy("{provider} failed: {why}.", "Check {setting}, or try another model."),
    "llm-says-nothing": Remedy(
        "{provider} answered without a word.", "Name another model in {setting}; one that only thinks cannot speak."
    ),
    "llm-slow": Remedy(
        "{provider} took {seconds:.1f} s to its first word; whoever speaks to the companion waits as long.",
        "Name a faster model in {setting}, or put it before this one.",
    ),
    "llm-calls-no-tool": Remedy(
        "{provider} was asked for what only a tool can do, and called none: webhooks, MCP servers and the end of a "
        "call would do nothing.",
        "Name a model in {setting} that calls tools, or start the server with its tool parser on.",
    ),
    "llm-refuses-tools": Remedy(
        "{provider} answers, but refuses a request with tools ({why}).",
        "Name a model in {setting} that calls tools, or start the server with its tool parser on.",
    ),
    # What else a conversation is made of.
    "realtime": Remedy(
        "{why}",
        "Until that is put right each such conversation is held by speech to text, a language model and a voice.",
    ),
    "no-turn-model": Remedy(
        "LiveKit's end-of-turn model cannot be loaded ({why}): silence alone ends a turn.",
        "Install mcp-voice-agent again; on a system without its library, raise MCP_VOICE_PATIENCE.",
    ),
    # Services.
    "service-dns": Remedy(
        "The name {host!r} cannot be found.", "Check {setting} for a typo, and this machine's DNS and network (VPN?)."
    ),
    "service-refused": Remedy(
        "{host} is there, but nothing listens on port {port}.", "Start the service, or correct the port in {setting}."
    ),
    "service-unreachable": Remedy(
        "{host}:{port} cannot be reached: {why}.", "Check {setting} and this machine's network (VPN, firewall)."
    ),
    "service-certificate": Remedy(
        "The certificate of {host} is not accepted ({why}).",
        "Use the name that the certificate is for, renew it, or have the machine trust who signed it.",
    ),
    "service-tls": Remedy("{host}:{port} does not speak TLS.", "Use http:// in {setting}, or its port with TLS."),
    "service-silent": Remedy(
        "{host}:{port} did not answer within {seconds:g} s.", "Check that the service runs, and {setting}."
    ),
    "service-broken": Remedy(
        "{host}:{port} closes the connection, or answers with what is not HTTP ({why}).",
        "Check https:// or http:// and the port in {setting}.",
    ),
    "config-refused": Remedy(
        "The service refuses us ({status}); AGENT_CONFIG_TOKEN {token} set.",
        "Set AGENT_CONFIG_TOKEN to a token of that service.",
    ),
    "config-trouble": Remedy(
        "The service answers with {status}: every room would have the settings' own configuration, or an old one.",
        "Look at the service's log.",
    ),
    "config-odd": Remedy(
        "What answers is not such a service ({answer}).",
        "AGENT_CONFIG_URL is the part before /api/agent-configs/ID; the service answers with JSON, or 404.",
    ),
    "mcp-server": Remedy("The MCP server {server!r} {why}.", "{fix}"),
    "mcp-no-tools": Remedy(
        "The MCP server {server!r} has no tool that can be used.", "Remove it from MCP_VOICE_AGENT_MCP_FILE."
    ),
    "mcp-tool-refused": Remedy(
        "The tool {tool!r} of the MCP server {server!r} is not offered to the language model: {why}.",
        "Its other tools are; nothing has to be done unless that one is needed.",
    ),
    "webhook-not-there": Remedy(
        "There may be no webhook for {tool}: the service answers 404 to OPTIONS, as n8n does while a workflow is off.",
        "Activate the workflow, and compare its path with {setting}; a few services answer so to any OPTIONS.",
    ),
    "webhook-method": Remedy(
        "The webhook for {tool} takes {allowed}, and the companion sends {method}.",
        "Let the webhook node take {method}, or correct `method` where the tool is declared.",
    ),
    "webhook-redirects": Remedy(
        "The webhook for {tool} redirects ({status}, to {whither}), which is not followed: the secret would go along.",
        "Set {setting}, or MCP_VOICE_WEBHOOK_URL, to the address that it leads to.",
    ),
    "webhook-trouble": Remedy(
        "A proxy answers for the webhook of {tool} ({status}), not the service.",
        "Start the service behind it, and look at the proxy's log.",
    ),
}
REMEDIES = {**COMMON, **OURS}
