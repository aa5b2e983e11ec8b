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
        "The store's maxmemory-policy is {policy}: when memory is full, it drops questions and replies.",
        "Set maxmemory-policy to noeviction there: then new questions are refused, and nothing is lost.",
    ),
    "store-forgets": Remedy(
        "The store has no append-only file: replies are lost when it restarts.", "Set appendonly to yes there."
    ),
    "store-unencrypted": Remedy(
        "MCP_VOICE_STORE is a public address without TLS (redis://): others can read the traffic.",
        "Use rediss:// unless the whole network in between is yours.",
    ),
    "store-slow": Remedy(
        "The store takes {ms:.0f} ms per command; every reply needs several.",
        "Move it closer to the processes that share it; check its load.",
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
        "No worker is running with this store and this key, so no question is spoken.",
        "Start `mcp-voice worker` with the same MCP_VOICE_STORE, MCP_VOICE_STORE_KEY and LIVEKIT_URL. If one runs, its "
        "log says whether LiveKit accepted it: `registered worker`.",
    ),
    "workers-full": Remedy(
        "All workers are full ({workers}): questions for further rooms wait.",
        "Start another `mcp-voice worker`, or raise MCP_VOICE_WORKER_LOAD on the existing ones.",
    ),
    # Who may call over HTTP.
    "callers": Remedy("{why}", "{fix}"),
    "tokens-exposed": Remedy(
        "Every user of this machine can read MCP_VOICE_HTTP_TOKENS_FILE (mode {mode}), and the tokens in it.",
        "Let only the server's user read it (`chmod 600`), or store the `sha256` of each token instead.",
    ),
    "http-url-unencrypted": Remedy(
        "MCP_VOICE_HTTP_URL is a public address without TLS (http://): others can read the tokens.",
        "Put a proxy with TLS in front of the server, and set MCP_VOICE_HTTP_URL to its https:// address.",
    ),
    "http-url-here": Remedy(
        "MCP_VOICE_HTTP_URL points to this machine only ({host}), so tokens are issued for an address that no other "
        "machine can reach.",
        "Set it to the address that clients use, without /mcp; if all of them are on this machine, it is correct.",
    ),
    "audience-without-path": Remedy(
        "MCP_VOICE_HTTP_AUDIENCE is MCP_VOICE_HTTP_URL, but hosts request tokens for {resource}: those are rejected.",
        "Unset it, unless the authorization server is set up to put exactly that into `aud`.",
    ),
    "without-issuer": Remedy(
        "{variable} is set without MCP_VOICE_HTTP_ISSUER, so it does nothing.",
        "Set MCP_VOICE_HTTP_ISSUER to the authorization server, or unset it.",
    ),
    "issuer": Remedy(
        "The keys of the authorization server {issuer} cannot be fetched: {why}. Its access tokens get a 503.",
        "Set MCP_VOICE_HTTP_ISSUER exactly as in its tokens (`iss`; a trailing slash counts), and check "
        "that this machine can reach {url}.",
    ),
    "jwks": Remedy(
        "The keys at MCP_VOICE_HTTP_JWKS_URL ({url}) cannot be fetched: {why}. Access tokens get a 503.",
        "Correct it, or unset it to use the address in the metadata of {issuer}.",
    ),
    "issuer-late": Remedy(
        "The authorization server did not return its keys within {seconds:.0f} s. Access tokens get a 503.",
        "Check MCP_VOICE_HTTP_ISSUER, and that no firewall blocks this machine from reaching it.",
    ),
    "issuer-keys": Remedy(
        "The authorization server {issuer} has no key that could verify a token ({found}).",
        "Have it sign with {algorithms}; an RSA key needs 2048 bits.",
    ),
}
