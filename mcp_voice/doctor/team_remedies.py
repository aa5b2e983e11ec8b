"""The known errors of what a team shares: the store, workers, and who may call over HTTP."""

from __future__ import annotations

from mcp_voice.doctor.remedy import Remedy

__all__ = ["TEAM_REMEDIES"]

TEAM_REMEDIES: dict[str, Remedy] = {
    # The store.
    "store": Remedy("{why}", "{fix}"),
    "store-old": Remedy("The store is {which}, which is too old.", "Use Redis 6.2 or newer, or Valkey."),
    "store-untold": Remedy(
        "The account of MCP_VOICE_STORE may not ask INFO: whether the store keeps what it has is not known.",
        "Asks need no more than it has. To have doctor look, give it `+info` as well.",
    ),
    "store-evicts": Remedy(
        "The store's maxmemory-policy is {policy}: when its memory is full it drops questions and replies.",
        "Set maxmemory-policy to noeviction there; then no new question is taken, and nothing is lost.",
    ),
    "store-forgets": Remedy(
        "The store has no append-only file: what was answered is lost when it restarts.", "Set appendonly to yes there."
    ),
    "store-unencrypted": Remedy(
        "MCP_VOICE_STORE leads to a public address without TLS (redis://): others on the way can read it.",
        "Use rediss:// unless the whole network in between is yours.",
    ),
    "store-slow": Remedy(
        "The store takes {ms:.0f} ms for a command; every reply waits for several.",
        "Put it near the processes that share it; look at its load.",
    ),
    "store-other-key": Remedy("{why}", "{fix}"),
    "store-other-version": Remedy("{why}", "{fix}"),
    # Workers.
    "workers": Remedy("{why}", "{fix}"),
    "workers-alone": Remedy(
        "MCP_VOICE_WORKERS is set without LIVEKIT_URL: only workers on this machine reach its embedded LiveKit server.",
        "For workers on other machines, set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, the same for all.",
    ),
    "no-worker": Remedy(
        "No worker is running with this store and this key, so nothing that is asked is spoken.",
        "Start `mcp-voice worker` with the same MCP_VOICE_STORE, MCP_VOICE_STORE_KEY and LIVEKIT_URL. If one runs, its "
        "log says whether LiveKit has it: `registered worker`.",
    ),
    "workers-full": Remedy(
        "All workers are full ({workers}): what is asked in further rooms waits.",
        "Start another `mcp-voice worker`, or raise MCP_VOICE_WORKER_LOAD of those there are.",
    ),
    # Who may call over HTTP.
    "callers": Remedy("{why}", "{fix}"),
    "tokens-exposed": Remedy(
        "Every user of this machine can read MCP_VOICE_HTTP_TOKENS_FILE (mode {mode}), and the tokens in it.",
        "Let only the server's user read it (`chmod 600`), or write the `sha256` of each token in place of it.",
    ),
    "http-url-unencrypted": Remedy(
        "MCP_VOICE_HTTP_URL is a public address without TLS (http://): others on the way can read the tokens.",
        "Put a proxy with TLS in front of the server, and set it to the proxy's https:// address.",
    ),
    "http-url-here": Remedy(
        "MCP_VOICE_HTTP_URL leads to this machine alone ({host}), so tokens are made for an address that no other "
        "machine reaches.",
        "Set it to the address that clients use, without /mcp; if all of them are on this machine, it is right.",
    ),
    "audience-without-path": Remedy(
        "MCP_VOICE_HTTP_AUDIENCE is MCP_VOICE_HTTP_URL, but hosts ask for tokens for {resource}: these are refused.",
        "Unset it, unless the authorization server is set up to write just that into `aud`.",
    ),
    "without-issuer": Remedy(
        "{variable} is set without MCP_VOICE_HTTP_ISSUER, so it does nothing.",
        "Set MCP_VOICE_HTTP_ISSUER to the authorization server, or unset it.",
    ),
    "issuer": Remedy(
        "The keys of the authorization server {issuer} cannot be had: {why}. Its access tokens are answered 503.",
        "Set MCP_VOICE_HTTP_ISSUER letter by letter as its tokens have it (`iss`; a slash at the end counts), and see "
        "that this machine reaches {url}.",
    ),
    "jwks": Remedy(
        "The keys at MCP_VOICE_HTTP_JWKS_URL ({url}) cannot be had: {why}. Access tokens are answered 503.",
        "Correct it, or unset it: then the metadata of {issuer} says where the keys are.",
    ),
    "issuer-late": Remedy(
        "The authorization server has not told its keys within {seconds:.0f} s. Access tokens are answered 503.",
        "Check MCP_VOICE_HTTP_ISSUER, and that a firewall lets this machine out to it.",
    ),
    "issuer-keys": Remedy(
        "The authorization server {issuer} has no key by which a token could be checked ({found}).",
        "Have it sign by {algorithms}; an RSA key needs 2048 bits.",
    ),
}
