"""The known errors of speech to text and text to speech."""

from __future__ import annotations

from mcp_voice.doctor.remedy import Remedy

__all__ = ["SPEECH_REMEDIES"]

SPEECH_REMEDIES: dict[str, Remedy] = {
    "bad-choice": Remedy("{why}", "{fix}"),
    "key-refused": Remedy(
        "{provider} rejects the key (401).",
        "Set {key} to a valid key, in full and without quotation marks.",
    ),
    "key-not-enough": Remedy(
        "The key lacks permission for this use of {provider} (403).",
        "Give the key in {key} that permission, or use another key.",
    ),
    "quota": Remedy(
        "{provider} got too many requests, or the quota is used up (429).",
        "Wait, raise the quota, or set {setting} to another provider.",
    ),
    "no-such-model": Remedy(
        "{provider} does not know the model, the voice or the path (404).",
        "Check the names in {setting}, and that the base URL is the part before /audio (it usually ends in /v1).",
    ),
    "no-models": Remedy(
        "The server at {url} is running, but has no models loaded.",
        "Install one there (its documentation says how), then name it in {setting}, as in openai/its-name.",
    ),
    "model-not-there": Remedy(
        "The server at {url} does not have the model {model!r}; it has {models}.",
        "Name one of these in {setting}, as in openai/its-name, or install {model!r} there.",
    ),
    "speech-server-down": Remedy(
        "Nothing listens at {url}.", "Start the server there, or correct or unset the base URL."
    ),
    "speech-unreachable": Remedy(
        "{provider} cannot be reached.",
        "Check the network (and the base URL, if one is set), or set {setting} to another one; offline needs none.",
    ),
    "speech-late": Remedy(
        "{provider} does not answer in time.",
        "Try again; if it persists, check the network or set {setting} to another provider.",
    ),
    "speech-given-up": Remedy(
        "{provider} did not answer within {seconds:g} s, and doctor stopped waiting.",
        "Check that server, or use a faster model or another provider in {setting}. In a room, the wait would be "
        "up to {allowed:g} s ({variable}).",
    ),
    "slow": Remedy(
        "{provider} works, but took {seconds:.0f} s; the person asked waits as long.",
        "Use a faster model or server, or another provider in {setting}. It may take {allowed:g} s ({variable}).",
    ),
    "offline-late": Remedy(
        "The offline engine did not finish in time: this machine is very busy, or slow.",
        "Try again when it is idle, or set {setting} to another provider.",
    ),
    "no-audio": Remedy(
        "{provider} took the text, but sent no audio.",
        "Check the voice in {setting}; without one, the default is used.",
    ),
    "no-audio-cartesia": Remedy(
        "Cartesia took the text, but sent no audio frames: either the voice id in MCP_VOICE_TTS is wrong, or Cartesia "
        "does not serve this network (it blocks data centres and VPNs).",
        "Try MCP_VOICE_TTS=cartesia/sonic-3:694f9389-aac1-45b6-b726-9d9369183238, whose voice is known to work; if "
        "that is silent too, use another provider from here.",
    ),
    "offline-engine": Remedy(
        "{why}",
        "To listen, run `mcp-voice models get moonshine-tiny-en`; pocketsphinx needs Python 3.11 to 3.13 (`uv python "
        "install 3.13`). Or set {setting} to another provider.",
    ),
    "model-missing": Remedy(
        "The model {model} is not on this machine, and MCP_VOICE_FETCH_MODELS=never forbids fetching it automatically; "
        "without it the older recogniser listens, which makes many more mistakes and does not run on Python 3.14.",
        "Run `mcp-voice models get {model}`, or set MCP_VOICE_MODELS_DIR to a folder that has it.",
    ),
    "offline-language": Remedy(
        "{why}", "Set MCP_VOICE_LANGUAGE to en, or {setting} to a provider that understands it."
    ),
    "silence": Remedy("{provider} sent {seconds:.1f} s of silence.", "Choose another voice in {setting}."),
    "nothing-read": Remedy(
        "{provider} found no words in clear speech ({seconds:.1f} s of {whose}).",
        "Check the model and MCP_VOICE_LANGUAGE, or set {setting} to another provider.",
    ),
    "other-words": Remedy(
        "{provider} read {heard!r} where {said!r} was said.",
        "Check the model and MCP_VOICE_LANGUAGE ({language}). Some recognisers struggle with synthetic voices.",
    ),
    "speech": Remedy("{why}", "{fix}"),
}
