"""What is known to go wrong with a companion beside what all our programs know: causes and fixes."""

from __future__ import annotations

from mcp_voice.doctor.remedies import REMEDIES as COMMON
from mcp_voice.doctor.remedy import Remedy

__all__ = ["OURS", "REMEDIES"]

OURS: dict[str, Remedy] = {
    # Settings and this machine.
    "ignored-file": Remedy(
        "{path} sets {names}, but a worker does not read {file} in its working directory.",
        "Set them in the environment, or set MCP_VOICE_ENV_FILE to the absolute path of your own file.",
    ),
    "webhook-unencrypted": Remedy(
        "MCP_VOICE_WEBHOOK_URL is unencrypted (http://), and the webhook secret is sent there.",
        "Use https:// unless the whole network in between is yours.",
    ),
    "same-port": Remedy(
        "Port {port} is set for both the health check and Prometheus.",
        "Set MCP_VOICE_AGENT_PORT or MCP_VOICE_AGENT_PROMETHEUS_PORT to another port.",
    ),
    "port-taken": Remedy(
        "Port {port} is in use by something other than this worker.",
        "Stop it (`lsof -i :{port}` shows what it is), or set {setting} to another port.",
    ),
    "port-forbidden": Remedy(
        "This user may not use port {port}: ports below 1024 are privileged.",
        "Set {setting} to a port above 1023.",
    ),
    "no-such-address": Remedy(
        "Nothing can listen on {host}, port {port}: {why}.",
        "Set MCP_VOICE_AGENT_HOST to an address of this machine, or unset it.",
    ),
    "worker-runs": Remedy(
        "A worker is already running on this machine, on port {port}.",
        "That is fine if it is the one you mean; a second one needs another port in {setting}.",
    ),
    "figures-folder": Remedy(
        "The metrics folder {folder} is not writable.",
        "Set MCP_VOICE_AGENT_PROMETHEUS_DIR to a folder that only the worker uses.",
    ),
    # LiveKit.
    "worker-refused": Remedy(
        "LiveKit lets participants in, but refuses a worker's connection, at /agent ({status}).",
        "Let /agent and its WebSocket through the proxy in front of LiveKit; the key must be one of that server's.",
    ),
    # Language models.
    "llm-key-refused": Remedy(
        "{provider} rejects the key.", "Set {key} to a valid key, in full and without quotation marks."
    ),
    "llm-quota": Remedy(
        "{provider} got too many requests, or no credit is left (429).",
        "Raise the limit or the credit there, or name another model after it in {setting}, as its fallback.",
    ),
    "llm-no-such-model": Remedy(
        "{provider} does not know the model, or the path (404).",
        "Check the name in {setting}, and that the base URL is the part before /chat/completions (usually …/v1).",
    ),
    "llm-late": Remedy(
        "{provider} did not answer in time.", "Try again; if it persists, name a faster model in {setting}."
    ),
    "llm-unreachable": Remedy(
        "{provider} cannot be reached, or does not answer like such a server ({why}).",
        "Check this machine's network and proxy, and the base URL if one is set.",
    ),
    "llm-server-trouble": Remedy(
        "{provider} answers with a server error ({why}).",
        "Check its status page; name another model after it in {setting}, as its fallback.",
    ),
    "llm-bad-request": Remedy(
        "{provider} refuses the request ({why}).", "Check the model in {setting}, and MCP_VOICE_AGENT_TEMPERATURE."
    ),
    "llm-failed": Remedy("{provider} failed: {why}.", "Check {setting}, or try another model."),
    "llm-says-nothing": Remedy(
        "{provider} returned no text.", "Name another model in {setting}; one that only reasons cannot speak."
    ),
    "llm-slow": Remedy(
        "{provider} took {seconds:.1f} s to its first word; people who speak to the companion wait as long.",
        "Name a faster model in {setting}, or put it before this one.",
    ),
    "llm-calls-no-tool": Remedy(
        "{provider} was asked for something only a tool can do, and called none: webhooks, MCP servers and ending a "
        "call would not work.",
        "Name a model in {setting} that calls tools, or start the server with its tool parser on.",
    ),
    "llm-refuses-tools": Remedy(
        "{provider} answers, but refuses a request with tools ({why}).",
        "Name a model in {setting} that calls tools, or start the server with its tool parser on.",
    ),
    # What else a conversation is made of.
    "realtime": Remedy(
        "{why}",
        "Until that is fixed, such conversations use speech to text, a language model and a voice.",
    ),
    "no-turn-model": Remedy(
        "LiveKit's end-of-turn model cannot be loaded ({why}): silence alone ends a turn.",
        "Install mcp-voice-agent again; on a system without its library, raise MCP_VOICE_PATIENCE.",
    ),
    # Services.
    "service-dns": Remedy(
        "The host name {host!r} cannot be resolved.",
        "Check {setting} for a typo, and this machine's DNS and network (VPN?).",
    ),
    "service-refused": Remedy(
        "{host} is up, but nothing listens on port {port}.", "Start the service, or correct the port in {setting}."
    ),
    "service-unreachable": Remedy(
        "{host}:{port} cannot be reached: {why}.", "Check {setting} and this machine's network (VPN, firewall)."
    ),
    "service-certificate": Remedy(
        "The certificate of {host} is not accepted ({why}).",
        "Use the host name in the certificate, renew it, or make this machine trust its issuer.",
    ),
    "service-tls": Remedy("{host}:{port} does not speak TLS.", "Use http:// in {setting}, or its port with TLS."),
    "service-silent": Remedy(
        "{host}:{port} did not answer within {seconds:g} s.", "Check that the service runs, and {setting}."
    ),
    "service-broken": Remedy(
        "{host}:{port} closes the connection, or its answer is not HTTP ({why}).",
        "Check https:// or http:// and the port in {setting}.",
    ),
    "config-refused": Remedy(
        "The service denies access ({status}); AGENT_CONFIG_TOKEN {token} set.",
        "Set AGENT_CONFIG_TOKEN to a token of that service.",
    ),
    "config-trouble": Remedy(
        "The service answers with {status}: every room would get the configuration from the settings, or an old one.",
        "Check the service's log.",
    ),
    "config-odd": Remedy(
        "What answers is not a configuration service ({answer}).",
        "AGENT_CONFIG_URL is the part before /api/agent-configs/ID; the service answers with JSON, or 404.",
    ),
    "mcp-server": Remedy("The MCP server {server!r} {why}.", "{fix}"),
    "mcp-no-tools": Remedy("The MCP server {server!r} has no usable tool.", "Remove it from MCP_VOICE_AGENT_MCP_FILE."),
    "mcp-tool-refused": Remedy(
        "The tool {tool!r} of the MCP server {server!r} is not offered to the language model: {why}.",
        "Its other tools are; no action is needed unless you need that one.",
    ),
    "webhook-not-there": Remedy(
        "There may be no webhook for {tool}: the service answers 404 to OPTIONS, as n8n does while a workflow is off.",
        "Activate the workflow, and compare its path with {setting}; a few services answer any OPTIONS like this.",
    ),
    "webhook-method": Remedy(
        "The webhook for {tool} accepts {allowed}, but the companion sends {method}.",
        "Make the webhook node accept {method}, or correct `method` where the tool is declared.",
    ),
    "webhook-redirects": Remedy(
        "The webhook for {tool} redirects ({status}, to {whither}); not followed, because that would leak the secret.",
        "Set {setting}, or MCP_VOICE_WEBHOOK_URL, to the target address.",
    ),
    "webhook-trouble": Remedy(
        "A proxy answers for the webhook of {tool} ({status}), not the service itself.",
        "Start the service behind it, and check the proxy's log.",
    ),
}
REMEDIES = {**COMMON, **OURS}
