"""E-mail addresses as they are heard, written and spoken."""

from __future__ import annotations

import re

from mcp_voice.words import heard_symbols, spoken_symbols
from mcp_voice_agent.webhooks.language import ENGLISH, Language

__all__ = ["spoken", "written"]

LONGEST_LOCAL = 64
LONGEST = 254
"""Both from RFC 5321, section 4.5.3.1, and its erratum 1690."""
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LOCAL = re.compile(rf"{ATOM}(?:\.{ATOM})*")
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
DOMAIN = re.compile(rf"(?:{LABEL}\.)+(?:[A-Za-z]{{2,63}}|xn--[A-Za-z0-9-]{{1,59}})")
AROUND = " \t\r\n<>\"'.,;:!?"
"""What a recogniser or a language model may put around an address."""


def written(heard: str, language: Language = ENGLISH) -> str:
    """The address that was dictated: "bob at example dot com" is bob@example.com.

    Raises ValueError with what is wrong with it, in words for a language model and without the address.
    """
    text = heard.strip(AROUND).removeprefix("mailto:")
    if any(ord(character) < ord(" ") for character in text):
        raise ValueError("it contains a line break or a control character")
    if "@" not in text or " " in text:
        text = _joined(text, language)
    local, at, domain = text.partition("@")
    if not at:
        raise ValueError("it has no @")
    if "@" in domain:
        raise ValueError("it has more than one @; give one address at a time")
    if not local or len(local) > LONGEST_LOCAL or not LOCAL.fullmatch(local):
        raise ValueError("the part before the @ is not a mailbox name")
    try:
        # Names in other scripts travel in ASCII, and are read back in their own.
        domain = domain.encode("idna").decode("ascii").lower()
        domain.encode("ascii").decode("idna")
    except UnicodeError:
        raise ValueError("the part after the @ is not a domain") from None
    if not DOMAIN.fullmatch(domain):
        raise ValueError("the part after the @ is not a complete domain such as example.com")
    if len(local) + len(domain) >= LONGEST:
        raise ValueError("it is too long for an address")
    return f"{local}@{domain}"


def _joined(text: str, language: Language) -> str:
    """The address without spaces, with the signs for their words."""
    line = f" {text.lower()} "
    for sign, word in sorted(heard_symbols(language.tag), key=lambda pair: -len(pair[1])):
        # Twice, because "dot dot" shares a space.
        line = line.replace(f" {word} ", f" {sign} ").replace(f" {word} ", f" {sign} ")
    return "".join(line.split())


def spoken(address: str, language: Language = ENGLISH) -> str:
    """The address in words, which every voice says alike; a domain in another script as it is read."""
    local, _, domain = address.partition("@")
    readable = f"{local}@{domain.encode('ascii').decode('idna')}"
    return " ".join("".join(_sign(character, language) for character in readable).split())


def _sign(character: str, language: Language) -> str:
    return next((f" {word} " for sign, word in spoken_symbols(language.tag) if sign == character), character)
